/*
 * Strings of bytes that need no NUL at their end.
 */
#ifndef INK_BASE_BYTES_H
#define INK_BASE_BYTES_H

#include <string.h>

#include "base/size.h"

/* Below, at or above 0 as a [a_bytes] comes before b, is the same, or comes after it: by bytes, and
 * a beginning before what it begins. */
static inline int ink_bytes_compare(const char *a, size_t a_bytes, const char *b, size_t b_bytes) {
  int order = memcmp(a, b, ink_size_min(a_bytes, b_bytes));
  return order != 0 ? order : (a_bytes > b_bytes) - (a_bytes < b_bytes);
}

static inline bool ink_bytes_equal(const char *a, size_t a_bytes, const char *b, size_t b_bytes) {
  return a_bytes == b_bytes && (a_bytes == 0 || memcmp(a, b, a_bytes) == 0);
}

#endif
