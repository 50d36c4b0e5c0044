/*
 * Attention of a decoder's states h over a memory M that an encoder left (Luong et al. 2015, with
 * keys):
 *   K = M Wk^T     a = softmax over j of (h . K_j / sqrt(H))     context = sum over j of a_j M_j
 *   y = tanh(W [context; h] + b)
 * Nothing of it feeds back into the states, so a window of them goes through as one product. Every
 * stream of a batch has a memory of its own, all with the same number of positions.
 */
#ifndef INK_LAYERS_ATTENTION_H
#define INK_LAYERS_ATTENTION_H

#include "kernels/kernels.h"

/* The memories of a batch are rows of `width` floats: position s of stream b is row
 * s * position_stride + b * stream_stride. So [positions][batch][width], as recurrent layers leave
 * it, has strides batch and 1; [batch][positions][width], as convolutions do, 1 and positions. */
typedef struct ink_attention {
  const ink_kernels *kernels;
  size_t batch, hidden;    /* H */
  size_t positions, width; /* of a memory: S, A */
  size_t position_stride, stream_stride;
  const float *key_weight; /* [H,A] */
  const float *weight;     /* [H,A+H] */
  const float *bias;       /* [H] */

  /* Filled by the forward pass; the backward pass uses them up. */
  float *keys;          /* [S*batch][H], rows in the order of the memory's */
  float *probabilities; /* [steps][batch][S] */
  float *contexts;      /* [steps][batch][A] */

  /* Scratch. */
  float *scores;    /* [steps][S] */
  float *workspace; /* ink_gemm_workspace(the largest of H, A and S) */
} ink_attention;

/* y of h, both [steps][batch][H], with memory [S*batch][A]. */
void ink_attention_forward(const ink_attention *layer, size_t steps, const float *h,
                           const float *memory, float *y);

/* After the forward pass of h and memory to y, once. dy, as y: its gradient on entry, spoilt on
 * return. Adds to the gradients of the weights and the bias; dh, as h, and dmemory, as memory,
 * receive theirs. */
void ink_attention_backward(const ink_attention *layer, size_t steps, const float *h,
                            const float *memory, const float *y, float *dy,
                            float *key_weight_gradient, float *weight_gradient,
                            float *bias_gradient, float *dh, float *dmemory);

#endif
