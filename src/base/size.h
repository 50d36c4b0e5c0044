/*
 * Sizes that come from files and options: multiplied and added with an overflow check.
 */
#ifndef INK_BASE_SIZE_H
#define INK_BASE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* *product = a * b; false, and *product untouched, when that does not fit. */
static inline bool ink_size_multiply(size_t a, size_t b, size_t *product) {
  return !__builtin_mul_overflow(a, b, product);
}

/* *sum = a + b; false when that does not fit. */
static inline bool ink_size_add(size_t a, size_t b, size_t *sum) {
  return !__builtin_add_overflow(a, b, sum);
}

/* Memory for so many of these bytes each; NULL also when that many do not fit. */
static inline void *ink_size_malloc(size_t count, size_t each) {
  size_t size;
  return ink_size_multiply(count, each, &size) ? malloc(size) : NULL;
}

static inline size_t ink_size_min(size_t a, size_t b) { return a < b ? a : b; }
static inline size_t ink_size_max(size_t a, size_t b) { return a > b ? a : b; }

/* The smallest multiple of `step` that is >= n. */
static inline size_t ink_size_round_up(size_t n, size_t step) {
  return (n + step - 1) / step * step;
}

#endif
