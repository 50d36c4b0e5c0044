/*
 * Threads that wait for a round, work, and report (POSIX threads). A build without threads, as
 * WebAssembly is, does one index after another.
 */
#include "train/workers.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/status.h"

#ifndef __wasm__
#include <pthread.h>

typedef struct worker {
  ink_workers *workers;
  uint32_t index;
  pthread_t thread;
} worker;

struct ink_workers {
  uint32_t count;
  void (*work)(void *context, uint32_t index);
  void *context;
  pthread_mutex_t mutex;
  pthread_cond_t begin, end;
  uint64_t round;   /* how often the work was begun */
  uint32_t working; /* threads that have not finished this round */
  bool stop;
  uint32_t started; /* threads that exist */
  worker *list;     /* [count], index 0 unused */
};

static void *worker_main(void *argument) {
  worker *self = argument;
  ink_workers *w = self->workers;
  uint64_t done = 0;
  pthread_mutex_lock(&w->mutex);
  for (;;) {
    while (w->round == done && !w->stop) pthread_cond_wait(&w->begin, &w->mutex);
    if (w->stop) break;
    done = w->round;
    pthread_mutex_unlock(&w->mutex);
    w->work(w->context, self->index);
    pthread_mutex_lock(&w->mutex);
    if (--w->working == 0) pthread_cond_signal(&w->end);
  }
  pthread_mutex_unlock(&w->mutex);
  return NULL;
}

static void lay_out(void *object, ink_arena *arena) {
  ink_workers *w = object;
  w->list = ink_arena_take(arena, w->count, 1, sizeof *w->list);
}

ink_status ink_workers_new(uint32_t count, void (*work)(void *context, uint32_t index),
                           void *context, ink_workers **workers, ink_error *error) {
  *workers = NULL;
  ink_workers begun = {.count = count, .work = work, .context = context};
  ink_workers *w = ink_arena_make(lay_out, &begun, sizeof begun, error);
  if (w == NULL) return INK_ERROR_MEMORY;
  pthread_mutex_init(&w->mutex, NULL);
  pthread_cond_init(&w->begin, NULL);
  pthread_cond_init(&w->end, NULL);
  for (uint32_t i = 1; i < count; i++) {
    w->list[i] = (worker){.workers = w, .index = i};
    if (pthread_create(&w->list[i].thread, NULL, worker_main, &w->list[i]) != 0) {
      ink_workers_free(w);
      return ink_fail(error, INK_ERROR_MEMORY, "cannot start thread %u of %u", (unsigned)i + 1,
                      (unsigned)count);
    }
    w->started = i;
  }
  *workers = w;
  return INK_OK;
}

void ink_workers_free(ink_workers *workers) {
  if (workers == NULL) return;
  pthread_mutex_lock(&workers->mutex);
  workers->stop = true;
  pthread_cond_broadcast(&workers->begin);
  pthread_mutex_unlock(&workers->mutex);
  for (uint32_t i = 1; i <= workers->started; i++) pthread_join(workers->list[i].thread, NULL);
  pthread_cond_destroy(&workers->end);
  pthread_cond_destroy(&workers->begin);
  pthread_mutex_destroy(&workers->mutex);
  free(workers);
}

void ink_workers_run(ink_workers *workers) {
  pthread_mutex_lock(&workers->mutex);
  workers->round++;
  workers->working = workers->count - 1;
  pthread_cond_broadcast(&workers->begin);
  pthread_mutex_unlock(&workers->mutex);
  workers->work(workers->context, 0);
  pthread_mutex_lock(&workers->mutex);
  while (workers->working > 0) pthread_cond_wait(&workers->end, &workers->mutex);
  pthread_mutex_unlock(&workers->mutex);
}

#else

struct ink_workers {
  uint32_t count;
  void (*work)(void *context, uint32_t index);
  void *context;
};

ink_status ink_workers_new(uint32_t count, void (*work)(void *context, uint32_t index),
                           void *context, ink_workers **workers, ink_error *error) {
  *workers = calloc(1, sizeof **workers);
  if (*workers == NULL) return ink_fail_memory(error);
  **workers = (ink_workers){count, work, context};
  return INK_OK;
}

void ink_workers_free(ink_workers *workers) { free(workers); }

void ink_workers_run(ink_workers *workers) {
  for (uint32_t i = 0; i < workers->count; i++) workers->work(workers->context, i);
}

#endif
