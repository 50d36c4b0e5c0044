/*
 * What the rest of write/ needs of a session beyond inkling.h.
 */
#ifndef INK_WRITE_SESSION_H
#define INK_WRITE_SESSION_H

#include <stdbool.h>

#include "base/random.h"
#include "text/words.h"
#include "write/model.h"
#include "write/sampler.h"

struct ink_session {
  ink_stream stream;
  const ink_model *model;
  ink_random random;
  bool fresh;               /* nothing has been read */
  bool has_logits;          /* logits are those of the present state */
  ink_spacing spacing;      /* of what has been read; 0 of characters */
  const ink_source *source; /* that the session was started from, else NULL */
  uint32_t *order;          /* [outputs] scratch of the sampler */
  size_t place;             /* among those that write together */
};

/* The ids [*count] of what a user gives to read, which the caller frees: words that the vocabulary
 * does not have are read as the nearest that it has. */
ink_status ink_prompt_encode(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                             int skip_unknown, uint32_t **ids, size_t *count, ink_error *error);

/* A fresh session reads what the model's metadata has it read first. */
void ink_session_read_start(ink_session *session);

/* All tokens of this text have been read. */
void ink_session_note_text(ink_session *session, const char *text, size_t bytes);

/* Puts `to`, of the same model and started from the same source if any, into the state of `from`;
 * its logits are then to be made. */
void ink_session_copy(const ink_session *from, ink_session *to);

/* The next two act on `count` sessions of one model, up to INK_STREAMS_MAX (layers/panels.h), which
 * share every read of the weights. Each gets the bits that it would get alone. */

/* Session i reads token ids[i] < vocabulary; a fresh one does not read its start first. */
void ink_sessions_step(ink_session *const *sessions, size_t count, const uint32_t *ids);

/* Makes the logits of every session, which then are ink_session_logits(). */
void ink_sessions_read_out(ink_session *const *sessions, size_t count);

/* ink_sessions_step() of one. */
void ink_session_step(ink_session *session, uint32_t id);

/* Whether its tokens are words. */
bool ink_session_reads_words(const ink_session *session);

/* Whether a space stands before token `id` of a model of words, when it is written next. */
bool ink_session_spaces(const ink_session *session, uint32_t id);

/* ln of the sum of e^logit: the log-probability of token t, in nats, is logits[t] minus it, the
 * same bits on every build. NaN when a logit is not finite, of which ink_session_fail_infinite()
 * tells. */
double ink_session_normaliser(ink_session *session);
ink_status ink_session_fail_infinite(ink_error *error);

/* What ink_session_distribution() does, of a sampling that was checked before. */
ink_status ink_session_distribute(ink_session *session, const ink_sampling *sampling,
                                  ink_error *error);

/* Picks a token by what the last distribution was, without reading it. */
uint32_t ink_session_pick(ink_session *session);

#endif
