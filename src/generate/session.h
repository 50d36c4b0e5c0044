/*
 * What the rest of generate/ needs of a session beyond inkling.h.
 */
#ifndef INK_GENERATE_SESSION_H
#define INK_GENERATE_SESSION_H

#include "inkling.h"

const ink_model *ink_session_model(const ink_session *session);

/* Reads token `id` < vocabulary; a fresh session does not read its start first. */
void ink_session_step(ink_session *session, uint32_t id);

#endif
