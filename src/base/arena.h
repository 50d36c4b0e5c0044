/*
 * One allocation cut into arrays. An object lays out its arrays twice with the same function: first
 * over an arena without memory, which only adds up the bytes, then over the memory.
 */
#ifndef INK_BASE_ARENA_H
#define INK_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/size.h"
#include "inkling.h"

enum { INK_ARENA_ALIGNMENT = 64 }; /* bytes; of every array */

typedef struct ink_arena {
  char *memory; /* aligned, or NULL while counting */
  size_t size;  /* bytes taken so far */
  bool overflow;
} ink_arena;

/* The next array [rows * columns] of elements of `element` bytes; NULL while counting. */
void *ink_arena_take(ink_arena *arena, size_t rows, size_t columns, size_t element);

static inline float *ink_arena_floats(ink_arena *arena, size_t rows, size_t columns) {
  return ink_arena_take(arena, rows, columns, sizeof(float));
}

/* The same [a * b * c]. */
float *ink_arena_floats3(ink_arena *arena, size_t a, size_t b, size_t c);

/* A copy of an object [size]; NULL while counting. */
void *ink_arena_put(ink_arena *arena, const void *object, size_t size);

/* Sets the pointers of `object` to arrays of the arena. */
typedef void ink_lay_out(void *object, ink_arena *arena);

/* Counts, allocates and places: calls lay_out(object) twice, and the arrays are zeros. *memory is
 * all of them, the caller's to free; *bytes, when not NULL, its size. INK_ERROR_MEMORY. */
ink_status ink_arena_allocate(ink_lay_out *lay_out, void *object, void **memory, size_t *bytes,
                              ink_error *error);

/* The same of an object that lies in that memory: a copy of `object` [size], its arrays behind it,
 * so that one free() releases all. NULL when there is no memory, as the error then says. */
void *ink_arena_make(ink_lay_out *lay_out, void *object, size_t size, ink_error *error);

#endif
