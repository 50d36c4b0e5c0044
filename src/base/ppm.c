/*
 * Reading PPM. See ppm.h.
 */
#include "base/ppm.h"

#include <stdbool.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"

enum { COLOURS = 3, WHITE = 255, DIGITS_MOST = 9 };

static bool is_space(uint8_t byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\v' || byte == '\f' ||
         byte == '\r';
}

/* The next number of a header, with at least one byte of white space, or a comment, before it. */
static bool read_number(const uint8_t *bytes, size_t size, size_t *at, size_t *number) {
  size_t i = *at, begin;
  while (i < size && (is_space(bytes[i]) || bytes[i] == '#')) {
    bool comment = bytes[i] == '#';
    while (comment && i + 1 < size && bytes[i] != '\n' && bytes[i] != '\r') i++;
    i++;
  }
  *number = 0;
  for (begin = i; i < size && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
    if (i - begin == DIGITS_MOST) return false;
    *number = *number * 10 + (size_t)(bytes[i] - '0');
  }
  bool separate = begin > *at;
  *at = i;
  return separate && i > begin;
}

ink_status ink_ppm_next(const uint8_t *bytes, size_t size, size_t number, size_t *at,
                        ink_ppm *picture, ink_error *error) {
  size_t i = *at, white;
  if (size - i < 2 || memcmp(bytes + i, "P6", 2) != 0) {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "picture %zu is not binary PPM (P6), as magick PICTURE -depth 8 ppm:- makes",
                    number);
  }
  i += 2;
  if (!read_number(bytes, size, &i, &picture->width) ||
      !read_number(bytes, size, &i, &picture->height) || !read_number(bytes, size, &i, &white) ||
      i == size || !is_space(bytes[i])) {
    return ink_fail(error, INK_ERROR_FORMAT, "the header of picture %zu is damaged", number);
  }
  if (size - i > 1 && bytes[i] == '\r' && bytes[i + 1] == '\n') {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "the header of picture %zu ends with CR LF, where PPM has one byte: its pixels "
                    "would be off by one",
                    number);
  }
  i++;
  if (white != WHITE) {
    return ink_fail(error, INK_ERROR_FORMAT, "picture %zu counts to %zu; only %d is known", number,
                    white, WHITE);
  }
  size_t pixels, needed;
  if (picture->width == 0 || picture->height == 0) {
    return ink_fail(error, INK_ERROR_FORMAT, "picture %zu is %zu x %zu pixels", number,
                    picture->width, picture->height);
  }
  if (!ink_size_multiply(picture->width, picture->height, &pixels) ||
      !ink_size_multiply(pixels, COLOURS, &needed) || size - i < needed) {
    return ink_fail(error, INK_ERROR_FORMAT, "picture %zu, of %zu x %zu pixels, is cut off", number,
                    picture->width, picture->height);
  }
  picture->pixels = bytes + i;
  *at = i + needed;
  return INK_OK;
}

ink_status ink_ppm_of_caption(const uint8_t *bytes, size_t size, size_t i, size_t count, size_t *at,
                              ink_ppm *picture, ink_error *error) {
  if (*at == size) {
    return ink_fail(error, INK_ERROR_TEXT, "there are %zu pictures for %zu captions", i, count);
  }
  ink_status status = ink_ppm_next(bytes, size, i + 1, at, picture, error);
  if (status != INK_OK || i + 1 < count || *at == size) return status;
  return ink_fail(error, INK_ERROR_TEXT, "there are more pictures than the %zu captions", count);
}

ink_status ink_ppm_check(const uint8_t *bytes, size_t size, size_t *count, ink_error *error) {
  size_t at = 0;
  *count = 0;
  do {
    ink_ppm picture;
    ink_status status = ink_ppm_next(bytes, size, *count + 1, &at, &picture, error);
    if (status != INK_OK) return status;
    ++*count;
  } while (at < size);
  return INK_OK;
}
