/*
 * Cross-entropy of a softmax, over rows.
 */
#ifndef INK_LAYERS_LOSS_H
#define INK_LAYERS_LOSS_H

#include "kernels/kernels.h"

/* The target of a row that is only there to fill up a batch: no loss, no gradient. */
#define INK_NO_TARGET UINT32_MAX

/* The sum over rows of -log softmax(logits)[target], in nats. logits [rows,classes] become the
 * gradient of scale * that sum, (softmax - one-hot) * scale; targets [rows], each < classes or
 * INK_NO_TARGET. */
double ink_loss(const ink_kernels *kernels, size_t rows, size_t classes, float *logits,
                const uint32_t *targets, float scale);

#endif
