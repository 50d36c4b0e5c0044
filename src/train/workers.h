/*
 * A few threads that do one kind of work again and again, each its own part of it.
 */
#ifndef INK_TRAIN_WORKERS_H
#define INK_TRAIN_WORKERS_H

#include "inkling.h"

typedef struct ink_workers ink_workers;

/* `work(context, index)` for every index < count: index 0 runs on the caller's thread. */
ink_status ink_workers_new(uint32_t count, void (*work)(void *context, uint32_t index),
                           void *context, ink_workers **workers, ink_error *error);
void ink_workers_free(ink_workers *workers);

/* Runs the work once on all of them and returns when all are done. */
void ink_workers_run(ink_workers *workers);

#endif
