/*
 * Packing weights for generation. The layout and its reasons: see kernels.h.
 */
#include "layers/panels.h"

#include <string.h>

#include "base/size.h"

enum { GROUP = 4 }; /* columns in a lane of int8 weights */

size_t ink_panels_lanes(size_t columns) {
  return (columns / GROUP + (columns % GROUP > 0)) * INK_PANEL;
}

void ink_panels_lay_out(ink_panels *panels, size_t rows, size_t columns, bool int8,
                        ink_arena *arena) {
  rows = ink_size_round_up(rows, INK_ROWS);
  *panels = (ink_panels){.rows = rows, .columns = columns};
  panels->bias = ink_arena_floats(arena, rows, 1);
  if (int8) {
    panels->lanes =
        ink_arena_take(arena, rows / INK_PANEL, ink_panels_lanes(columns), sizeof *panels->lanes);
    panels->starts = ink_arena_take(arena, rows, 1, sizeof *panels->starts);
    panels->scales = ink_arena_floats(arena, rows, 1);
  } else {
    panels->floats = ink_arena_floats(arena, rows, columns);
  }
}

ink_quantized *ink_quantized_lay_out(size_t n, size_t count, ink_arena *arena) {
  ink_quantized *quantized = ink_arena_take(arena, count, 1, sizeof *quantized);
  size_t padded = ink_size_round_up(n, GROUP);
  uint8_t *values = ink_arena_take(arena, count, padded, sizeof *values);
  uint32_t *pairs = ink_arena_take(arena, count, padded / GROUP * 2, sizeof *pairs);
  for (size_t i = 0; quantized != NULL && i < count; i++) {
    quantized[i].values = values + i * padded;
    quantized[i].pairs = pairs + i * (padded / GROUP * 2);
  }
  return quantized;
}

static void pad(float *vector, size_t rows, size_t padded_rows) {
  memset(vector + rows, 0, (padded_rows - rows) * sizeof *vector);
}

static void pack_bias(ink_panels *panels, size_t rows, const float *bias) {
  if (bias == NULL) rows = 0;
  if (rows > 0) memcpy(panels->bias, bias, rows * sizeof *bias);
  pad(panels->bias, rows, panels->rows);
}

void ink_panels_pack(ink_panels *panels, size_t rows, const float *weight, const float *bias) {
  size_t columns = panels->columns;
  float *packed = panels->floats;
  for (size_t first = 0; first < panels->rows; first += INK_PANEL) {
    for (size_t k = 0; k < columns; k++) {
      for (size_t i = first; i < first + INK_PANEL; i++) {
        *packed++ = i < rows ? weight[i * columns + k] : 0;
      }
    }
  }
  pack_bias(panels, rows, bias);
}

/* Columns [k, k + GROUP) of a row. */
static int32_t pack_lane(const uint8_t *row, size_t columns, size_t k, uint8_t flip) {
  uint32_t lane = 0;
  for (uint32_t byte = 0; byte < GROUP; byte++) {
    uint32_t w = row != NULL && k + byte < columns ? row[k + byte] : 0;
    if (byte % 2 == 0) w ^= flip;
    lane |= w << (8 * byte);
  }
  return (int32_t)lane;
}

static int32_t sum_of(const uint8_t *row, size_t columns) {
  int32_t sum = 0;
  for (size_t k = 0; k < columns; k++) sum += (int8_t)row[k];
  return sum;
}

void ink_panels_pack_int8(const ink_kernels *kernels, ink_panels *panels, size_t rows,
                          const uint8_t *weight, const float *bias) {
  size_t columns = panels->columns;
  int32_t *packed = panels->lanes;
  for (size_t first = 0; first < panels->rows; first += INK_PANEL) {
    for (size_t k = 0; k < columns; k += GROUP) {
      for (size_t i = first; i < first + INK_PANEL; i++) {
        *packed++ = pack_lane(i < rows ? weight + i * columns : NULL, columns, k, kernels->flip);
      }
    }
  }
  for (size_t i = 0; i < panels->rows; i++) {
    panels->starts[i] = i < rows ? -INK_SEVEN_BITS_ZERO * sum_of(weight + i * columns, columns) : 0;
  }
  pad(panels->scales, rows, panels->rows);
  pack_bias(panels, rows, bias);
}

void ink_panels_product(const ink_kernels *kernels, const ink_panels *panels, size_t streams,
                        const float *const *x, ink_quantized *const *quantized, float *const *y) {
  if (panels->floats != NULL) {
    kernels->product(panels, streams, x, y);
    return;
  }
  const ink_quantized *vectors[INK_STREAMS_MAX];
  for (size_t s = 0; s < streams; s++) {
    kernels->quantize(x[s], panels->columns, quantized[s]);
    vectors[s] = quantized[s];
  }
  kernels->product_int8(panels, streams, vectors, y);
}

void ink_panels_rows(const ink_kernels *kernels, const ink_panels *panels, size_t count,
                     const float *x, ink_quantized *quantized, float *y) {
  for (size_t first = 0; first < count; first += INK_STREAMS_MAX) {
    size_t streams = ink_size_min(INK_STREAMS_MAX, count - first);
    const float *from[INK_STREAMS_MAX];
    float *to[INK_STREAMS_MAX];
    ink_quantized *scratch[INK_STREAMS_MAX];
    for (size_t i = 0; i < streams; i++) {
      from[i] = x + (first + i) * panels->columns;
      to[i] = y + (first + i) * panels->rows;
      scratch[i] = &quantized[i];
    }
    ink_panels_product(kernels, panels, streams, from, scratch, to);
  }
}
