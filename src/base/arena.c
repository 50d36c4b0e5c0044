/*
 * One allocation cut into arrays. See arena.h.
 */
#include "base/arena.h"

#include <stdlib.h>

#include "base/status.h"

void *ink_arena_take(ink_arena *arena, size_t rows, size_t columns, size_t element) {
  size_t start = arena->size, size;
  if (!ink_size_multiply(rows, columns, &size) || !ink_size_multiply(size, element, &size) ||
      size > SIZE_MAX - INK_ARENA_ALIGNMENT ||
      !ink_size_add(start, ink_size_round_up(size, INK_ARENA_ALIGNMENT), &arena->size)) {
    arena->overflow = true;
    return NULL;
  }
  return arena->memory == NULL ? NULL : arena->memory + start;
}

float *ink_arena_floats3(ink_arena *arena, size_t a, size_t b, size_t c) {
  size_t rows;
  if (!ink_size_multiply(a, b, &rows)) arena->overflow = true;
  return arena->overflow ? NULL : ink_arena_floats(arena, rows, c);
}

ink_status ink_arena_allocate(ink_lay_out *lay_out, void *object, void **memory, size_t *bytes,
                              ink_error *error) {
  ink_arena counted = {0};
  size_t size = 0;
  *memory = NULL;
  lay_out(object, &counted);
  if (!counted.overflow && ink_size_add(counted.size, INK_ARENA_ALIGNMENT, &size)) {
    *memory = calloc(size, 1);
  }
  if (*memory == NULL) return ink_fail_memory(error);
  size_t past = (uintptr_t)*memory % INK_ARENA_ALIGNMENT;
  ink_arena arena = {.memory = (char *)*memory + (past == 0 ? 0 : INK_ARENA_ALIGNMENT - past)};
  lay_out(object, &arena);
  if (bytes != NULL) *bytes = size;
  return INK_OK;
}
