/*
 * The ways of inkling generate. Each gives the exit status.
 */
#ifndef INK_CLI_GENERATE_WAYS_H
#define INK_CLI_GENERATE_WAYS_H

#include "cli/generate_request.h"

/* Texts that are drawn token by token. */
int ink_generate_by_drawing(const ink_model *model, const ink_generate_request *request);

/* The likeliest texts, by beam search. */
int ink_generate_by_beam(const ink_model *model, const ink_generate_request *request);

#endif
