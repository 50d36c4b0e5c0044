/*
 * Saliency (Simonyan et al. 2014; gradient times input, Denil et al. 2014): how much each earlier
 * token speaks for the one at a place. With x_i the input vector of token i, its embedding or its
 * one-hot row, and p the network's probability of the token at the place,
 *   saliency_i = (d ln p / d x_i) . x_i
 * The first layer sees x_i through a_i = W_ih x_i + b_ih alone, of which training's backward pass
 * has the gradient g_i; so saliency_i = g_i . (W_ih x_i).
 */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "layers/loss.h"
#include "networks/networks.h"
#include "networks/window.h"
#include "write/session.h"

enum { STEPS_MAX = 65536 }; /* of a window */

typedef struct looking {
  ink_parameters parameters;
  size_t steps;
  ink_window window;
  void *memory;               /* of the arrays */
  float *weights, *gradients; /* [parameters.size] */
  uint32_t *ids, *targets;    /* [steps] */
} looking;

static void lay_out(void *object, ink_arena *arena) {
  looking *l = object;
  l->weights = ink_arena_floats(arena, l->parameters.size, 1);
  l->gradients = ink_arena_floats(arena, l->parameters.size, 1);
  l->ids = ink_arena_take(arena, l->steps, 1, sizeof *l->ids);
  l->targets = ink_arena_take(arena, l->steps, 1, sizeof *l->targets);
  const ink_kernels *kernels = ink_kernels_find(INK_KERNEL_AUTO);
  ink_window_lay_out(&l->window, &l->parameters, kernels, 1, l->steps, arena);
}

static ink_status looking_open(const ink_model *model, const ink_tensors *tensors, size_t steps,
                               looking *l, ink_error *error) {
  *l = (looking){.steps = steps};
  const ink_shape *shape = &l->parameters.shape;
  ink_status status = ink_parameters_recognise(tensors, &l->parameters, error);
  if (status == INK_OK && (shape->vocabulary != model->network.shape.vocabulary ||
                           shape->task != model->network.shape.task)) {
    status = ink_fail(error, INK_ERROR_ARGUMENT, "the bytes are not those of the model");
  }
  if (status == INK_OK) status = ink_window_check(shape, error);
  if (status == INK_OK) status = ink_arena_allocate(lay_out, l, &l->memory, NULL, error);
  return status == INK_OK ? ink_parameters_read(&l->parameters, l->weights, error) : status;
}

/* Leaves d ln p(target after ids [steps]) / d a_i in the window's gates of the first layer. */
static void differentiate(looking *l, uint32_t target) {
  const ink_dropout_choice none = {0};
  for (size_t i = 0; i + 1 < l->steps; i++) l->targets[i] = INK_NO_TARGET;
  l->targets[l->steps - 1] = target;
  float uphill = -1; /* the loss is -ln p */
  ink_window_forward(&l->window, l->weights, l->steps, l->ids, l->targets, uphill, &none);
  ink_window_backward(&l->window, l->weights, l->steps, l->ids, &none, l->gradients);
}

/* g . (W_ih x) of token `id`, with g [G*H]. */
static float against_input(const looking *l, const float *g, uint32_t id) {
  const ink_shape *shape = &l->parameters.shape;
  const ink_stack_parameters *at = &l->parameters.stack;
  const float *w = l->weights + at->weight_ih[0]; /* [G*H][E], or [G*H][V] */
  size_t rows = shape->gates * shape->hidden;
  size_t inputs = shape->embed > 0 ? shape->embed : at->vocabulary;
  double sum = 0;
  for (size_t r = 0; r < rows; r++) {
    double product = 0;
    if (shape->embed == 0) product = (double)w[r * inputs + id];
    const float *x = l->weights + at->embedding + id * shape->embed;
    for (size_t e = 0; e < shape->embed; e++) product += (double)w[r * inputs + e] * (double)x[e];
    sum += (double)g[r] * product;
  }
  return (float)sum;
}

/* The last `place` of the steps are those that are asked for. */
static void measure(looking *l, size_t place, uint32_t target, float *saliency) {
  const ink_shape *shape = &l->parameters.shape;
  size_t rows = shape->gates * shape->hidden, start = l->steps - place;
  differentiate(l, target);
  for (size_t i = 0; i < place; i++) {
    const float *g = l->window.stack.gates[0] + (start + i) * rows;
    saliency[i] = against_input(l, g, l->ids[start + i]);
  }
}

static ink_status check_place(size_t place, size_t count, size_t steps, ink_error *error) {
  if (place >= count) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "there is no token %zu: the text has %zu", place,
                    count);
  }
  if (steps > STEPS_MAX) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "%zu tokens are before the place where %d are the most: give a part of the "
                    "text",
                    steps, STEPS_MAX);
  }
  return INK_OK;
}

static bool are_finite(const float *values, size_t count) {
  return ink_kernels_find(INK_KERNEL_AUTO)->finite(values, count);
}

/* Of token ids[place], from the model's start and the tokens before it. */
static ink_status find(const ink_model *model, const ink_tensors *tensors, const uint32_t *ids,
                       size_t place, float *saliency, ink_error *error) {
  looking l;
  ink_status status = looking_open(model, tensors, model->start_count + place, &l, error);
  if (status == INK_OK) {
    for (size_t i = 0; i < model->start_count; i++) l.ids[i] = model->start[i];
    memcpy(l.ids + model->start_count, ids, place * sizeof *ids);
    measure(&l, place, ids[place], saliency);
    if (!are_finite(saliency, place)) status = ink_session_fail_infinite(error);
  }
  free(l.memory);
  return status;
}

ink_status ink_saliency(const ink_model *model, const uint8_t *bytes, size_t size, const char *text,
                        size_t text_bytes, int skip_unknown, size_t place, float **saliency,
                        ink_error *error) {
  *saliency = NULL;
  if (model->network.shape.task != INK_TASK_GENERATOR) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "saliency is of a generator, not of a %s",
                    model->network.kind->name);
  }
  uint32_t *ids = NULL;
  size_t count = 0;
  ink_tensors *tensors = NULL;
  float *found = NULL;
  ink_status status = ink_prompt_encode(model->network.vocabulary, text, text_bytes, skip_unknown,
                                        &ids, &count, error);
  if (status == INK_OK) status = check_place(place, count, model->start_count + place, error);
  if (status == INK_OK) status = ink_tensors_parse(bytes, size, &tensors, error);
  if (status == INK_OK) {
    found = calloc(place + 1, sizeof *found);
    if (found == NULL) status = ink_fail_memory(error);
  }
  if (status == INK_OK && place > 0) status = find(model, tensors, ids, place, found, error);
  if (status == INK_OK) *saliency = found;
  if (status != INK_OK) free(found);
  ink_tensors_free(tensors);
  free(ids);
  return status;
}
