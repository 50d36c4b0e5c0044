/*
 * Classifier: what is a text? Its features are the stack's last output, the mean and the largest of
 * all of them ("concat pooling", Howard and Ruder 2018), of which the read-out makes a logit a
 * class:
 *   logits = W [h_T; mean_t h_t; max_t h_t] + b
 * The loss is the cross-entropy of the label, once an example. Where there is a bag of n-grams
 * (layers/bag.h), what is validated and kept has the mean of the network's logits and the bag's,
 * each of which has the share that is best for the examples held out; the network itself learns as
 * if there were no bag, for two opinions are worth the more the less they owe to each other.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "layers/linear.h"
#include "layers/loss.h"
#include "layers/pool_steps.h"
#include "networks/examples.h"
#include "networks/networks.h"
#include "parts/bag.h"
#include "parts/pool.h"
#include "parts/reread.h"
#include "text/items.h"

/* ---- The examples ---------------------------------------------------------------------------- */

typedef struct classifier_dataset {
  ink_examples_dataset examples;
  ink_bag_counts bag; /* of no arrays where there is none */
  float share;        /* [0,1/2]: of the network in what both say, as long as nothing is measured */
  float *measured;    /* [examples held out][classes]: the network's logits in a validation */
} classifier_dataset;

static void classifier_free(ink_dataset *dataset) {
  ink_bag_counts_free(&((classifier_dataset *)dataset)->bag);
  free(((classifier_dataset *)dataset)->measured);
  ink_examples_free(dataset);
}

/* Rows for words and for runs of two tokens and more, at most. */
static size_t most_rows(size_t classes) {
  enum { MOST_CELLS = 5 << 18, MANY_CLASSES = 1 << 6 };
  size_t rows = 1;
  while (2 * rows * ink_size_min(classes, MANY_CLASSES) <= MOST_CELLS) rows *= 2;
  return rows;
}

static ink_status count_bag(ink_bag *bag, classifier_dataset *d, ink_error *error) {
  const ink_examples *e = &d->examples.examples;
  ink_shape *shape = &d->examples.base.shape;
  if (bag->order > 1) {
    size_t most = most_rows(shape->outputs);
    ink_status status = ink_bag_claim(bag, &e->sources, e->training, most, error);
    if (status != INK_OK) return status;
  }
  shape->bag_rows = bag->rows;
  shape->bag_keys = bag->keys != NULL;
  return ink_bag_count(bag, shape->outputs, &e->sources, &e->targets, e->training, &d->bag, error);
}

static ink_status open_bag(const ink_train_options *options, classifier_dataset *d,
                           ink_error *error) {
  if (options->bag == 0) return INK_OK;
  ink_shape *shape = &d->examples.base.shape;
  const ink_examples *e = &d->examples.examples;
  size_t tokens = shape->vocabulary;
  shape->bag_order = options->bag;
  shape->bag_words = options->bag > 1 && options->level == INK_LEVEL_CHAR;
  uint32_t *letters = NULL;
  if (shape->bag_words) {
    letters = calloc(tokens + 1, sizeof *letters);
    if (letters == NULL) return ink_fail_memory(error);
    ink_bag_letters(d->examples.base.vocabulary, letters);
  }
  /* Of few examples a network learns less than can be counted in them. */
  d->share = 0.5f * sqrtf(fminf((float)e->training / INK_BAG_MANY, 1));
  ink_bag bag = {.order = options->bag, .vocabulary = tokens, .rows = tokens, .letters = letters};
  ink_status status = count_bag(&bag, d, error);
  free(letters);
  if (status != INK_OK) return status;
  /* Both factors have been multiplied with larger ones. */
  d->measured = calloc((e->count - e->training) * shape->outputs + 1, sizeof *d->measured);
  return d->measured == NULL ? ink_fail_memory(error) : INK_OK;
}

static void classifier_fill(const ink_dataset *dataset, const ink_parameters *parameters,
                            float *weights) {
  const classifier_dataset *d = (const classifier_dataset *)dataset;
  if (parameters->shape.bag_order > 0) ink_bag_fill(&d->bag, parameters, d->share, weights);
}

static void classifier_choose(const ink_dataset *dataset, const ink_parameters *parameters,
                              float *weights, float *average, double *loss) {
  const classifier_dataset *d = (const classifier_dataset *)dataset;
  const ink_examples *e = &d->examples.examples;
  if (parameters->shape.bag_order == 0) return;
  float share = ink_bag_choose(&d->bag, &e->targets, e->training, parameters->shape.outputs,
                               d->measured, d->share, loss);
  ink_bag_fill(&d->bag, parameters, share, weights);
  if (average != NULL) ink_bag_fill(&d->bag, parameters, share, average);
}

static void grow(float *weights, size_t count, float factor) {
  for (size_t i = 0; i < count; i++) weights[i] *= factor;
}

/* A model has the mean of both logits. The bag's weights have its share already. */
static void classifier_settle(const ink_dataset *dataset, const ink_parameters *parameters,
                              float *weights) {
  const ink_shape *shape = &parameters->shape;
  if (shape->bag_order == 0) return;
  const ink_bag_counts *bag = &((const classifier_dataset *)dataset)->bag;
  float network = 2 * ink_bag_share(bag, parameters, weights);
  grow(weights + parameters->read_out.weight, shape->outputs * shape->features, network);
  grow(weights + parameters->read_out.bias, shape->outputs, network);
}

static ink_status read_pairs(const ink_train_options *options, const ink_pair *pairs, size_t count,
                             classifier_dataset *whole, ink_error *error) {
  ink_examples_dataset *d = &whole->examples;
  ink_dataset *base = &d->base;
  ink_status status =
      ink_sequences_labels(pairs, count, &base->labels, &d->examples.targets, error);
  if (status != INK_OK) return status;
  if (ink_vocabulary_count(base->labels) < 2) {
    return ink_fail(error, INK_ERROR_TEXT,
                    "every line has the label %.60s: there is nothing to tell apart",
                    ink_vocabulary_token(base->labels, 0));
  }
  status = ink_sequences_read(options, pairs, count, false, false, &base->vocabulary,
                              &d->examples.sources, error);
  d->examples.crops = true;
  if (status == INK_OK) status = ink_examples_open(options, d, error);
  if (status != INK_OK) return status;
  base->shape = ink_trained_shape(options, base);
  return open_bag(options, whole, error);
}

static ink_status classifier_read(const ink_train_options *options, const ink_material *material,
                                  ink_dataset *dataset, ink_error *error) {
  if (options->tied) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "a classifier's read-out cannot be tied");
  }
  ink_pair *pairs;
  size_t count;
  ink_status status = ink_pairs_read(material->text, material->bytes, "a label, a tab and a text",
                                     &pairs, &count, error);
  if (status == INK_OK && options->lines) {
    status = ink_shuffle_labelled(pairs, count, options->seed, error);
  }
  if (status == INK_OK) {
    status = read_pairs(options, pairs, count, (classifier_dataset *)dataset, error);
  }
  free(pairs);
  return status;
}

/* ---- One thread's part ----------------------------------------------------------------------- */

typedef struct part {
  ink_part_shape shape;
  ink_stack_window stack;
  uint32_t *ids;     /* [steps][batch] */
  uint32_t *targets; /* [batch] */
  float *features;   /* [batch][3H] */
  uint32_t *largest; /* [batch][H]: the time step of the largest output */
  float *logits;     /* [batch][classes] */
  float *dfeatures;  /* [batch][3H] */
  float *dy;         /* [steps][batch][H] */
  float *workspace;
} part;

static const ink_examples_dataset *dataset_of(const ink_part_shape *shape) {
  return (const ink_examples_dataset *)shape->dataset;
}

static void classifier_lay_out(void *object, ink_arena *arena) {
  part *p = object;
  const ink_part_shape *whole = &p->shape;
  const ink_shape *shape = &whole->parameters->shape;
  size_t batch = whole->batch, features = shape->features;
  size_t steps = dataset_of(whole)->examples.sources.longest, rows;
  p->stack = (ink_stack_window){.parameters = whole->parameters,
                                .at = &whole->parameters->stack,
                                .kernels = whole->kernels,
                                .batch = batch};
  ink_stack_window_lay_out(&p->stack, steps, arena);
  p->ids = ink_arena_take(arena, steps, batch, sizeof *p->ids);
  p->targets = ink_arena_take(arena, batch, 1, sizeof *p->targets);
  p->features = ink_arena_floats(arena, batch, features);
  p->largest = ink_arena_take(arena, batch, shape->hidden, sizeof *p->largest);
  p->logits = ink_arena_floats(arena, batch, shape->outputs);
  p->dfeatures = ink_arena_floats(arena, batch, features);
  if (!ink_size_multiply(steps, batch, &rows)) arena->overflow = true;
  p->dy = ink_arena_floats(arena, rows, shape->hidden);
  size_t widest = ink_size_max(shape->outputs, features);
  p->workspace = ink_arena_floats(arena, ink_gemm_workspace(widest), 1);
}

/* This part's share of the batch. Returns how many examples there are. */
static size_t fill(part *p, const ink_round *round) {
  const ink_examples_dataset *d = dataset_of(&p->shape);
  const ink_sequences *targets = &d->examples.targets;
  size_t count;
  const uint32_t *examples = ink_examples_share(&p->shape, &count);
  ink_examples_sources(d, round, examples, count, p->ids);
  for (size_t b = 0; b < count; b++) p->targets[b] = targets->ids[targets->starts[examples[b]]];
  return count;
}

/* Keeps the network's logits of examples held out. */
static void measure(const part *p) {
  const classifier_dataset *d = (const classifier_dataset *)p->shape.dataset;
  size_t count, classes = p->shape.parameters->shape.outputs;
  const uint32_t *examples = ink_examples_share(&p->shape, &count);
  for (size_t b = 0; b < count; b++) {
    float *kept = d->measured + (examples[b] - d->examples.examples.training) * classes;
    memcpy(kept, p->logits + b * classes, classes * sizeof *kept);
  }
}

static double classifier_work(void *memory, const ink_round *round, const float *weights,
                              const ink_dropout_choice *dropout, float *gradients) {
  part *p = memory;
  const ink_kernels *kernels = p->shape.kernels;
  const ink_parameters *parameters = p->shape.parameters;
  size_t batch = fill(p, round), hidden = parameters->shape.hidden;
  if (batch == 0) return 0;
  size_t steps = dataset_of(&p->shape)->batch.source_steps;
  ink_linear read_out = ink_trained_read_out(parameters, weights);
  p->stack.batch = batch;
  ink_stack_window_clear_state(&p->stack);
  const float *outputs = ink_stack_window_forward(&p->stack, weights, steps, p->ids, dropout);
  ink_pool_steps_forward(steps, batch, hidden, outputs, p->features, p->largest);
  ink_linear_forward(kernels, &read_out, batch, p->features, p->logits, p->workspace);
  if (round->held_out && parameters->shape.bag_order > 0) measure(p);
  double loss = ink_loss(kernels, batch, read_out.out, p->logits, p->targets,
                         (float)(1 / round->predictions));
  if (gradients == NULL) return loss;
  ink_linear_backward(kernels, &read_out, batch, p->features, p->logits,
                      gradients + parameters->read_out.weight,
                      gradients + parameters->read_out.bias, p->dfeatures, p->workspace);
  ink_pool_steps_backward(steps, batch, hidden, p->dfeatures, p->largest, p->dy);
  ink_stack_window_clear_gradient(&p->stack);
  ink_stack_window_backward(&p->stack, weights, steps, p->ids, dropout, p->dy, false, gradients);
  return loss;
}

static const ink_training training = {.dataset_size = sizeof(classifier_dataset),
                                      .read = classifier_read,
                                      .free = classifier_free,
                                      .fill = classifier_fill,
                                      .choose = classifier_choose,
                                      .settle = classifier_settle,
                                      .next = ink_examples_next,
                                      .part_size = sizeof(part),
                                      .lay_out = classifier_lay_out,
                                      .work = classifier_work};

/* ---- In use ---------------------------------------------------------------------------------- */

static ink_status classifier_list(ink_lister *l, ink_error *error) {
  ink_parameters *p = l->parameters;
  ink_stack_list(l, "encoder.", p->shape.vocabulary, &p->stack);
  size_t features = ink_reread_list(l, "encoder.");
  if (p->shape.reads == INK_READS_STATE) features *= 3;
  ink_list_read_out(l, ink_dense_list(l, features));
  p->trained = p->size;
  return ink_bag_list(l, error);
}

static ink_status classifier_recognise(const ink_tensors *tensors, ink_shape *shape,
                                       ink_error *error) {
  ink_status status = ink_bag_recognise(tensors, shape, error);
  if (status == INK_OK) status = ink_reread_recognise(tensors, "encoder.", shape, error);
  return status == INK_OK ? ink_dense_recognise(tensors, shape, error) : status;
}

static ink_status classifier_open(ink_network *network, const ink_tensors *tensors,
                                  ink_error *error) {
  return ink_network_load_tokens(tensors, "labels", network->shape.outputs, INK_LEVEL_WORD,
                                 &network->labels, error);
}

static void classifier_pack(ink_packer *packer, ink_network *network) {
  ink_bag_weights bag;
  ink_bag_pack(packer, network->vocabulary, &bag);
  network->own = ink_arena_put(packer->arena, &bag, sizeof bag);
}

/* What a stream has of its own; the first two carry from token to token. */
typedef struct classifier_stream {
  float *pool;     /* [ink_pool_floats()], where no windows are read */
  float *bag_sum;  /* [outputs]: of the runs so far, where there is a bag */
  float *features; /* [3H], of the pool */
} classifier_stream;

static size_t pool_floats(const ink_network *network) {
  return network->reread == NULL ? ink_pool_floats(network->shape.hidden) : 0;
}

static size_t classifier_state_floats(const ink_network *network) {
  const ink_shape *shape = &network->shape;
  return pool_floats(network) + (shape->bag_order > 0 ? shape->outputs : 0);
}

static void classifier_stream_lay_out(ink_stream *stream, float *state, ink_arena *arena) {
  const ink_network *network = stream->network;
  classifier_stream own = {.pool = state,
                           .features = ink_arena_floats(arena, 3, network->shape.hidden)};
  if (state != NULL) own.bag_sum = state + pool_floats(network);
  stream->own = ink_arena_put(arena, &own, sizeof own);
}

static void classifier_note(ink_stream *stream, uint32_t id) {
  const ink_network *network = stream->network;
  const classifier_stream *own = stream->own;
  if (network->reread == NULL) {
    ink_pool_note(network->shape.hidden, own->pool,
                  ink_stack_output(&network->stack, &stream->stack));
  }
  if (network->shape.bag_order == 0) return;
  ink_bag_add_runs(network->own, &stream->recent, id, own->bag_sum);
}

static void classifier_features(ink_stream *const *streams, size_t count, const float **features) {
  for (size_t i = 0; i < count; i++) {
    const classifier_stream *own = streams[i]->own;
    ink_pool_features(streams[i]->network->shape.hidden, own->pool, features[i], own->features);
    features[i] = own->features;
  }
}

static void classifier_finish(ink_stream *stream) {
  const classifier_stream *own = stream->own;
  if (stream->network->shape.bag_order == 0) return;
  ink_bag_average(stream->network->own, &stream->recent, own->bag_sum, stream->probabilities,
                  stream->logits);
}

const ink_network_kind ink_classifier_kind = {.task = INK_TASK_CLASSIFIER,
                                              .name = "classifier",
                                              .prefix = "encoder.",
                                              .recognise = classifier_recognise,
                                              .list = classifier_list,
                                              .open = classifier_open,
                                              .pack = classifier_pack,
                                              .state_floats = classifier_state_floats,
                                              .lay_out = classifier_stream_lay_out,
                                              .note = classifier_note,
                                              .features = classifier_features,
                                              .finish = classifier_finish,
                                              .training = INK_TRAINS ? &training : NULL};
