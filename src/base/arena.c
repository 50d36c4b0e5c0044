/*
 * One allocation cut into arrays. See arena.h.
 */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

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

void *ink_arena_put(ink_arena *arena, const void *object, size_t size) {
  void *copy = ink_arena_take(arena, 1, 1, size);
  return copy == NULL ? NULL : memcpy(copy, object, size);
}

float *ink_arena_floats3(ink_arena *arena, size_t a, size_t b, size_t c) {
  size_t rows;
  if (!ink_size_multiply(a, b, &rows)) arena->overflow = true;
  return arena->overflow ? NULL : ink_arena_floats(arena, rows, c);
}

/* Counts, allocates and places the arrays behind a copy of the object's first bytes. */
static void *make(ink_lay_out *lay_out, void *object, size_t copied, size_t *bytes,
                  ink_error *error) {
  ink_arena counted = {0};
  lay_out(object, &counted);
  char *memory = NULL;
  if (!counted.overflow && ink_size_add(counted.size, copied + INK_ARENA_ALIGNMENT, bytes)) {
    memory = calloc(*bytes, 1);
  }
  if (memory == NULL) {
    ink_fail_memory(error);
    return NULL;
  }
  if (copied > 0) object = memcpy(memory, object, copied);
  size_t past = (uintptr_t)(memory + copied) % INK_ARENA_ALIGNMENT;
  size_t gap = past == 0 ? 0 : INK_ARENA_ALIGNMENT - past;
  lay_out(object, &(ink_arena){.memory = memory + copied + gap});
  return memory;
}

ink_status ink_arena_allocate(ink_lay_out *lay_out, void *object, void **memory, size_t *bytes,
                              ink_error *error) {
  size_t size;
  *memory = make(lay_out, object, 0, bytes != NULL ? bytes : &size, error);
  return *memory == NULL ? INK_ERROR_MEMORY : INK_OK;
}

void *ink_arena_make(ink_lay_out *lay_out, void *object, size_t size, ink_error *error) {
  size_t bytes;
  return make(lay_out, object, size, &bytes, error);
}
