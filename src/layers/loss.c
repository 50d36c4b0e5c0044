/*
 * Cross-entropy of a softmax, and its gradient in the same pass.
 */
#include "layers/loss.h"

#include <math.h>
#include <string.h>

#include "base/log.h"

double ink_loss(const ink_kernels *kernels, size_t rows, size_t classes, float *logits,
                const uint32_t *targets, float scale) {
  double sum = 0;
  for (size_t row = 0; row < rows; row++) {
    float *x = logits + row * classes;
    if (targets[row] == INK_NO_TARGET) {
      memset(x, 0, classes * sizeof *x);
      continue;
    }
    float largest = x[0], target = x[targets[row]];
    for (size_t j = 1; j < classes; j++) largest = x[j] > largest ? x[j] : largest;
    kernels->softmax(x, classes, 1.0f, x);
    /* -log p(target), without the rounding to 0 of a p that is tiny: the largest logit has
     * probability 1 / (sum of exponentials). */
    float top = 0;
    for (size_t j = 0; j < classes; j++) top = x[j] > top ? x[j] : top;
    double log_top = top > 0 ? ink_log((double)top) : -INFINITY; /* 0 where a logit is no number */
    sum += (double)largest - (double)target - log_top;
    for (size_t j = 0; j < classes; j++) x[j] *= scale;
    x[targets[row]] -= scale;
  }
  return sum;
}
