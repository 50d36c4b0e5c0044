/*
 * A bag of n-grams. In training: multinomial naive Bayes with a trust in runs of each length. Of
 * the n(r, c) times that run r occurs in texts of class c, with R rows that occur at all,
 *   weight(r, c) = log p(r | c) - mean_c log p(r | c)      bias(c) = log p(c)
 *   p(r | c) = (n(r, c) + a) / (sum_r n(r, c) + a R)
 * and 0 for rows that do not occur. Runs of a text are not independent, least of all those within
 * one another, so the sum over runs of n tokens is scaled: the scales minimise the cross-entropy of
 * the labels. For that every text is left out of the counts that speak about it (Stone 1974), which
 * makes it like a new one. What is left of its class then stands for the whole class, as many runs
 * as before, and a class of which nothing is left, or of no text, weighs 0, the mean of the others:
 * otherwise the class with the fewest runs, whose unseen ones weigh least, would give the answer
 * away.
 */
#include "parts/bag.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/size.h"
#include "base/status.h"

/* ---- In a file ------------------------------------------------------------------------------- */

ink_status ink_bag_list(ink_lister *l, ink_error *error) {
  ink_parameters *p = l->parameters;
  const ink_shape *shape = &p->shape;
  size_t order = shape->bag_order, rows = shape->bag_rows;
  if (order == 0) return INK_OK;
  bool fits = order == 1 ? rows == shape->vocabulary : rows > shape->vocabulary;
  if (order > INK_BAG_ORDER_MAX || !fits) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "a bag of runs of 1 to %zu of %zu tokens cannot have %zu rows", order,
                    shape->vocabulary, rows);
  }
  p->bag.weight = ink_list_matrix(l, "bag.weight", shape->outputs, rows);
  p->bag.bias = ink_list_bias(l, "bag.bias", shape->outputs);
  p->bag.scale = ink_list_tensor(l, (size_t[]){order, 0}, "bag.scale");
  return INK_OK;
}

ink_status ink_bag_recognise(const ink_tensors *tensors, ink_shape *shape, ink_error *error) {
  const ink_tensor *scale = ink_tensors_find(tensors, "bag.scale"), *weight;
  if (scale == NULL) return INK_OK;
  ink_status status = ink_find_shaped(tensors, "bag.weight", 2, &weight, error);
  if (status != INK_OK) return status;
  shape->bag_order = scale->count;
  shape->bag_rows = weight->shape[1];
  return INK_OK;
}

/* ---- In use ---------------------------------------------------------------------------------- */

void ink_bag_pack(ink_packer *packer, ink_bag_weights *weights) {
  const ink_shape *shape = &packer->parameters->shape;
  const ink_bag_parameters *at = &packer->parameters->bag;
  size_t rows = shape->bag_rows, classes = shape->outputs;
  *weights = (ink_bag_weights){.bag = ink_bag_of(shape), .classes = classes};
  if (shape->bag_order == 0) return;
  weights->bias = ink_pack_floats(packer, at->bias);
  weights->scale = ink_pack_floats(packer, at->scale);
  weights->rows = ink_arena_floats(packer->arena, rows + 1, classes);
  float *by_class = ink_packs(packer) ? ink_pack_read(packer, at->weight) : NULL;
  if (by_class == NULL) return;
  for (size_t row = 0; row < rows; row++) {
    for (size_t c = 0; c < classes; c++) {
      weights->rows[row * classes + c] = by_class[c * rows + row];
    }
  }
  free(by_class);
}

void ink_bag_add_runs(const ink_bag_weights *weights, const ink_recent *before, uint32_t id,
                      float *sum) {
  const ink_bag *bag = &weights->bag;
  uint32_t tokens[INK_BAG_ORDER_MAX], most = (uint32_t)bag->order - 1;
  size_t rows[INK_BAG_ORDER_MAX], count = 0, classes = weights->classes;
  if (before->count < most) tokens[count++] = (uint32_t)bag->vocabulary;
  count += ink_recent_last(before, most, tokens + count);
  tokens[count++] = id;
  count = ink_bag_rows(bag, tokens, count, rows);
  for (size_t n = 0; n < count; n++) {
    const float *row = weights->rows + rows[n] * classes;
    for (size_t c = 0; c < classes; c++) sum[c] += weights->scale[n] * row[c];
  }
}

void ink_bag_average(const ink_bag_weights *weights, const ink_recent *before, const float *sum,
                     float *scratch, float *logits) {
  memcpy(scratch, sum, weights->classes * sizeof *sum);
  ink_bag_add_runs(weights, before, (uint32_t)weights->bag.vocabulary, scratch);
  for (size_t c = 0; c < weights->classes; c++) {
    logits[c] = 0.5f * (logits[c] + (weights->bias[c] + scratch[c]));
  }
}

/* ---- In training ----------------------------------------------------------------------------- */

void ink_bag_fill(const ink_bag_counts *counts, const ink_parameters *parameters, float *weights) {
  const ink_shape *shape = &parameters->shape;
  const ink_bag_parameters *at = &parameters->bag;
  memcpy(weights + at->scale, counts->scale, shape->bag_order * sizeof *weights);
  memcpy(weights + at->bias, counts->bias, shape->outputs * sizeof *weights);
  memcpy(weights + at->weight, counts->weight, shape->outputs * shape->bag_rows * sizeof *weights);
}

static const double SMOOTHING = 0.1;

typedef struct run {
  size_t row, before; /* before: tokens that the run has before its last */
} run;

typedef struct counter {
  const ink_bag *bag;
  const ink_sequences *texts, *labels;
  size_t training; /* of them, those that are counted */
  size_t classes;
  uint32_t *counts; /* [bag.rows][classes]: n(r, c) */
  double *totals;   /* [classes]: sum_r n(r, c) */
  size_t left;      /* the class that a text is left out of at the moment; classes: none */
  double grown;     /* what its counts are to be multiplied by */
  double occurring; /* R */
  uint32_t *tokens; /* [longest + 2]: of the example at hand, between the ends of the text */
  run *runs;        /* [(longest + 1) * order]: of it */
  double *scratch;  /* [classes] */
  float *sums;      /* [examples][order][classes]: of weights, over the runs of each length */
} counter;

/* ---- Counts ---------------------------------------------------------------------------------- */

static uint32_t label_of(const counter *c, size_t example) {
  return c->labels->ids[c->labels->starts[example]];
}

/* Lists the runs of an example. Returns how many. */
static size_t list_runs(const counter *c, size_t example) {
  const ink_sequences *sources = c->texts;
  size_t start = sources->starts[example], tokens = sources->starts[example + 1] - start;
  size_t rows[INK_BAG_ORDER_MAX], listed = 0;
  c->tokens[0] = c->tokens[tokens + 1] = (uint32_t)c->bag->vocabulary;
  memcpy(c->tokens + 1, sources->ids + start, tokens * sizeof *c->tokens);
  for (size_t end = 2; end <= tokens + 2; end++) {
    size_t count = ink_bag_rows(c->bag, c->tokens, end, rows);
    for (size_t n = 0; n < count; n++) {
      if (rows[n] < c->bag->rows) c->runs[listed++] = (run){rows[n], n};
    }
  }
  return listed;
}

/* Counts the listed runs of a text of this class, or takes them out again. */
static void count_runs(counter *c, size_t listed, uint32_t label, bool out) {
  uint32_t by = out ? UINT32_MAX : 1; /* wraps around to 1 less */
  for (size_t i = 0; i < listed; i++) c->counts[c->runs[i].row * c->classes + label] += by;
  c->totals[label] += out ? -(double)listed : (double)listed;
}

static bool occurs(const counter *c, size_t row) {
  for (size_t k = 0; k < c->classes; k++) {
    if (c->counts[row * c->classes + k] > 0) return true;
  }
  return false;
}

/* scratch = the weights of a row. */
static void weigh(const counter *c, size_t row) {
  const uint32_t *counts = c->counts + row * c->classes;
  double sum = 0, met = 0;
  bool weighs = occurs(c, row);
  for (size_t k = 0; k < c->classes; k++) {
    double grown = k == c->left ? c->grown : 1, n = grown * counts[k], total = grown * c->totals[k];
    if (total == 0) continue;
    c->scratch[k] = ink_log((n + SMOOTHING) / (total + SMOOTHING * c->occurring));
    sum += c->scratch[k];
    met++;
  }
  for (size_t k = 0; k < c->classes; k++) {
    c->scratch[k] = weighs && c->totals[k] > 0 ? c->scratch[k] - sum / met : 0;
  }
}

static void count_all(counter *c, ink_bag_counts *made) {
  size_t rows = c->bag->rows, training = c->training;
  for (size_t i = 0; i < training; i++) {
    made->bias[label_of(c, i)]++;
    count_runs(c, list_runs(c, i), label_of(c, i), false);
  }
  for (size_t k = 0; k < c->classes; k++) {
    made->bias[k] = (float)ink_log(((double)made->bias[k] + 1) / (double)(training + c->classes));
  }
  for (size_t row = 0; row < rows; row++) c->occurring += occurs(c, row);
  for (size_t row = 0; row < rows; row++) {
    weigh(c, row);
    for (size_t k = 0; k < c->classes; k++) made->weight[k * rows + row] = (float)c->scratch[k];
  }
}

static void leave_out(counter *c, size_t listed, uint32_t label) {
  double whole = c->totals[label];
  count_runs(c, listed, label, true);
  c->left = label;
  c->grown = c->totals[label] > 0 ? whole / c->totals[label] : 1;
}

/* Of every example, whose own runs are left out while they are summed. */
static void sum_all(counter *c) {
  for (size_t i = 0; i < c->texts->count; i++) {
    float *sums = c->sums + i * c->bag->order * c->classes;
    bool counted = i < c->training;
    size_t listed = list_runs(c, i);
    if (counted) leave_out(c, listed, label_of(c, i));
    for (size_t r = 0; r < listed; r++) {
      weigh(c, c->runs[r].row);
      for (size_t k = 0; k < c->classes; k++) {
        sums[c->runs[r].before * c->classes + k] += (float)c->scratch[k];
      }
    }
    if (counted) count_runs(c, listed, label_of(c, i), false);
    c->left = c->classes;
  }
}

/* ---- Scales ---------------------------------------------------------------------------------- */

static void set_logits(const counter *c, ink_bag_counts *made) {
  for (size_t i = 0; i < c->texts->count; i++) {
    float *logits = made->logits + i * c->classes;
    memcpy(logits, made->bias, c->classes * sizeof *logits);
    for (size_t n = 0; n < c->bag->order; n++) {
      const float *sums = c->sums + (i * c->bag->order + n) * c->classes;
      for (size_t k = 0; k < c->classes; k++) logits[k] += made->scale[n] * sums[k];
    }
  }
}

/* The first and the second derivative of the cross-entropy of the examples trained on by
 * scale[n]. */
static void derive(const counter *c, const ink_bag_counts *made, size_t n, double *first,
                   double *second) {
  *first = *second = 0;
  for (size_t i = 0; i < c->training; i++) {
    const float *logits = made->logits + i * c->classes;
    const float *sums = c->sums + (i * c->bag->order + n) * c->classes;
    double largest = -INFINITY, all = 0, mean = 0, square = 0;
    for (size_t k = 0; k < c->classes; k++) largest = fmax(largest, (double)logits[k]);
    for (size_t k = 0; k < c->classes; k++) {
      double e = ink_exp((double)logits[k] - largest);
      all += e;
      mean += e * (double)sums[k];
      square += e * (double)sums[k] * (double)sums[k];
    }
    mean /= all;
    *first += mean - (double)sums[label_of(c, i)];
    *second += square / all - mean * mean;
  }
}

/* The loss is convex: Newton's method, a scale at a time. None leaves [-1,1], where 1 is naive
 * Bayes itself: texts that the counts tell apart without an error would have it grow for ever. Few
 * texts say little of what a scale should be, some that it should be negative: the fewer they are,
 * the more it is held to what is usual (a ridge). */
static void fit_scales(const counter *c, ink_bag_counts *made) {
  enum { ROUNDS = 20, TRUST = 1000 };
  double usual = 0.2 / (double)c->bag->order;
  double trust = TRUST * fmax(1 - (double)c->training / INK_BAG_MANY, 0);
  for (size_t n = 0; n < c->bag->order; n++) made->scale[n] = (float)usual;
  for (int round = 0; round < ROUNDS; round++) {
    for (size_t n = 0; n < c->bag->order; n++) {
      double first, second;
      set_logits(c, made);
      derive(c, made, n, &first, &second);
      first += trust * ((double)made->scale[n] - usual);
      second += trust;
      double next = second > 0 ? (double)made->scale[n] - first / second : (double)made->scale[n];
      made->scale[n] = (float)fmin(fmax(next, -1), 1);
    }
  }
  set_logits(c, made);
}

/* ---- All of it ------------------------------------------------------------------------------- */

static void lay_out_counter(void *object, ink_arena *arena) {
  counter *c = object;
  size_t longest = c->texts->longest, order = c->bag->order;
  c->counts = ink_arena_take(arena, c->bag->rows, c->classes, sizeof *c->counts);
  c->totals = ink_arena_take(arena, c->classes, 1, sizeof *c->totals);
  c->tokens = ink_arena_take(arena, longest + 2, 1, sizeof *c->tokens);
  c->runs = ink_arena_take(arena, longest + 1, order, sizeof *c->runs);
  c->scratch = ink_arena_take(arena, c->classes, 1, sizeof *c->scratch);
  c->sums = ink_arena_floats3(arena, c->texts->count, order, c->classes);
}

ink_status ink_bag_count(const ink_bag *bag, size_t classes, const ink_sequences *texts,
                         const ink_sequences *labels, size_t training, ink_bag_counts *made,
                         ink_error *error) {
  counter c = {.bag = bag,
               .texts = texts,
               .labels = labels,
               .training = training,
               .classes = classes,
               .left = classes};
  void *memory;
  size_t cells, logits;
  *made = (ink_bag_counts){0};
  if (!ink_size_multiply(bag->rows, classes, &cells) ||
      !ink_size_multiply(texts->count, classes, &logits)) {
    return ink_fail_memory(error);
  }
  ink_status status = ink_arena_allocate(lay_out_counter, &c, &memory, NULL, error);
  if (status != INK_OK) return status;
  made->weight = calloc(cells, sizeof *made->weight);
  made->scale = calloc(bag->order, sizeof *made->scale);
  made->bias = calloc(classes, sizeof *made->bias);
  made->logits = calloc(logits, sizeof *made->logits);
  if (made->weight == NULL || made->scale == NULL || made->bias == NULL || made->logits == NULL) {
    ink_bag_counts_free(made);
    status = ink_fail_memory(error);
  } else {
    count_all(&c, made);
    sum_all(&c);
    fit_scales(&c, made);
  }
  free(memory);
  return status;
}

void ink_bag_counts_free(ink_bag_counts *made) {
  free(made->weight);
  free(made->scale);
  free(made->bias);
  free(made->logits);
  *made = (ink_bag_counts){0};
}
