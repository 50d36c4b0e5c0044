/*
 * Packing parameters for use. See pack.h.
 */
#include "parts/pack.h"

#include <stdlib.h>

#include "base/status.h"

float *ink_pack_read(ink_packer *packer, size_t offset) {
  const ink_parameter *p = ink_parameters_at(packer->parameters, offset);
  float *floats = malloc(p->count * sizeof *floats); /* the lister has multiplied it before */
  packer->status = floats == NULL ? ink_fail_memory(packer->error)
                                  : ink_parameter_read(p, floats, packer->error);
  if (packer->status == INK_OK) return floats;
  free(floats);
  return NULL;
}

float *ink_pack_floats(ink_packer *packer, size_t offset) {
  const ink_parameter *p = ink_parameters_at(packer->parameters, offset);
  float *floats = ink_arena_floats(packer->arena, p->count, 1);
  if (ink_packs(packer)) packer->status = ink_parameter_read(p, floats, packer->error);
  return floats;
}

static void fill(ink_packer *packer, const ink_parameter *matrix, size_t bias, ink_panels *panels) {
  float *b = bias == INK_NO_BIAS ? NULL : ink_pack_read(packer, bias);
  if (packer->status != INK_OK) return;
  if (panels->lanes != NULL) {
    packer->status = ink_tensor_floats(matrix->scale, panels->scales, packer->error);
    if (packer->status == INK_OK) {
      ink_panels_pack_int8(panels, matrix->rows, matrix->tensor->bytes, b);
    }
  } else {
    float *weight = ink_pack_read(packer, matrix->offset);
    if (weight != NULL) ink_panels_pack(panels, matrix->rows, weight, b);
    free(weight);
  }
  free(b);
}

static void pack(ink_packer *packer, size_t weight, size_t bias, bool int8, ink_panels *panels) {
  const ink_parameter *matrix = ink_parameters_at(packer->parameters, weight);
  ink_panels_lay_out(panels, matrix->rows, matrix->columns, int8, packer->arena);
  if (ink_packs(packer)) fill(packer, matrix, bias, panels);
}

void ink_pack_panels(ink_packer *packer, size_t weight, size_t bias, ink_panels *panels) {
  bool int8 = ink_parameters_at(packer->parameters, weight)->scale != NULL;
  pack(packer, weight, bias, int8, panels);
}

void ink_pack_float_panels(ink_packer *packer, size_t weight, size_t bias, ink_panels *panels) {
  pack(packer, weight, bias, false, panels);
}
