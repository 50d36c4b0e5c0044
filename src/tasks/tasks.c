/*
 * Trainers of any task.
 */
#include "tasks/tasks.h"

#include "layers/cell.h"
#include "train/trainer.h"

static const ink_task_functions *const list[] = {&ink_task_generator, &ink_task_classifier,
                                                 &ink_task_translator};

const ink_task_functions *ink_task_find(ink_task task) {
  for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
    if (list[i]->task == task) return list[i];
  }
  return NULL;
}

ink_shape ink_task_shape(const ink_train_options *options) {
  const char *kernels = ink_kernels_find(INK_KERNEL_AUTO)->name;
  ink_cell_kind cell = (ink_cell_kind)options->cell;
  return (ink_shape){.task = (ink_task)options->task,
                     .cell = cell,
                     .gates = ink_cell_find(cell, kernels)->gates,
                     .embed = options->embed,
                     .hidden = options->hidden,
                     .layers = options->layers,
                     .tied = options->tied != 0};
}

ink_status ink_trainer_new(const ink_train_options *options, const char *text, size_t bytes,
                           ink_trainer **trainer, ink_error *error) {
  ink_material material = {.text = text, .bytes = bytes};
  return ink_trainer_make(ink_task_find, options, &material, trainer, error);
}

ink_status ink_trainer_resume(const uint8_t *checkpoint, size_t size, const char *text,
                              size_t bytes, const ink_train_options *changes, ink_trainer **trainer,
                              ink_error *error) {
  ink_material material = {.text = text, .bytes = bytes};
  return ink_trainer_reopen(ink_task_find, checkpoint, size, &material, changes, trainer, error);
}
