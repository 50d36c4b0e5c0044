/*
 * Translator: a text to another. An encoder reads the source, its layers by turns from either end; its
 * last states start the decoder, and attention looks back at all of it (Bahdanau et al. 2015; Luong et al.
 * 2015). The loss is the cross-entropy of the target's tokens and of its end.
 */
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "tasks/decoder.h"
#include "tasks/tasks.h"

typedef struct translator_dataset {
  ink_dataset base;
  ink_examples examples;
  ink_batch batch; /* of the round */
} translator_dataset;

/* ---- The examples -------------------------------------------------------------------------------- */

static void translator_free(ink_dataset *dataset) {
  if (dataset == NULL) return;
  translator_dataset *d = (translator_dataset *)dataset;
  ink_vocabulary_free(dataset->vocabulary);
  ink_vocabulary_free(dataset->source_vocabulary);
  ink_examples_close(&d->examples);
  free(d);
}

static ink_status read_pairs(const ink_train_options *options, const ink_pair *pairs, size_t count,
                             translator_dataset *d, ink_error *error) {
  ink_dataset *base = &d->base;
  ink_examples *e = &d->examples;
  ink_status status =
      ink_sequences_vocabulary(options, pairs, count, true, false, &base->source_vocabulary, error);
  if (status == INK_OK) {
    status = ink_sequences_vocabulary(options, pairs, count, false, true, &base->vocabulary, error);
  }
  if (status == INK_OK) {
    status = ink_sequences_encode(base->source_vocabulary, pairs, count, true, &e->sources, error);
  }
  if (status == INK_OK) {
    status = ink_sequences_encode(base->vocabulary, pairs, count, false, &e->targets, error);
  }
  if (status == INK_OK) status = ink_examples_open(options, e, base, error);
  if (status != INK_OK) return status;
  base->items = true;
  base->shape = ink_task_shape(options);
  base->shape.source_vocabulary = ink_vocabulary_count(base->source_vocabulary);
  base->shape.vocabulary = base->shape.outputs = ink_vocabulary_count(base->vocabulary);
  return INK_OK;
}

static ink_status translator_read(const ink_train_options *options, const ink_material *material,
                                  ink_dataset **dataset, ink_error *error) {
  *dataset = NULL;
  ink_pair *pairs;
  size_t count;
  ink_status status = ink_pairs_read(material->text, material->bytes,
                                     "a text, a tab and its translation", &pairs, &count, error);
  if (status != INK_OK) return status;
  translator_dataset *d = calloc(1, sizeof *d);
  status = d == NULL ? ink_fail_memory(error) : read_pairs(options, pairs, count, d, error);
  free(pairs);
  if (status != INK_OK) {
    translator_free(d == NULL ? NULL : &d->base);
    return status;
  }
  *dataset = &d->base;
  return INK_OK;
}

static bool translator_next(ink_dataset *dataset, const ink_train_options *options, double progress,
                            ink_round *round) {
  (void)options;
  (void)progress;
  translator_dataset *d = (translator_dataset *)dataset;
  if (!ink_examples_next(&d->examples, round, &d->batch)) return false;
  round->predictions = ink_decoder_predictions(&d->examples, &d->batch);
  return true;
}

/* ---- One thread's part --------------------------------------------------------------------------- */

typedef struct part {
  ink_part_shape shape;
  size_t steps; /* of the longest source */
  ink_stack encoder;
  ink_decoder decoder;
  uint32_t *ids;  /* [steps][batch] */
  float *dmemory; /* [steps][batch][H] */
  void *memory;   /* of all arrays */
} part;

static void lay_out(part *p, ink_arena *arena) {
  const translator_dataset *d = (const translator_dataset *)p->shape.dataset;
  size_t batch = p->shape.batch, rows;
  p->encoder.batch = batch;
  ink_stack_lay_out(&p->encoder, p->steps, arena);
  ink_decoder_lay_out(&p->decoder, &p->shape, d->examples.targets.longest, p->steps, arena);
  if (!ink_size_multiply(p->steps, batch, &rows)) arena->overflow = true;
  p->ids = ink_arena_take(arena, p->steps, batch, sizeof *p->ids);
  p->dmemory = ink_arena_floats(arena, rows, p->shape.parameters->shape.hidden);
}

static part part_of(const ink_part_shape *shape) {
  const translator_dataset *d = (const translator_dataset *)shape->dataset;
  return (part){.shape = *shape,
                .steps = d->examples.sources.longest,
                .encoder = {.parameters = shape->parameters,
                            .at = &shape->parameters->encoder,
                            .kernels = shape->kernels,
                            .alternates = true}};
}

static size_t translator_bytes(const ink_part_shape *shape) {
  part measured = part_of(shape);
  ink_arena counted = {0};
  size_t size;
  lay_out(&measured, &counted);
  return ink_arena_size(&counted, &size) ? size : SIZE_MAX;
}

static void translator_close(void *memory) {
  part *p = memory;
  if (p == NULL) return;
  free(p->memory);
  free(p);
}

static ink_status translator_open(const ink_part_shape *shape, void **memory, ink_error *error) {
  *memory = NULL;
  size_t size = translator_bytes(shape);
  part *p = calloc(1, sizeof *p);
  if (p != NULL) *p = part_of(shape);
  if (p != NULL && size < SIZE_MAX) p->memory = calloc(size, 1);
  if (p == NULL || p->memory == NULL) {
    translator_close(p);
    return ink_fail_memory(error);
  }
  ink_arena arena = ink_arena_over(p->memory);
  lay_out(p, &arena);
  *memory = p;
  return INK_OK;
}

/* The sources of this part's share of the batch, which the decoder has counted. */
static void fill(part *p, const ink_round *round, size_t batch) {
  const translator_dataset *d = (const translator_dataset *)p->shape.dataset;
  const ink_examples *e = &d->examples;
  for (size_t b = 0; b < batch; b++) {
    uint32_t example = e->order[d->batch.first + p->shape.first_stream + b];
    size_t at = ink_examples_source(e, round, example, d->batch.source_steps);
    for (size_t t = 0; t < d->batch.source_steps; t++) {
      p->ids[t * batch + b] = e->sources.ids[at + t];
    }
  }
}

/* The decoder begins where the encoder ended, layer by layer. */
static void hand_over(part *p, size_t steps) {
  size_t state = p->encoder.batch * p->shape.parameters->shape.hidden;
  for (size_t l = 0; l < p->shape.parameters->shape.layers; l++) {
    memcpy(p->decoder.stack.h[l], p->encoder.h[l] + steps * state, state * sizeof(float));
    if (!p->encoder.cell->carries_c) continue;
    memcpy(p->decoder.stack.c[l], p->encoder.c[l] + steps * state, state * sizeof(float));
  }
}

static void hand_back(part *p) {
  size_t size = p->encoder.batch * p->shape.parameters->shape.hidden * sizeof(float);
  for (size_t l = 0; l < p->shape.parameters->shape.layers; l++) {
    memcpy(p->encoder.dh[l], p->decoder.stack.dh[l], size);
    memcpy(p->encoder.dc[l], p->decoder.stack.dc[l], size);
  }
}

static double translator_work(void *memory, const ink_round *round, const float *weights,
                              const ink_dropout_choice *dropout, float *gradients) {
  part *p = memory;
  const translator_dataset *d = (const translator_dataset *)p->shape.dataset;
  size_t batch = ink_decoder_fill(&p->decoder, &d->examples, &d->batch);
  if (batch == 0) return 0;
  size_t steps = d->batch.source_steps;
  fill(p, round, batch);
  p->encoder.batch = batch;
  ink_stack_clear_state(&p->encoder);
  const float *memories = ink_stack_forward(&p->encoder, weights, steps, p->ids, dropout);
  hand_over(p, steps);
  double loss = ink_decoder_forward(&p->decoder, weights, memories, steps, batch, 1,
                                    (float)(1 / round->predictions), dropout);
  if (gradients == NULL) return loss;
  ink_decoder_backward(&p->decoder, weights, memories, dropout, gradients, p->dmemory);
  hand_back(p);
  ink_stack_backward(&p->encoder, weights, steps, p->ids, dropout, p->dmemory, false, gradients);
  return loss;
}

const ink_task_functions ink_task_translator = {.task = INK_TASK_TRANSLATOR,
                                                .read = translator_read,
                                                .free = translator_free,
                                                .next = translator_next,
                                                .open = translator_open,
                                                .close = translator_close,
                                                .bytes = translator_bytes,
                                                .work = translator_work};
