/*
 * The list of tasks. A new one is a file like classifier.c, a value of ink_task, and a line in
 * tasks.c.
 */
#ifndef INK_TASKS_TASKS_H
#define INK_TASKS_TASKS_H

#include "train/task.h"

extern const ink_task_functions ink_task_generator, ink_task_classifier, ink_task_translator,
    ink_task_captioner;

const ink_task_functions *ink_task_find(ink_task task);

/* A network of this task for the options; sizes that come from the material are still 0. */
ink_shape ink_task_shape(const ink_train_options *options);

#endif
