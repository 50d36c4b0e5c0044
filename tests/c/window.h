/*
 * A window for the tests, in memory of its own.
 */
#ifndef INK_TESTS_WINDOW_H
#define INK_TESTS_WINDOW_H

#include "base/arena.h"
#include "check.h"
#include "networks/window.h"

typedef struct window_of {
  ink_window window;
  const ink_parameters *parameters;
  const ink_kernels *kernels;
  size_t batch, steps;
} window_of;

static inline void window_lay_out(void *object, ink_arena *arena) {
  window_of *w = object;
  ink_window_lay_out(&w->window, w->parameters, w->kernels, w->batch, w->steps, arena);
}

/* To be released by free(). */
static inline ink_window *window_new(const ink_parameters *parameters, const ink_kernels *kernels,
                                     size_t batch, size_t steps) {
  window_of begun = {.parameters = parameters, .kernels = kernels, .batch = batch, .steps = steps};
  ink_window *window = ink_arena_make(window_lay_out, &begun, sizeof begun, NULL);
  CHECK(window != NULL);
  return window;
}

#endif
