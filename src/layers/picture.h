/*
 * Pictures as a network reads them: resized, as floats, with white as 1.
 */
#ifndef INK_LAYERS_PICTURE_H
#define INK_LAYERS_PICTURE_H

#include "inkling.h"

enum { INK_PICTURE_SIDE_MAX = 10000, INK_COLOURS = 3 };

/* floats [to_height][to_width][3], each in [-1,1], of pixels [height][width][channels]: 3 channels
 * are red, green and blue, a fourth is opacity, over white. A pixel is an area of one colour and
 * every float the mean over its part of the picture, times 2/255, minus 1; that makes a picture
 * smaller smoothly, and larger with hard edges. The sums are exact, so the bits are the same on
 * every machine.
 *
 * INK_ERROR_ARGUMENT: a side of 0 or of more than INK_PICTURE_SIDE_MAX, or other channels. */
ink_status ink_picture_floats(const uint8_t *pixels, size_t height, size_t width, size_t channels,
                              size_t to_height, size_t to_width, float *floats, ink_error *error);

#endif
