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

/* Rows of a matrix. */
typedef struct rows {
  const ink_parameter *matrix;
  size_t first, count;
} rows;

static ink_status fill_int8(const ink_packer *packer, const rows *r, const float *bias,
                            ink_panels *panels) {
  ink_tensor scale = *r->matrix->scale;
  scale.bytes += r->first * sizeof(float);
  scale.count = r->count;
  ink_status status = ink_tensor_floats(&scale, panels->scales, packer->error);
  if (status != INK_OK) return status;
  const uint8_t *bytes;
  uint8_t *unpacked;
  status = ink_parameter_int8(r->matrix, r->first, r->count, &bytes, &unpacked, packer->error);
  if (status != INK_OK) return status;
  ink_panels_pack_int8(packer->kernels, panels, r->count, bytes, bias);
  free(unpacked);
  return INK_OK;
}

static void fill(ink_packer *packer, const rows *r, size_t bias, ink_panels *panels) {
  float *all = bias == INK_NO_BIAS ? NULL : ink_pack_read(packer, bias);
  const float *b = all == NULL ? NULL : all + r->first;
  if (packer->status != INK_OK) return;
  if (panels->lanes != NULL) {
    packer->status = fill_int8(packer, r, b, panels);
  } else {
    float *weight = ink_pack_read(packer, r->matrix->offset);
    if (weight != NULL) {
      ink_panels_pack(panels, r->count, weight + r->first * r->matrix->columns, b);
    }
    free(weight);
  }
  free(all);
}

static void pack(ink_packer *packer, const rows *r, size_t bias, bool int8, ink_panels *panels) {
  ink_panels_lay_out(panels, r->count, r->matrix->columns, int8, packer->arena);
  if (ink_packs(packer)) fill(packer, r, bias, panels);
}

void ink_pack_rows(ink_packer *packer, size_t weight, size_t bias, size_t first, size_t count,
                   ink_panels *panels) {
  const ink_parameter *matrix = ink_parameters_at(packer->parameters, weight);
  pack(packer, &(rows){matrix, first, count}, bias, matrix->scale != NULL, panels);
}

void ink_pack_panels(ink_packer *packer, size_t weight, size_t bias, ink_panels *panels) {
  size_t count = ink_parameters_at(packer->parameters, weight)->rows;
  ink_pack_rows(packer, weight, bias, 0, count, panels);
}

void ink_pack_float_panels(ink_packer *packer, size_t weight, size_t bias, ink_panels *panels) {
  const ink_parameter *matrix = ink_parameters_at(packer->parameters, weight);
  pack(packer, &(rows){matrix, 0, matrix->rows}, bias, false, panels);
}
