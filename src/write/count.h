/*
 * ink_count() of a text that is tokens already.
 */
#ifndef INK_WRITE_COUNT_H
#define INK_WRITE_COUNT_H

#include <stddef.h>
#include <stdint.h>

#include "inkling.h"

/* Counts tokens [counted] of the model's vocabulary; what is to be chosen is chosen by those behind
 * them, to tokens [count], or by the last tenth when there are none. */
ink_status ink_count_tokens(const uint8_t *bytes, size_t size, const uint32_t *tokens,
                            size_t counted, size_t count, ink_count_options *options,
                            uint8_t **file, size_t *file_size, ink_error *error);

#endif
