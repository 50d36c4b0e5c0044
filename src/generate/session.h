/*
 * What the rest of generate/ needs of a session beyond inkling.h.
 */
#ifndef INK_GENERATE_SESSION_H
#define INK_GENERATE_SESSION_H

#include <stdbool.h>

#include "inkling.h"

const ink_model *ink_session_model(const ink_session *session);

/* The next two act on `count` sessions of one model, up to INK_STREAMS_MAX (layers/panels.h), which
 * share every read of the weights. Each gets the bits that it would get alone. */

/* Session i reads token ids[i] < vocabulary; a fresh one does not read its start first. */
void ink_sessions_step(ink_session *const *sessions, size_t count, const uint32_t *ids);

/* Makes the logits of every session, which then are ink_session_logits(). */
void ink_sessions_read_out(ink_session *const *sessions, size_t count);

/* ink_sessions_step() of one. */
void ink_session_step(ink_session *session, uint32_t id);

/* Whether a space stands before token `id` of a model of words, when it is written next. */
bool ink_session_spaces(const ink_session *session, uint32_t id);

/* Picks a token by what ink_session_distribution() gave last, without reading it. */
uint32_t ink_session_pick(ink_session *session);

#endif
