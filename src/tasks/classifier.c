/*
 * Classifier: what is a text? Its features are the stack's last output, the mean and the largest of all of
 * them ("concat pooling", Howard and Ruder 2018), of which the read-out makes a logit a class:
 *   logits = W [h_T; mean_t h_t; max_t h_t] + b
 * The loss is the cross-entropy of the label, once an example.
 */
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "layers/linear.h"
#include "layers/loss.h"
#include "layers/pool_steps.h"
#include "tasks/tasks.h"
#include "train/examples.h"

typedef struct classifier_dataset {
  ink_dataset base;
  ink_examples examples; /* their targets are of one token: the class */
  ink_batch batch;       /* of the round */
} classifier_dataset;

/* ---- The examples -------------------------------------------------------------------------------- */

static void classifier_free(ink_dataset *dataset) {
  if (dataset == NULL) return;
  classifier_dataset *d = (classifier_dataset *)dataset;
  ink_vocabulary_free(dataset->vocabulary);
  ink_vocabulary_free(dataset->labels);
  ink_examples_close(&d->examples);
  free(d);
}

static ink_status read_pairs(const ink_train_options *options, const ink_pair *pairs, size_t count,
                             classifier_dataset *d, ink_error *error) {
  ink_dataset *base = &d->base;
  ink_status status =
      ink_sequences_labels(pairs, count, &base->labels, &d->examples.targets, error);
  if (status != INK_OK) return status;
  if (ink_vocabulary_count(base->labels) < 2) {
    return ink_fail(error, INK_ERROR_TEXT,
                    "every line has the label %.60s: there is nothing to tell apart",
                    ink_vocabulary_token(base->labels, 0));
  }
  status = ink_sequences_vocabulary(options, pairs, count, false, false, &base->vocabulary, error);
  if (status == INK_OK) {
    status =
        ink_sequences_encode(base->vocabulary, pairs, count, false, &d->examples.sources, error);
  }
  d->examples.crops = true;
  if (status == INK_OK) status = ink_examples_open(options, &d->examples, base, error);
  if (status != INK_OK) return status;
  base->shape = ink_task_shape(options);
  base->shape.vocabulary = ink_vocabulary_count(base->vocabulary);
  base->shape.outputs = ink_vocabulary_count(base->labels);
  return INK_OK;
}

static ink_status classifier_read(const ink_train_options *options, const ink_material *material,
                                  ink_dataset **dataset, ink_error *error) {
  *dataset = NULL;
  if (options->tied) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "a classifier's read-out cannot be tied");
  }
  ink_pair *pairs;
  size_t count;
  ink_status status = ink_pairs_read(material->text, material->bytes, "a label, a tab and a text",
                                     &pairs, &count, error);
  if (status != INK_OK) return status;
  classifier_dataset *d = calloc(1, sizeof *d);
  status = d == NULL ? ink_fail_memory(error) : read_pairs(options, pairs, count, d, error);
  free(pairs);
  if (status != INK_OK) {
    classifier_free(d == NULL ? NULL : &d->base);
    return status;
  }
  *dataset = &d->base;
  return INK_OK;
}

static bool classifier_next(ink_dataset *dataset, const ink_train_options *options, double progress,
                            ink_round *round) {
  (void)options;
  (void)progress;
  classifier_dataset *d = (classifier_dataset *)dataset;
  if (!ink_examples_next(&d->examples, round, &d->batch)) return false;
  round->predictions = (double)d->batch.count;
  return true;
}

/* ---- One thread's part --------------------------------------------------------------------------- */

typedef struct part {
  ink_part_shape shape;
  size_t steps; /* of the longest text */
  ink_stack stack;
  uint32_t *ids;     /* [steps][batch] */
  uint32_t *targets; /* [batch] */
  float *features;   /* [batch][3H] */
  uint32_t *largest; /* [batch][H]: the time step of the largest output */
  float *logits;     /* [batch][classes] */
  float *dfeatures;  /* [batch][3H] */
  float *dy;         /* [steps][batch][H] */
  float *workspace;
  void *memory; /* of all arrays */
} part;

static void lay_out(part *p, ink_arena *arena) {
  const ink_shape *shape = &p->shape.parameters->shape;
  size_t batch = p->shape.batch, features = ink_shape_features(shape);
  p->stack.batch = batch;
  ink_stack_lay_out(&p->stack, p->steps, arena);
  p->ids = ink_arena_take(arena, p->steps, batch, sizeof *p->ids);
  p->targets = ink_arena_take(arena, batch, 1, sizeof *p->targets);
  p->features = ink_arena_floats(arena, batch, features);
  p->largest = ink_arena_take(arena, batch, shape->hidden, sizeof *p->largest);
  p->logits = ink_arena_floats(arena, batch, shape->outputs);
  p->dfeatures = ink_arena_floats(arena, batch, features);
  size_t rows;
  if (!ink_size_multiply(p->steps, batch, &rows)) arena->overflow = true;
  p->dy = ink_arena_floats(arena, rows, shape->hidden);
  size_t widest = shape->outputs > features ? shape->outputs : features;
  p->workspace = ink_arena_floats(arena, ink_gemm_workspace(widest), 1);
}

static part part_of(const ink_part_shape *shape) {
  const classifier_dataset *d = (const classifier_dataset *)shape->dataset;
  return (part){.shape = *shape,
                .steps = d->examples.sources.longest,
                .stack = {.parameters = shape->parameters,
                          .at = &shape->parameters->stack,
                          .kernels = shape->kernels}};
}

static size_t classifier_bytes(const ink_part_shape *shape) {
  part measured = part_of(shape);
  ink_arena counted = {0};
  size_t size;
  lay_out(&measured, &counted);
  return ink_arena_size(&counted, &size) ? size : SIZE_MAX;
}

static void classifier_close(void *memory) {
  part *p = memory;
  if (p == NULL) return;
  free(p->memory);
  free(p);
}

static ink_status classifier_open(const ink_part_shape *shape, void **memory, ink_error *error) {
  *memory = NULL;
  size_t size = classifier_bytes(shape);
  part *p = calloc(1, sizeof *p);
  if (p != NULL) *p = part_of(shape);
  if (p != NULL && size < SIZE_MAX) p->memory = calloc(size, 1);
  if (p == NULL || p->memory == NULL) {
    classifier_close(p);
    return ink_fail_memory(error);
  }
  ink_arena arena = ink_arena_over(p->memory);
  lay_out(p, &arena);
  *memory = p;
  return INK_OK;
}

/* This part's share of the batch: streams first_stream on. Returns how many there are. */
static size_t fill(part *p, const ink_round *round) {
  const classifier_dataset *d = (const classifier_dataset *)p->shape.dataset;
  const ink_examples *e = &d->examples;
  size_t first = p->shape.first_stream, left = d->batch.count > first ? d->batch.count - first : 0;
  size_t batch = ink_size_min(left, p->shape.batch);
  for (size_t b = 0; b < batch; b++) {
    uint32_t example = e->order[d->batch.first + first + b];
    size_t at = ink_examples_source(e, round, example, d->batch.source_steps);
    for (size_t t = 0; t < d->batch.source_steps; t++) {
      p->ids[t * batch + b] = e->sources.ids[at + t];
    }
    p->targets[b] = e->targets.ids[e->targets.starts[example]];
  }
  return batch;
}

static double classifier_work(void *memory, const ink_round *round, const float *weights,
                              const ink_dropout_choice *dropout, float *gradients) {
  part *p = memory;
  const ink_kernels *kernels = p->shape.kernels;
  const ink_parameters *parameters = p->shape.parameters;
  size_t batch = fill(p, round), hidden = parameters->shape.hidden;
  if (batch == 0) return 0;
  size_t steps = ((const classifier_dataset *)p->shape.dataset)->batch.source_steps;
  ink_linear read_out = {ink_shape_features(&parameters->shape), parameters->shape.outputs,
                         weights + parameters->fc_weight, weights + parameters->fc_bias};
  p->stack.batch = batch;
  ink_stack_clear_state(&p->stack);
  const float *outputs = ink_stack_forward(&p->stack, weights, steps, p->ids, dropout);
  ink_pool_steps_forward(steps, batch, hidden, outputs, p->features, p->largest);
  ink_linear_forward(kernels, &read_out, batch, p->features, p->logits, p->workspace);
  double loss = ink_loss(kernels, batch, read_out.out, p->logits, p->targets,
                         (float)(1 / round->predictions));
  if (gradients == NULL) return loss;
  ink_linear_backward(kernels, &read_out, batch, p->features, p->logits,
                      gradients + parameters->fc_weight, gradients + parameters->fc_bias,
                      p->dfeatures, p->workspace);
  ink_pool_steps_backward(steps, batch, hidden, p->dfeatures, p->largest, p->dy);
  ink_stack_clear_gradient(&p->stack);
  ink_stack_backward(&p->stack, weights, steps, p->ids, dropout, p->dy, false, gradients);
  return loss;
}

const ink_task_functions ink_task_classifier = {.task = INK_TASK_CLASSIFIER,
                                                .read = classifier_read,
                                                .free = classifier_free,
                                                .next = classifier_next,
                                                .open = classifier_open,
                                                .close = classifier_close,
                                                .bytes = classifier_bytes,
                                                .work = classifier_work};
