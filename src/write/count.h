/*
 * ink_count() of a text that is tokens already.
 */
#ifndef INK_WRITE_COUNT_H
#define INK_WRITE_COUNT_H

#include "inkling.h"
#include "text/tokens.h"

/* Counts the first `counted` tokens, of the model's vocabulary; what is to be chosen is chosen by
 * those behind them, or by the last tenth when there are none. */
ink_status ink_count_tokens(const uint8_t *bytes, size_t size, const ink_tokens *tokens,
                            size_t counted, ink_count_options *options, uint8_t **file,
                            size_t *file_size, ink_error *error);

#endif
