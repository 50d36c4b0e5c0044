/*
 * What the rest of generate/ needs of a session beyond inkling.h.
 */
#ifndef INK_GENERATE_SESSION_H
#define INK_GENERATE_SESSION_H

#include <stdbool.h>

#include "base/random.h"
#include "generate/sampler.h"
#include "generate/source.h"
#include "model/arena.h"
#include "model/model.h"
#include "text/words.h"

struct ink_session {
  const ink_model *model;
  void *allocated; /* this struct lies inside of it, after the arrays */
  ink_random random;
  bool fresh;      /* nothing has been read */
  bool has_logits; /* logits are those of the present state */
  ink_recent recent;
  ink_spacing spacing; /* of what has been read; 0 of characters */

  float *state; /* [ink_state_floats()]: the next five one after another */
  float *h, *c; /* [layers][H]; c where the cell carries it, else NULL */
  /* of a classifier, [H]: over the h of the last layer so far; and, behind them, how many those
   * were */
  float *sum, *largest;
  float *bag_sum;         /* of a classifier with a bag, [outputs]: of the runs so far; else NULL */
  float *x_part, *h_part; /* [gate_rows] */
  ink_quantized *quantized; /* of the widest vector: scratch of products with int8 weights */
  float *features;          /* what the read-out reads, where that is not the last layer's h */
  float *joined;            /* of attention, [A + H]: the context, then h */
  float *context;           /* [A rounded up to panels] */
  /* [source->positions, rounded up to panels]: after the last read-out, the weights of attention;
   * allocated on its own */
  float *scores;
  const ink_source *source; /* that the session was started from, else NULL */
  float *logits;            /* [logit_rows] */
  float *probabilities;     /* [outputs] */
  uint32_t *order;          /* [outputs] scratch of the sampler */
};

/* The ids [*count] of what a user gives to read, which the caller frees: words that the vocabulary
 * does not have are read as the nearest that it has. */
ink_status ink_prompt_encode(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                             int skip_unknown, uint32_t **ids, size_t *count, ink_error *error);

/* Floats of what a session carries from token to token. */
size_t ink_state_floats(const ink_model *model);

/* An array [count] of vectors [n]. */
ink_quantized *ink_quantized_lay_out(size_t n, size_t count, ink_arena *arena);

const ink_model *ink_session_model(const ink_session *session);

/* Puts `to`, of the same model and started from the same source if any, into the state of `from`;
 * its logits are then to be made. */
void ink_session_copy(const ink_session *from, ink_session *to);

/* The next two act on `count` sessions of one model, up to INK_STREAMS_MAX (layers/panels.h), which
 * share every read of the weights. Each gets the bits that it would get alone. */

/* Session i reads token ids[i] < vocabulary; a fresh one does not read its start first. */
void ink_sessions_step(ink_session *const *sessions, size_t count, const uint32_t *ids);

/* Makes the logits of every session, which then are ink_session_logits(). */
void ink_sessions_read_out(ink_session *const *sessions, size_t count);

/* y[i] = what `panels`, of the model, makes of x[i], for every session. */
void ink_sessions_multiply(ink_session *const *sessions, size_t count, const ink_panels *panels,
                           const float *const *x, float *const *y);

/* What the read-out reads of each session: features[i], valid until the session is used again.
 * read_out.c */
void ink_sessions_features(ink_session *const *sessions, size_t count, const float **features);

/* From now on the session attends to this source. Fails only for want of memory, and then changes
 * nothing. read_out.c */
ink_status ink_session_attend(ink_session *session, const ink_source *source, ink_error *error);

/* A classifier's mean and maximum over time take in the last layer's new h. read_out.c */
void ink_session_pool(ink_session *session);

/* What a classifier's bag says takes in the runs that end with token `id`, before it is among the
 * recent ones. read_out.c */
void ink_session_sum_bag(ink_session *session, uint32_t id);

/* logits [outputs], the network's, become the mean of these and the bag's for the text if it ends
 * here. read_out.c */
void ink_session_average_bag(ink_session *session, float *logits);

/* ink_sessions_step() of one. */
void ink_session_step(ink_session *session, uint32_t id);

/* Whether a space stands before token `id` of a model of words, when it is written next. */
bool ink_session_spaces(const ink_session *session, uint32_t id);

/* ln of the sum of e^logit: the log-probability of token t, in nats, is logits[t] minus it, the
 * same bits on every build. NaN when a logit is not finite, of which ink_session_fail_infinite()
 * tells. */
double ink_session_normaliser(ink_session *session);
ink_status ink_session_fail_infinite(ink_error *error);

/* Picks a token by what ink_session_distribution() gave last, without reading it. */
uint32_t ink_session_pick(ink_session *session);

#endif
