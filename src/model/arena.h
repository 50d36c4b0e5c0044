/*
 * One allocation cut into arrays. An object lays out its arrays twice with the same code: first
 * over an arena without memory, which only adds up the bytes, then over the memory.
 */
#ifndef INK_MODEL_ARENA_H
#define INK_MODEL_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/size.h"

enum { INK_ARENA_ALIGNMENT = 64 }; /* bytes; of every array */

typedef struct ink_arena {
  char *memory; /* aligned, or NULL while counting */
  size_t size;  /* bytes taken so far */
  bool overflow;
} ink_arena;

/* The next array [rows * columns] of elements of `element` bytes; NULL while counting. */
static inline void *ink_arena_take(ink_arena *arena, size_t rows, size_t columns, size_t element) {
  size_t start = arena->size, size;
  if (!ink_size_multiply(rows, columns, &size) || !ink_size_multiply(size, element, &size) ||
      size > SIZE_MAX - INK_ARENA_ALIGNMENT ||
      !ink_size_add(start, ink_size_round_up(size, INK_ARENA_ALIGNMENT), &arena->size)) {
    arena->overflow = true;
    return NULL;
  }
  return arena->memory == NULL ? NULL : arena->memory + start;
}

static inline float *ink_arena_floats(ink_arena *arena, size_t rows, size_t columns) {
  return ink_arena_take(arena, rows, columns, sizeof(float));
}

/* The bytes to allocate for what was counted; false when there cannot be so many. */
static inline bool ink_arena_size(const ink_arena *counted, size_t *size) {
  return !counted->overflow && ink_size_add(counted->size, INK_ARENA_ALIGNMENT, size);
}

/* An arena over ink_arena_size() bytes. */
static inline ink_arena ink_arena_over(void *allocated) {
  size_t past = (uintptr_t)allocated % INK_ARENA_ALIGNMENT;
  return (ink_arena){.memory = (char *)allocated + (past == 0 ? 0 : INK_ARENA_ALIGNMENT - past)};
}

#endif
