/*
 * Resizing by exact area averages. Laid over each other, an axis of n pixels and one of m are both
 * n * m units long, a pixel of the first being m units and one of the second n: all overlaps are
 * whole numbers.
 */
#include "layers/picture.h"

#include <stdbool.h>

#include "base/size.h"
#include "base/status.h"

enum { COLOURS = 3, OPAQUE = 255, WHITE = 255 };

/* One axis, resized from n to m pixels. Both are at most INK_PICTURE_SIDE_MAX: n * m fits. */
typedef struct axis {
  size_t n, m;
} axis;

/* The units that pixel i of n shares with pixel j of m, which must touch. */
static size_t overlap(axis a, size_t i, size_t j) {
  size_t from = i * a.m > j * a.n ? i * a.m : j * a.n;
  return ink_size_min((i + 1) * a.m, (j + 1) * a.n) - from;
}

/* Pixels [first, end) of n touch pixel j of m. */
static size_t first(axis a, size_t j) { return j * a.n / a.m; }
static size_t end(axis a, size_t j) { return ((j + 1) * a.n + a.m - 1) / a.m; }

/* sums += weight * the `count` pixels' colours over white, times OPAQUE. */
static void add_pixels(const uint8_t *pixels, size_t count, size_t channels, uint64_t weight,
                       uint64_t sums[COLOURS]) {
  uint32_t totals[COLOURS] = {0}; /* at most INK_PICTURE_SIDE_MAX * 255 * 255 */
  for (size_t i = 0; i < count; i++, pixels += channels) {
    uint32_t opacity = channels > COLOURS ? pixels[COLOURS] : OPAQUE;
    for (size_t c = 0; c < COLOURS; c++) {
      totals[c] += pixels[c] * opacity + WHITE * (OPAQUE - opacity);
    }
  }
  for (size_t c = 0; c < COLOURS; c++) sums[c] += weight * totals[c];
}

/* The same for pixels of one line that touch pixel j of the new one: all between the first and the
 * last are inside it. */
static void add_line(axis a, size_t j, const uint8_t *line, size_t channels, uint64_t weight,
                     uint64_t sums[COLOURS]) {
  size_t from = first(a, j), last = end(a, j) - 1;
  add_pixels(line + from * channels, 1, channels, weight * overlap(a, from, j), sums);
  if (last == from) return;
  add_pixels(line + (from + 1) * channels, last - from - 1, channels, weight * a.m, sums);
  add_pixels(line + last * channels, 1, channels, weight * overlap(a, last, j), sums);
}

static bool side_fits(size_t side) { return side >= 1 && side <= INK_PICTURE_SIDE_MAX; }

ink_status ink_picture_floats(const uint8_t *pixels, size_t height, size_t width, size_t channels,
                              size_t to_height, size_t to_width, float *floats, ink_error *error) {
  if (!side_fits(height) || !side_fits(width)) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "a picture of %zu x %zu pixels: a side must be 1 to %d", width, height,
                    INK_PICTURE_SIDE_MAX);
  }
  if (!side_fits(to_height) || !side_fits(to_width)) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "a picture resized to %zu x %zu pixels: a side must be 1 to %d", to_width,
                    to_height, INK_PICTURE_SIDE_MAX);
  }
  if (channels != COLOURS && channels != COLOURS + 1) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "a picture of %zu channels: 3 or 4 are known",
                    channels);
  }
  axis down = {height, to_height}, across = {width, to_width};
  /* The units that one new pixel covers, all white; 2^53 is far, so that doubles hold the sums
   * exactly. */
  int64_t white = (int64_t)WHITE * OPAQUE * (int64_t)height * (int64_t)width;
  for (size_t r = 0; r < to_height; r++) {
    for (size_t c = 0; c < to_width; c++, floats += COLOURS) {
      uint64_t sums[COLOURS] = {0};
      for (size_t y = first(down, r); y < end(down, r); y++) {
        add_line(across, c, pixels + y * width * channels, channels, overlap(down, y, r), sums);
      }
      for (size_t i = 0; i < COLOURS; i++) {
        floats[i] = (float)((double)(2 * (int64_t)sums[i] - white) / (double)white);
      }
    }
  }
  return INK_OK;
}
