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
  static const char ending[] = ".groups";
  size_t length = strlen(groups->name), own = length - (sizeof ending - 1);
  if (length < sizeof ending || strcmp(groups->name + own, ending) != 0) return NULL;
  for (size_t i = 0; i < tensors->count; i++) {
    ink_tensor *tensor = &tensors->list[i];
    if (strncmp(tensor->name, groups->name, own) == 0 && tensor->name[own] == '\0') return tensor;
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
  enum { TRIED = 4 };
  float largest = largest_of(weights, GROUP);
  int factor = scale > 0 ? (int)fminf(ceilf(largest / (MOST * scale)), FACTOR_MAX) : 0;
  group best = {.error = INFINITY};
  for (int i = 0; i == 0 || (i < TRIED && factor > 0); i++, factor--) {
    group tried = round_group(weights, factor, scale);
    if (tried.error < best.error) best = tried;
  }
  return best;
}

static void put_numbers(const group *g, uint8_t *numbers) {
  for (int i = 0; i < GROUP; i += 2) {
    unsigned low = (unsigned)g->numbers[i] & 15, high = (unsigned)g->numbers[i + 1] & 15;
    *numbers++ = (uint8_t)(low | high << 4);
  }
}

/* What of numbers and factors, and of rounded, is not NULL. */
static bool round_all(const float *weight, size_t rows, size_t columns, uint8_t *numbers,
                      uint8_t *factors, float *scales, float *rounded) {
  double squares = 0;
  for (size_t at = 0; at < rows * columns; at += GROUP) {
    if (at % columns == 0) *scales = largest_of(weight + at, columns) / (MOST * FACTOR_MAX);
    group g = best_group(weight + at, *scales);
    squares += (double)g.error;
    if (numbers != NULL) {
      put_numbers(&g, numbers + at / 2);
      factors[at / GROUP] = (uint8_t)g.factor;
    }
    for (size_t i = 0; i < GROUP && rounded != NULL; i++) {
      rounded[at + i] = (float)(g.numbers[i] * g.factor) * *scales;
    }
    if (numbers != NULL && (at + GROUP) % columns == 0) scales++;
  }
  return !ink_is_felt(squares, rows);
}

bool ink_nibbles_pack(const float *weight, size_t rows, size_t columns, uint8_t *numbers,
                      uint8_t *factors, float *scales) {
  return round_all(weight, rows, columns, numbers, factors, scales, NULL);
}

void ink_nibbles_round(const float *weight, size_t rows, size_t columns, float *rounded) {
  float scale;
  if (!round_all(weight, rows, columns, NULL, NULL, &scale, rounded)) {
    memcpy(rounded, weight, rows * columns * sizeof *rounded);
  }
}
