/*
 * Attention over a window. The products with weights are one each for the whole batch; those of a
 * stream's states with its own memory are one a stream, [steps] by [positions].
 */
#include "layers/attention.h"

#include <math.h>

void ink_attention_forward(const ink_attention *layer, size_t steps, const float *h,
                           const float *memory, float *y) {
  const ink_kernels *kernels = layer->kernels;
  size_t batch = layer->batch, hidden = layer->hidden, rows = steps * batch;
  size_t positions = layer->positions, width = layer->width, both = width + hidden;
  float scale = 1.0f / sqrtf((float)hidden);
  kernels->gemm(positions * batch, hidden, width, (ink_matrix){memory, width, 1},
                (ink_matrix){layer->key_weight, 1, width}, NULL, layer->keys, hidden, false,
                layer->workspace);
  for (size_t b = 0; b < batch; b++) {
    size_t row = b * layer->stream_stride; /* the first of this memory */
    float *a = layer->probabilities + b * positions;
    ink_matrix states = {h + b * hidden, batch * hidden, 1};
    ink_matrix keys_t = {layer->keys + row * hidden, 1, layer->position_stride * hidden};
    kernels->gemm(steps, positions, hidden, states, keys_t, NULL, a, batch * positions, false,
                  layer->workspace);
    for (size_t t = 0; t < steps; t++) {
      float *scores = a + t * batch * positions;
      kernels->softmax(scores, positions, scale, scores);
    }
    ink_matrix values = {memory + row * width, layer->position_stride * width, 1};
    kernels->gemm(steps, width, positions, (ink_matrix){a, batch * positions, 1}, values, NULL,
                  layer->contexts + b * width, batch * width, false, layer->workspace);
  }
  ink_matrix context_weight_t = {layer->weight, 1, both};
  ink_matrix state_weight_t = {layer->weight + width, 1, both};
  kernels->gemm(rows, hidden, width, (ink_matrix){layer->contexts, width, 1}, context_weight_t,
                layer->bias, y, hidden, false, layer->workspace);
  kernels->gemm(rows, hidden, hidden, (ink_matrix){h, hidden, 1}, state_weight_t, NULL, y, hidden,
                true, layer->workspace);
  kernels->tanh(y, rows * hidden);
}

/* scores [n], the gradient of a = softmax(scale * scores): da on entry, that of the scores on
 * return, scale * a (da - a . da). */
static void softmax_backward(size_t n, const float *a, float scale, float *scores) {
  float dot = 0;
  for (size_t i = 0; i < n; i++) dot += a[i] * scores[i];
  for (size_t i = 0; i < n; i++) scores[i] = scale * a[i] * (scores[i] - dot);
}

void ink_attention_backward(const ink_attention *layer, size_t steps, const float *h,
                            const float *memory, const float *y, float *dy,
                            float *key_weight_gradient, float *weight_gradient,
                            float *bias_gradient, float *dh, float *dmemory) {
  const ink_kernels *kernels = layer->kernels;
  size_t batch = layer->batch, hidden = layer->hidden, rows = steps * batch;
  size_t positions = layer->positions, width = layer->width, both = width + hidden;
  float scale = 1.0f / sqrtf((float)hidden), *workspace = layer->workspace;

  /* Through the tanh, the weights, and to both halves of [context; h]. */
  for (size_t i = 0; i < rows * hidden; i++) dy[i] *= 1.0f - y[i] * y[i];
  ink_matrix dz = {dy, hidden, 1}, dz_t = {dy, 1, hidden};
  kernels->gemm(hidden, width, rows, dz_t, (ink_matrix){layer->contexts, width, 1}, NULL,
                weight_gradient, both, true, workspace);
  kernels->gemm(hidden, hidden, rows, dz_t, (ink_matrix){h, hidden, 1}, NULL,
                weight_gradient + width, both, true, workspace);
  for (size_t row = 0; row < rows; row++) kernels->add(dy + row * hidden, hidden, bias_gradient);
  float *dcontexts = layer->contexts; /* in place: nobody needs the contexts any more */
  kernels->gemm(rows, width, hidden, dz, (ink_matrix){layer->weight, both, 1}, NULL, dcontexts,
                width, false, workspace);
  kernels->gemm(rows, hidden, hidden, dz, (ink_matrix){layer->weight + width, both, 1}, NULL, dh,
                hidden, false, workspace);

  for (size_t b = 0; b < batch; b++) {
    size_t row = b * layer->stream_stride;
    size_t key_stride = layer->position_stride * hidden;
    size_t value_stride = layer->position_stride * width;
    const float *a = layer->probabilities + b * positions;
    float *keys = layer->keys + row * hidden;
    ink_matrix dcontext = {dcontexts + b * width, batch * width, 1};
    /* da = dcontext M^T      dM = a^T dcontext */
    kernels->gemm(steps, positions, width, dcontext,
                  (ink_matrix){memory + row * width, 1, value_stride}, NULL, layer->scores,
                  positions, false, workspace);
    kernels->gemm(positions, width, steps, (ink_matrix){a, 1, batch * positions}, dcontext, NULL,
                  dmemory + row * width, value_stride, false, workspace);
    for (size_t t = 0; t < steps; t++) {
      softmax_backward(positions, a + t * batch * positions, scale, layer->scores + t * positions);
    }
    /* dh += dscores K      dK = dscores^T h, in the place of K */
    kernels->gemm(steps, hidden, positions, (ink_matrix){layer->scores, positions, 1},
                  (ink_matrix){keys, key_stride, 1}, NULL, dh + b * hidden, batch * hidden, true,
                  workspace);
    kernels->gemm(positions, hidden, steps, (ink_matrix){layer->scores, 1, positions},
                  (ink_matrix){h + b * hidden, batch * hidden, 1}, NULL, keys, key_stride, false,
                  workspace);
  }
  const float *dkeys = layer->keys;
  kernels->gemm(hidden, width, positions * batch, (ink_matrix){dkeys, 1, hidden},
                (ink_matrix){memory, width, 1}, NULL, key_weight_gradient, width, true, workspace);
  kernels->gemm(positions * batch, width, hidden, (ink_matrix){dkeys, hidden, 1},
                (ink_matrix){layer->key_weight, width, 1}, NULL, dmemory, width, true, workspace);
}
