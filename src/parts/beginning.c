/*
 * The states in which layers begin. See beginning.h.
 */
#include "parts/beginning.h"

void ink_beginning_recognise(const ink_tensors *tensors, ink_shape *shape) {
  char name[40];
  for (size_t l = 0; l < shape->layers; l++) {
    shape->begins = shape->begins ||
                    ink_tensors_find(tensors, ink_stack_name("", "h0", l, false, name)) != NULL ||
                    ink_tensors_find(tensors, ink_stack_name("", "c0", l, false, name)) != NULL;
  }
}

void ink_beginning_list(ink_lister *l) {
  const ink_shape *shape = &l->parameters->shape;
  ink_beginning_parameters *at = &l->parameters->beginning;
  if (!shape->begins) return;
  const ink_cell *cell = ink_stack_cell(shape);
  char name[40];
  for (size_t i = 0; i < shape->layers; i++) {
    at->h[i] = ink_list_bias(l, ink_stack_name("", "h0", i, false, name), shape->hidden);
    if (!cell->carries_c) continue;
    at->c[i] = ink_list_bias(l, ink_stack_name("", "c0", i, false, name), shape->hidden);
  }
}

/* Reads one of them, if the state is to be filled, into its place in it. */
static void fill(ink_packer *packer, size_t offset, float *state, size_t place) {
  if (!ink_packs(packer)) return;
  const ink_parameter *parameter = ink_parameters_at(packer->parameters, offset);
  packer->status = ink_parameter_read(parameter, state + place, packer->error);
}

void ink_beginning_pack(ink_packer *packer, const ink_stack *stack, const float **state) {
  const ink_beginning_parameters *at = &packer->parameters->beginning;
  *state = NULL;
  if (!packer->parameters->shape.begins) return;
  size_t hidden = stack->hidden, layers = stack->layers;
  float *floats = ink_arena_floats(packer->arena, ink_stack_state_floats(stack), 1);
  for (size_t l = 0; l < layers; l++) {
    fill(packer, at->h[l], floats, l * hidden);
    if (stack->cell->carries_c) fill(packer, at->c[l], floats, (layers + l) * hidden);
  }
  *state = floats;
}
