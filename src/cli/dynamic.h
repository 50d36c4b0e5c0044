/*
 * Dynamic evaluation for the verbs that offer it.
 */
#ifndef INK_CLI_DYNAMIC_H
#define INK_CLI_DYNAMIC_H

#include "cli/arguments.h"
#include "cli/files.h"
#include "inkling_scores.h"

typedef struct ink_dynamic_request {
  bool wanted; /* --dynamic */
  ink_dynamic options;
} ink_dynamic_request;

enum { INK_DYNAMIC_ARGUMENTS = 4 };

/* Fills rows of an argument table that set `request`, which it sets to its defaults. */
void ink_dynamic_arguments(ink_dynamic_request *request, ink_argument table[INK_DYNAMIC_ARGUMENTS]);

/* Scores a text with the model, which was read from `file` and learns as it reads.
 * `adapted`, when not NULL, receives the model that it has become. Returns an exit status, after a
 * line on stderr unless it is INK_EXIT_OK. */
int ink_dynamic_read(const ink_model *model, const ink_text_part *file, const ink_dynamic *options,
                     const char *text, size_t bytes, ink_evaluation *evaluation,
                     ink_model **adapted);

#endif
