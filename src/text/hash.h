/*
 * Hash tables of strings with linear probing (Knuth, The Art of Computer Programming 3, 6.4): an
 * array of slots, each an index into whatever the owner keeps, or UINT32_MAX where it is empty.
 */
#ifndef INK_TEXT_HASH_H
#define INK_TEXT_HASH_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"

/* FNV-1a, 32 bits (Fowler, Noll and Vo). */
static inline uint32_t ink_hash(const char *bytes, size_t size) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < size; i++) hash = (hash ^ (uint8_t)bytes[i]) * 16777619u;
  return hash ^ hash >> 15;
}

/* How many slots to have for so many strings: a power of two, at least twice as many. */
static inline size_t ink_hash_slots(size_t strings) {
  size_t slots = 4;
  while (slots / 2 < strings) slots *= 2;
  return slots;
}

/* Empty slots [slots], or NULL. */
static inline uint32_t *ink_hash_new(size_t slots) {
  size_t size;
  uint32_t *made = ink_size_multiply(slots, sizeof *made, &size) ? malloc(size) : NULL;
  if (made != NULL) memset(made, 0xff, size);
  return made;
}

#endif
