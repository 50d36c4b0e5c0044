/*
 * What is asked of inkling generate, and what its ways share (see generate_ways.h).
 */
#ifndef INK_CLI_GENERATE_REQUEST_H
#define INK_CLI_GENERATE_REQUEST_H

#include <stdbool.h>

#include "base/buffer.h"
#include "cli/dynamic.h"
#include "inkling.h"

typedef struct ink_generate_request {
  const char *prompt;
  uint32_t length, samples; /* samples 0: one text, which is printed as it comes */
  uint64_t seed;
  ink_sampling sampling;
  ink_beam_options beam;
  ink_buffer stops;
  bool echo, skip_unknown, json, log_probabilities, by_beam;
  bool item; /* of a list: it begins where a line has ended, and ends with its own */
  ink_dynamic_request dynamic;
  float counts_weight; /* where `weighed` */
  bool weighed;
} ink_generate_request;

/* A session that has read the prompt; what the model lacks of it is said. */
ink_status ink_generate_prompt(const ink_model *model, const ink_generate_request *request,
                               ink_session **session, ink_error *error);

/* Appends tokens to the inside of a JSON array. */
void ink_generate_tokens(ink_buffer *json, const ink_model *model, size_t count,
                         const uint32_t *ids, const double *log_probabilities);

/* Says what is wrong. Gives the exit status. */
int ink_generate_fail(const ink_error *error);

#endif
