/*
 * Pictures that are a little different every time a network in training sees them: shifted,
 * mirrored, lighter or darker. What is done follows from a key alone. White is left white: it is
 * the paper that the pictures are drawn on, and what comes in where one is shifted away.
 */
#ifndef INK_LAYERS_AUGMENT_H
#define INK_LAYERS_AUGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: the picture as it is. */
typedef struct ink_augmentation {
  uint32_t shift; /* at most so many pixels, in each direction */
  bool flip;      /* left and right exchanged, in half of the cases */
  /* [0,1]: the distance from white times 1 - contrast to 1 + contrast, down to black */
  float contrast;
  /* [0,0.5]: x becomes x + b (1 - x^2), |b| <= brightness: greys change the most */
  float brightness;
} ink_augmentation;

/* y of x, both [height][width][3] with values in [-1,1], white being 1; y apart from x. */
void ink_augment(const ink_augmentation *augmentation, uint64_t key, size_t height, size_t width,
                 const float *x, float *y);

#endif
