/*
 * What the scores of a text have in common, whatever it is that predicts it.
 */
#ifndef INK_WRITE_EVALUATE_H
#define INK_WRITE_EVALUATE_H

#include "inkling.h"

/* Whether a text of so many tokens has one to predict: INK_ERROR_ARGUMENT names the reset that
 * leaves none, INK_ERROR_TEXT the tokens that are too few. */
ink_status ink_evaluation_check(size_t tokens, uint32_t reset, ink_error *error);

/* The evaluation of a mean loss; its parts are NaN. */
ink_evaluation ink_evaluation_of(double nats, double predicted);

#endif
