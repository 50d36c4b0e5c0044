/*
 * Cross-entropy of a softmax, over rows.
 */
#ifndef INK_LAYERS_LOSS_H
#define INK_LAYERS_LOSS_H

#include "kernels/kernels.h"

/* The sum over rows of -log softmax(logits)[target], in nats. logits [rows,classes] become the
 * gradient of scale * that sum, (softmax - one-hot) * scale; targets [rows], each < classes. */
double ink_loss(const ink_kernels *kernels, size_t rows, size_t classes, float *logits,
                const uint32_t *targets, float scale);

#endif
