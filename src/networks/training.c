/*
 * What the training of all kinds of network has in common. See training.h.
 */
#include "networks/training.h"

ink_shape ink_trained_shape(const ink_train_options *options) {
  const char *kernels = ink_kernels_find(INK_KERNEL_AUTO)->name;
  ink_cell_kind cell = (ink_cell_kind)options->cell;
  return (ink_shape){.task = (ink_task)options->task,
                     .cell = cell,
                     .gates = ink_cell_find(cell, kernels)->gates,
                     .embed = options->embed,
                     .hidden = options->hidden,
                     .layers = options->layers,
                     .tied = options->tied != 0,
                     .words = options->level == INK_LEVEL_WORD};
}

ink_linear ink_trained_read_out(const ink_parameters *parameters, const float *weights) {
  const ink_shape *shape = &parameters->shape;
  return (ink_linear){shape->features, shape->outputs, weights + parameters->read_out.weight,
                      weights + parameters->read_out.bias};
}
