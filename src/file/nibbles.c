/*
 * Weights of four bits. See nibbles.h.
 */
#include "file/nibbles.h"

#include <math.h>
#include <string.h>

#include "base/status.h"

enum { GROUP = INK_NIBBLE_GROUP, FACTOR_MAX = INK_NIBBLE_FACTOR_MAX, LEAST = -8, MOST = 7 };

/* ---- Reading --------------------------------------------------------------------------------- */

void ink_nibbles_unpack(const uint8_t *numbers, const uint8_t *factors, size_t rows, size_t columns,
                        uint8_t *bytes) {
  for (size_t i = 0; i < rows * columns; i++) {
    int number = numbers[i / 2] >> (i % 2 * 4) & 15;
    bytes[i] = (uint8_t)((number < 8 ? number : number - 16) * factors[i / GROUP]);
  }
}

/* The matrix whose groups these are, or NULL: another tensor may end like that. */
static ink_tensor *find_numbers(ink_tensors *tensors, const ink_tensor *groups) {
  for (size_t i = 0; i < tensors->count; i++) {
    ink_tensor *tensor = &tensors->list[i];
    size_t length = strlen(tensor->name);
    if (strncmp(groups->name, tensor->name, length) == 0 &&
        strcmp(groups->name + length, ".groups") == 0) {
      return tensor;
    }
  }
  return NULL;
}

static bool fits(const ink_tensor *groups, const ink_tensor *numbers) {
  enum { BYTES = GROUP / 2 };
  if (numbers->dtype != INK_U8 || numbers->axes != 2 || groups->dtype != INK_U8 ||
      groups->axes != 2 || groups->shape[0] != numbers->shape[0] ||
      groups->shape[1] != numbers->shape[1] / BYTES || numbers->shape[1] % BYTES != 0) {
    return false;
  }
  for (size_t i = 0; i < groups->count; i++) {
    if (groups->bytes[i] > FACTOR_MAX) return false;
  }
  return true;
}

ink_status ink_nibbles_find(ink_tensors *tensors, ink_error *error) {
  for (size_t i = 0; i < tensors->count; i++) {
    const ink_tensor *groups = &tensors->list[i];
    ink_tensor *numbers = find_numbers(tensors, groups);
    if (numbers == NULL) continue;
    if (!fits(groups, numbers)) {
      return ink_fail(error, INK_ERROR_FORMAT,
                      "%.100s does not fit: a factor from 0 to 15 for every 16 bytes of a row",
                      groups->name);
    }
    numbers->dtype = INK_I4;
    numbers->shape[1] *= 2;
    numbers->count *= 2; /* of bytes that are in memory */
  }
  return INK_OK;
}

/* ---- Rounding -------------------------------------------------------------------------------- */

/* What 32 weights are stored as. */
typedef struct group {
  int factor, numbers[GROUP];
  float error; /* sum of squares */
} group;

static group round_group(const float *weights, int factor, float scale) {
  group g = {.factor = factor};
  float step = (float)factor * scale;
  for (int i = 0; i < GROUP; i++) {
    float number = step > 0 ? fminf(fmaxf(rintf(weights[i] / step), LEAST), MOST) : 0;
    float off = weights[i] - number * step;
    g.numbers[i] = (int)number;
    g.error += off * off;
  }
  return g;
}

static float largest_of(const float *weights, size_t count) {
  float largest = 0;
  for (size_t i = 0; i < count; i++) largest = fmaxf(largest, fabsf(weights[i]));
  return largest;
}

/* The best of the factor with which the largest weight is a number and of the few below it, with
 * which that one is cut and the others are nearer. */
static group best_group(const float *weights, float scale) {
  enum { BELOW = 3 };
  float largest = largest_of(weights, GROUP);
  int most = scale > 0 ? (int)fminf(ceilf(largest / (MOST * scale)), FACTOR_MAX) : 0;
  group best = round_group(weights, most, scale);
  for (int factor = most - 1; factor > 0 && factor >= most - BELOW; factor--) {
    group other = round_group(weights, factor, scale);
    if (other.error < best.error) best = other;
  }
  return best;
}

static float scale_of(const float *row, size_t columns) {
  return largest_of(row, columns) / (MOST * FACTOR_MAX);
}

bool ink_nibbles_pack(const float *weight, size_t rows, size_t columns, uint8_t *numbers,
                      uint8_t *factors, float *scales) {
  double squares = 0;
  for (size_t row = 0; row < rows; row++, weight += columns) {
    float scale = scales[row] = scale_of(weight, columns);
    for (size_t at = 0; at < columns; at += GROUP) {
      group g = best_group(weight + at, scale);
      for (int i = 0; i < GROUP; i += 2) {
        unsigned low = (unsigned)g.numbers[i] & 15, high = (unsigned)g.numbers[i + 1] & 15;
        *numbers++ = (uint8_t)(low | high << 4);
      }
      *factors++ = (uint8_t)g.factor;
      squares += (double)g.error;
    }
  }
  return !ink_is_felt(squares, rows);
}

void ink_nibbles_round(const float *weight, size_t rows, size_t columns, float *rounded) {
  double squares = 0;
  for (size_t row = 0; row < rows; row++) {
    float scale = scale_of(weight + row * columns, columns);
    for (size_t at = row * columns; at < (row + 1) * columns; at += GROUP) {
      group g = best_group(weight + at, scale);
      for (size_t i = 0; i < GROUP; i++) {
        rounded[at + i] = (float)(g.numbers[i] * g.factor) * scale;
      }
      squares += (double)g.error;
    }
  }
  if (ink_is_felt(squares, rows)) memcpy(rounded, weight, rows * columns * sizeof *rounded);
}
