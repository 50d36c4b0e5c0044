/*
 * The first layer's input by table. See embedding.h.
 */
#include "layers/embedding.h"

#include <string.h>

#include "base/random.h"
#include "layers/linear.h"

/* vector [E], of a token or its gradient, as dropout leaves it. */
static void drop_token(const ink_embedding *layer, uint32_t token, float *vector) {
  if (!(layer->drop_rate > 0)) return;
  uint64_t bits = ink_random_mix(layer->drop_key ^ ink_random_mix(~(uint64_t)token));
  bool dropped = (double)(bits >> 32) < (double)layer->drop_rate * 4294967296.0;
  float scale = dropped ? 0 : 1 / (1 - layer->drop_rate);
  for (size_t i = 0; i < layer->embed; i++) vector[i] *= scale;
}

size_t ink_embedding_forward(const ink_embedding *layer, size_t rows, const uint32_t *ids,
                             float *y) {
  size_t width = layer->width, distinct = 0;
  memset(layer->slots, 0xff, layer->vocabulary * sizeof *layer->slots);
  for (size_t row = 0; row < rows; row++) {
    if (layer->slots[ids[row]] != UINT32_MAX) continue;
    layer->slots[ids[row]] = (uint32_t)distinct;
    layer->tokens[distinct++] = ids[row];
  }
  if (layer->embed == 0) {
    for (size_t i = 0; i < distinct; i++) {
      const float *column = layer->weight_ih + layer->tokens[i];
      float *out = layer->table + i * width;
      for (size_t j = 0; j < width; j++) out[j] = column[j * layer->vocabulary] + layer->bias_ih[j];
    }
  } else {
    for (size_t i = 0; i < distinct; i++) {
      memcpy(layer->vectors + i * layer->embed, layer->embedding + layer->tokens[i] * layer->embed,
             layer->embed * sizeof(float));
      drop_token(layer, layer->tokens[i], layer->vectors + i * layer->embed);
    }
    ink_linear linear = {layer->embed, width, layer->weight_ih, layer->bias_ih};
    ink_linear_forward(layer->kernels, &linear, distinct, layer->vectors, layer->table,
                       layer->workspace);
  }
  for (size_t row = 0; row < rows; row++) {
    memcpy(y + row * width, layer->table + layer->slots[ids[row]] * width, width * sizeof(float));
  }
  return distinct;
}

void ink_embedding_backward(const ink_embedding *layer, size_t rows, const uint32_t *ids,
                            size_t distinct, const float *dy, float *embedding_gradient,
                            float *weight_ih_gradient, float *bias_ih_gradient) {
  const ink_kernels *kernels = layer->kernels;
  size_t width = layer->width;
  memset(layer->table, 0, distinct * width * sizeof(float));
  for (size_t row = 0; row < rows; row++) {
    kernels->add(dy + row * width, width, layer->table + layer->slots[ids[row]] * width);
  }
  if (layer->embed == 0) {
    for (size_t i = 0; i < distinct; i++) {
      const float *gradient = layer->table + i * width;
      float *column = weight_ih_gradient + layer->tokens[i];
      for (size_t j = 0; j < width; j++) column[j * layer->vocabulary] += gradient[j];
      kernels->add(gradient, width, bias_ih_gradient);
    }
    return;
  }
  ink_linear linear = {layer->embed, width, layer->weight_ih, layer->bias_ih};
  /* dx overwrites the vectors themselves once the weight's gradient has read them. */
  ink_linear_backward(kernels, &linear, distinct, layer->vectors, layer->table, weight_ih_gradient,
                      bias_ih_gradient, layer->vectors, layer->workspace);
  for (size_t i = 0; i < distinct; i++) {
    drop_token(layer, layer->tokens[i], layer->vectors + i * layer->embed);
    kernels->add(layer->vectors + i * layer->embed, layer->embed,
                 embedding_gradient + layer->tokens[i] * layer->embed);
  }
}
