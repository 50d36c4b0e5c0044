/*
 * Making a trainer, and what it takes. See trainer.h.
 */
#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inkling_text.h"
#include "networks/networks.h"
#include "train/recipe.h"

/* Of `streams`, how many the part `index` of `parts` takes. */
static size_t share_of(size_t streams, uint32_t index, uint32_t parts) {
  return streams / parts + (index < streams % parts);
}

static void parts_free(ink_part *parts, uint32_t count) {
  for (uint32_t p = 0; parts != NULL && p < count; p++) {
    free(parts[p].memory);
    free(parts[p].arrays);
    free(parts[p].gradients);
  }
  free(parts);
}

static ink_status part_new(ink_trainer *t, ink_part *part, size_t first_stream, size_t batch,
                           ink_error *error) {
  part->first_stream = first_stream;
  part->batch = batch;
  part->gradients = calloc(t->parameters.size, sizeof *part->gradients);
  part->memory = calloc(1, t->task->part_size);
  if (part->gradients == NULL || part->memory == NULL) return ink_fail_memory(error);
  *(ink_part_shape *)part->memory =
      (ink_part_shape){&t->options, &t->parameters, t->kernels, t->dataset, first_stream, batch};
  return ink_arena_allocate(t->task->lay_out, part->memory, &part->arrays, &part->bytes, error);
}

/* One part a thread, over this trainer's streams, all with the zero state. */
static ink_status parts_new(ink_trainer *t, ink_part **parts, ink_error *error) {
  uint32_t threads = t->options.threads;
  *parts = calloc(threads, sizeof **parts);
  if (*parts == NULL) return ink_fail_memory(error);
  size_t stream = t->first_stream;
  ink_status status = INK_OK;
  for (uint32_t p = 0; p < threads && status == INK_OK; p++) {
    size_t batch = share_of(t->batch, p, threads);
    status = part_new(t, &(*parts)[p], stream, batch, error);
    stream += batch;
  }
  if (status == INK_OK) return INK_OK;
  parts_free(*parts, threads);
  *parts = NULL;
  return status;
}

ink_status ink_trainer_split(ink_trainer *t, uint32_t part, uint32_t parts, ink_error *error) {
  const ink_train_options *o = &t->options;
  if (parts < 1 || part >= parts) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "part %u of %u parts: there is no such part",
                    (unsigned)part, (unsigned)parts);
  }
  if (o->batch / parts < o->threads) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "a batch of %u streams cannot be split over %u parts of %u threads",
                    (unsigned)o->batch, (unsigned)parts, (unsigned)o->threads);
  }
  size_t first_stream = 0;
  for (uint32_t p = 0; p < part; p++) first_stream += share_of(o->batch, p, parts);
  float *state = ink_trainer_state_room(t);
  if (state == NULL) return ink_fail_memory(error);
  ink_trainer_state_get(t, state);
  size_t old_first = t->first_stream, old_batch = t->batch;
  t->first_stream = first_stream;
  t->batch = share_of(o->batch, part, parts);
  ink_part *new_parts;
  ink_status status = parts_new(t, &new_parts, error);
  if (status == INK_OK) {
    parts_free(t->parts, o->threads);
    t->parts = new_parts;
    t->part = part;
    t->has_gradients = false;
    ink_trainer_state_set(t, state);
  } else {
    t->first_stream = old_first;
    t->batch = old_batch;
  }
  free(state);
  return status;
}

void ink_trainer_free(ink_trainer *trainer) {
  if (trainer == NULL) return;
  ink_workers_free(trainer->workers);
  parts_free(trainer->parts, trainer->options.threads);
  free(trainer->arrays);
  trainer->task->free(trainer->dataset);
  free(trainer);
}

static void lay_out(void *object, ink_arena *arena) {
  ink_trainer *t = object;
  size_t size = t->parameters.size;
  t->weights = ink_arena_floats(arena, size, 1);
  t->m = ink_arena_floats(arena, size, 1);
  t->v = ink_arena_floats(arena, size, 1);
  t->best = ink_arena_floats(arena, size, 1);
  if (t->options.average > 0) t->average = ink_arena_floats(arena, size, 1);
  if (t->options.weight_drop > 0) t->dropped = ink_arena_floats(arena, size, 1);
  if (t->options.bits > 0) t->rounded = ink_arena_floats(arena, size, 1);
}

ink_status ink_trainer_prepare(const ink_training *task, const ink_train_options *options,
                               ink_dataset *dataset, ink_trainer **trainer, ink_error *error) {
  *trainer = NULL;
  ink_trainer *t = calloc(1, sizeof *t);
  if (t == NULL) {
    task->free(dataset);
    return ink_fail_memory(error);
  }
  t->options = *options;
  t->task = task;
  t->dataset = dataset;
  t->loss = t->validation_loss = t->best_loss = t->good_loss = NAN;
  t->kernels = ink_kernels_find(INK_KERNEL_AUTO);
  t->steps = options->steps;
  ink_status status = ink_train_options_check(options, error);
  if (status == INK_OK && options->steps == 0 &&
      __builtin_mul_overflow(options->epochs, dataset->epoch_steps, &t->steps)) {
    status = ink_fail(error, INK_ERROR_ARGUMENT, "%u epochs of %u steps are too many",
                      (unsigned)options->epochs, (unsigned)dataset->epoch_steps);
  }
  t->planned = t->steps;
  if (status == INK_OK) status = ink_parameters_list(&dataset->shape, &t->parameters, error);
  if (status == INK_OK) status = ink_arena_allocate(lay_out, t, &t->arrays, NULL, error);
  t->batch = options->batch;
  if (status == INK_OK) status = parts_new(t, &t->parts, error);
  if (status == INK_OK) {
    status = ink_workers_new(options->threads, ink_trainer_part_work, t, &t->workers, error);
  }
  if (status != INK_OK) {
    ink_trainer_free(t);
    return status;
  }
  *trainer = t;
  return INK_OK;
}

ink_status ink_trainer_read(const ink_train_options *options, const ink_material *material,
                            const ink_training **task, ink_dataset **dataset, ink_error *error) {
  *dataset = NULL;
  ink_text text;
  ink_material opened = *material;
  *task = ink_network_kind_find((ink_task)options->task)->training;
  if (material->pictures != NULL && !(*task)->reads_pictures) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "pictures are for a captioner; the task is another one");
  }
  ink_dataset *read = calloc(1, (*task)->dataset_size);
  if (read == NULL) return ink_fail_memory(error);
  ink_status status = ink_text_open(material->text, material->bytes, 0, &text, error);
  opened.text = text.text;
  opened.bytes = text.bytes;
  if (status == INK_OK) status = (*task)->read(options, &opened, read, error);
  ink_text_close(&text);
  if (status == INK_OK) {
    *dataset = read;
  } else {
    (*task)->free(read);
  }
  return status;
}

ink_status ink_trainer_new(const ink_train_options *options, const ink_material *material,
                           ink_trainer **trainer, ink_error *error) {
  *trainer = NULL;
  ink_train_options chosen = *options;
  const ink_training *task;
  ink_dataset *dataset;
  char note[INK_NOTE];
  ink_status status = ink_train_options_choose(&chosen, material, 0, note, error);
  if (status == INK_OK) status = ink_trainer_read(&chosen, material, &task, &dataset, error);
  if (status == INK_OK) status = ink_trainer_prepare(task, &chosen, dataset, trainer, error);
  if (status != INK_OK) return status;
  ink_trainer *t = *trainer;
  memcpy(t->note, note, sizeof note);
  ink_parameters_initialise(&t->parameters, chosen.seed, t->weights);
  if (task->fill != NULL) task->fill(dataset, &t->parameters, t->weights);
  if (material->from != NULL) {
    status = ink_trainer_pretrained(t, material->from, material->from_bytes, error);
  }
  if (status == INK_OK) return INK_OK;
  ink_trainer_free(t);
  *trainer = NULL;
  return status;
}

/* ---- What a run takes ------------------------------------------------------------------------ */

double ink_trainer_work(const ink_trainer *trainer) {
  const ink_dataset *d = trainer->dataset;
  double outputs = (double)trainer->parameters.shape.outputs;
  return ink_recipe_work(&trainer->options, outputs) * (double)d->tokens / d->epoch_steps;
}

uint32_t ink_trainer_steps_in(const ink_trainer *trainer, double step_seconds, double seconds) {
  double share = (double)trainer->options.validation;
  double validation = share / (1 - share) * trainer->dataset->epoch_steps / 3;
  double steps = seconds / fmax(step_seconds, 1e-9);
  steps = fmax(steps - INK_RECIPE_VALIDATIONS * validation, 0.75 * steps);
  return (uint32_t)fmin(fmax(floor(steps), 1), trainer->steps);
}

const ink_train_options *ink_trainer_options(const ink_trainer *trainer) {
  return &trainer->options;
}

size_t ink_trainer_bytes(const ink_trainer *trainer) {
  const ink_train_options *o = &trainer->options;
  /* weights, both moments, the best weights, what the options add, and gradients for every
   * thread */
  size_t copies = 4u + (o->average > 0) + (o->weight_drop > 0) + (o->bits > 0) + o->threads;
  size_t total = trainer->parameters.size * copies * sizeof(float); /* as many are allocated */
  for (uint32_t p = 0; p < o->threads; p++) total += trainer->parts[p].bytes;
  return total + trainer->dataset->bytes;
}
