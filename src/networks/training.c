/*
 * What the training of all kinds of network has in common. See training.h.
 */
#include "networks/training.h"

#include "parts/stack.h"

ink_shape ink_trained_shape(const ink_train_options *options, const ink_dataset *dataset) {
  const ink_vocabulary *source = dataset->source_vocabulary, *outputs = dataset->labels;
  if (outputs == NULL) outputs = dataset->vocabulary;
  ink_shape shape = {.task = (ink_task)options->task,
                     .cell = (ink_cell_kind)options->cell,
                     .vocabulary = ink_vocabulary_count(dataset->vocabulary),
                     .embed = options->embed,
                     .hidden = options->hidden,
                     .layers = options->layers,
                     .outputs = ink_vocabulary_count(outputs),
                     .tied = options->tied != 0,
                     .words = options->level == INK_LEVEL_WORD,
                     .source_vocabulary = source == NULL ? 0 : ink_vocabulary_count(source)};
  shape.gates = ink_stack_cell(&shape)->gates;
  return shape;
}

ink_linear ink_trained_read_out(const ink_parameters *parameters, const float *weights) {
  const ink_shape *shape = &parameters->shape;
  return (ink_linear){shape->features, shape->outputs, weights + parameters->read_out.weight,
                      weights + parameters->read_out.bias};
}
