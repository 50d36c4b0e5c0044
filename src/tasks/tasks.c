/*
 * Trainers of any task.
 */
#include "tasks/tasks.h"

#include "base/status.h"
#include "layers/cell.h"
#include "train/trainer.h"

static const ink_task_functions *const list[] = {&ink_task_generator, &ink_task_classifier,
                                                 &ink_task_translator, &ink_task_captioner};

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

static ink_status check_captioner(const ink_train_options *options, ink_error *error) {
  if (options->task == INK_TASK_CAPTIONER || options->task == INK_AUTO) return INK_OK;
  return ink_fail(error, INK_ERROR_ARGUMENT,
                  "pictures are for a captioner; the task is another one");
}

ink_status ink_trainer_new_pictures(const ink_train_options *options, const char *text,
                                    size_t bytes, const uint8_t *pictures, size_t pictures_bytes,
                                    ink_trainer **trainer, ink_error *error) {
  *trainer = NULL;
  ink_material material = {text, bytes, pictures, pictures_bytes};
  ink_status status = check_captioner(options, error);
  if (status != INK_OK) return status;
  return ink_trainer_make(ink_task_find, options, &material, trainer, error);
}

ink_status ink_trainer_resume_pictures(const uint8_t *checkpoint, size_t size, const char *text,
                                       size_t bytes, const uint8_t *pictures, size_t pictures_bytes,
                                       const ink_train_options *changes, ink_trainer **trainer,
                                       ink_error *error) {
  ink_material material = {text, bytes, pictures, pictures_bytes};
  ink_status status =
      ink_trainer_reopen(ink_task_find, checkpoint, size, &material, changes, trainer, error);
  if (status == INK_OK) status = check_captioner(&(*trainer)->options, error);
  if (status == INK_OK) return INK_OK;
  ink_trainer_free(*trainer);
  *trainer = NULL;
  return status;
}
