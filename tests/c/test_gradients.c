/*
 * Every gradient of the network against central differences: all cells, one to three layers,
 * one-hot and embedded, with and without dropout, every parameter, on every instruction set.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "check.h"
#include "layers/cell.h"
#include "networks/networks.h"
#include "window.h"

enum { VOCABULARY = 7, BATCH = 3, STEPS = 5 };

typedef struct setup {
  const ink_kernels *kernels;
  ink_parameters parameters;
  ink_window *network;
  float *weights, *gradients, *state;
  uint32_t ids[STEPS * BATCH], targets[STEPS * BATCH];
  ink_dropout_choice dropout;
} setup;

/* The mean loss of the window from a state that is not zero, so that its use is checked too. */
static double loss(setup *s) {
  ink_window_state_set(s->network, BATCH, 0, s->state);
  return ink_window_forward(s->network, s->weights, STEPS, s->ids, s->targets,
                            1.0f / (STEPS * BATCH), &s->dropout) /
         (STEPS * BATCH);
}

/* Whether a cell of this name has an activation of straight pieces: a difference that spans a
 * corner is no derivative, so that a few of them are wrong. */
static bool has_corners(const char *name) {
  return strstr(name, "relu") != NULL || strstr(name, "hard") != NULL;
}

static void check_gradients(setup *s, const char *name) {
  size_t wrong = 0;
  loss(s);
  ink_window_backward(s->network, s->weights, STEPS, s->ids, &s->dropout, s->gradients);
  for (size_t p = 0; p < s->parameters.count; p++) {
    const ink_parameter *parameter = &s->parameters.list[p];
    /* In float, a difference is exact to about 1e-4 of the largest gradient of its tensor. */
    double largest = 0;
    for (size_t i = 0; i < parameter->count; i++) {
      largest = fmax(largest, fabs((double)s->gradients[parameter->offset + i]));
    }
    CHECK(largest > 0);
    for (size_t i = 0; i < parameter->count; i++) {
      size_t at = parameter->offset + i;
      float kept = s->weights[at];
      const float step = 0x1p-7f;
      s->weights[at] = kept + step;
      double above = loss(s);
      s->weights[at] = kept - step;
      double below = loss(s);
      s->weights[at] = kept;
      double numeric = (above - below) / (2 * (double)step);
      double error = fabs(numeric - (double)s->gradients[at]);
      if (error <= 2e-3 * largest + 2e-5) continue;
      wrong++;
      if (has_corners(name)) continue;
      printf("%s, %s, %s[%zu]: %g where differences give %g\n", s->kernels->name, name,
             parameter->name, i, (double)s->gradients[at], numeric);
      check_fail(__FILE__, __LINE__, "the gradient is that of the differences");
    }
  }
  CHECK(6 * wrong <= s->parameters.size);
}

static void run(ink_kernel kernel, ink_cell_kind cell, size_t layers, size_t embed, size_t hidden,
                float dropout, bool variational) {
  setup s = {.kernels = ink_kernels_find(kernel),
             .dropout = {.rate = dropout, .variational = variational, .key = 9}};
  if (s.kernels == NULL) return; /* not on this machine */
  const ink_cell *found = ink_cell_find(cell, s.kernels->name);
  ink_shape shape = {.cell = cell,
                     .gates = found->gates,
                     .vocabulary = VOCABULARY,
                     .outputs = VOCABULARY,
                     .embed = embed,
                     .hidden = hidden,
                     .layers = layers};
  CHECK(ink_parameters_list(&shape, &s.parameters, NULL) == INK_OK);
  s.network = window_new(&s.parameters, s.kernels, BATCH, STEPS);
  size_t state = layers * 2 * BATCH * hidden;
  s.weights = malloc(s.parameters.size * sizeof(float));
  s.gradients = calloc(s.parameters.size, sizeof(float));
  s.state = malloc(state * sizeof(float));
  ink_random random;
  ink_random_seed(&random, 3, 1);
  for (size_t i = 0; i < s.parameters.size; i++) {
    s.weights[i] = (float)(ink_random_uniform(&random) * 1.6 - 0.8);
  }
  for (size_t i = 0; i < state; i++) s.state[i] = (float)(ink_random_uniform(&random) - 0.5);
  for (size_t i = 0; i < STEPS * BATCH; i++) {
    s.ids[i] = ink_random_below(&random, VOCABULARY);
    s.targets[i] = ink_random_below(&random, VOCABULARY);
  }
  check_gradients(&s, found->name);
  free(s.network);
  free(s.weights);
  free(s.gradients);
  free(s.state);
}

int main(void) {
  for (int kernel = INK_KERNEL_SCALAR; kernel <= INK_KERNEL_AVX512; kernel++) {
    for (int cell = 0; cell < INK_CELLS; cell++) {
      for (size_t layers = 1; layers <= 3; layers++) {
        run((ink_kernel)kernel, (ink_cell_kind)cell, layers, 0, 5, 0, false);
        run((ink_kernel)kernel, (ink_cell_kind)cell, layers, 4, 9, 0, false);
        run((ink_kernel)kernel, (ink_cell_kind)cell, layers, 3, 6, 0.4f, false);
        run((ink_kernel)kernel, (ink_cell_kind)cell, layers, 0, 6, 0.3f, true);
      }
    }
  }
  return 0;
}
