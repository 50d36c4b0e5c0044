/*
 * The suffixes of a sequence in sorted order.
 */
#ifndef INK_SCORES_SUFFIXES_H
#define INK_SCORES_SUFFIXES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest sequence. */
#define INK_SUFFIXES_MAX ((size_t)INT32_MAX)

/* sorted [size]: where the suffixes of symbols [size] begin, in ascending order. Symbols are below
 * `symbol_count`; the last one, and no other, is 0. Linear in size and symbol_count. False when
 * memory is short. */
bool ink_suffixes_sort(const uint32_t *symbols, size_t size, size_t symbol_count, uint32_t *sorted);

#endif
