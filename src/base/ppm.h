/*
 * Binary PPM ("P6"), the simplest file of a colour picture, as netpbm defines it: a header of text,
 * in which "#" begins a comment, then three bytes a pixel. A file may hold several pictures, one
 * after another.
 */
#ifndef INK_BASE_PPM_H
#define INK_BASE_PPM_H

#include "inkling.h"

typedef struct ink_ppm {
  const uint8_t *pixels; /* [height][width][3], in the file: red, green, blue */
  size_t width, height;  /* >= 1 */
} ink_ppm;

/* The picture at bytes [size] + *at, and *at behind it. `number` counts from 1 and is for messages.
 * INK_ERROR_FORMAT names the picture that is none, is cut off, or has other than 255 for white. */
ink_status ink_ppm_next(const uint8_t *bytes, size_t size, size_t number, size_t *at,
                        ink_ppm *picture, ink_error *error);

/* The picture of caption i of `count`, the next one. INK_ERROR_TEXT: there are fewer pictures, or
 * more behind the last. */
ink_status ink_ppm_of_caption(const uint8_t *bytes, size_t size, size_t i, size_t count, size_t *at,
                              ink_ppm *picture, ink_error *error);

/* Whether all bytes are pictures, and how many; errors as above. */
ink_status ink_ppm_check(const uint8_t *bytes, size_t size, size_t *count, ink_error *error);

#endif
