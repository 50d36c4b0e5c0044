/*
 * The counts of a bag of n-grams: multinomial naive Bayes with a trust in runs of each length. Of
 * the n(r, c) times that run r occurs in texts of class c, with R rows that occur at all,
 *   weight(r, c) = log p(r | c) - mean_c log p(r | c)      bias(c) = log p(c)
 *   p(r | c) = (n(r, c) + a) / (sum_r n(r, c) + a R)
 * and 0 for rows that do not occur. Runs of a text are not independent, least of all those within
 * one another, so the sum over runs of n tokens is scaled: the scales minimise the cross-entropy
 * of the labels. For that a text is left out of the counts that speak about it (Stone 1974), which
 * makes it like a new one, and with it as large a share of every other class: a class that alone
 * had less left would speak against its own texts. What is left of a class then stands for all of
 * it, as many runs as before, and a class of which nothing is left, or of no text, weighs 0, the
 * mean of the others: otherwise the class with the fewest runs, whose unseen ones weigh least,
 * would give the answer away.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "parts/bag.h"

static const double SMOOTHING = 0.1;

typedef struct run {
  size_t row, kind; /* kind: of which length, or a word */
} run;

typedef struct counter {
  const ink_bag *bag;
  const ink_sequences *texts, *labels;
  size_t training; /* of them, those that are counted */
  size_t classes, kinds;
  uint32_t *counts; /* [bag.rows][classes]: n(r, c) */
  double *totals;   /* [classes]: sum_r n(r, c) */
  double *grown;    /* [classes]: what counts are to be multiplied by while texts are left out */
  size_t *ranks;    /* [examples]: how many of its class stand before it */
  double occurring; /* R */
  uint32_t *tokens; /* [longest + 2]: of the example at hand, between the ends of the text */
  run *runs;        /* [(longest + 1) * kinds]: of it */
  double *scratch;  /* [classes] */
  float *sums;      /* [examples][kinds][classes]: of weights, over the runs of each kind */
  ink_bag_counts *made;
} counter;

/* ---- Counts ---------------------------------------------------------------------------------- */

static uint32_t label_of(const counter *c, size_t example) {
  return c->labels->ids[c->labels->starts[example]];
}

/* Lists the runs of an example. Returns how many. */
static size_t list_runs(const counter *c, size_t example) {
  const ink_sequences *sources = c->texts;
  size_t start = sources->starts[example], tokens = sources->starts[example + 1] - start;
  size_t rows[INK_BAG_ORDER_MAX + 1], listed = 0;
  c->tokens[0] = c->tokens[tokens + 1] = (uint32_t)c->bag->vocabulary;
  memcpy(c->tokens + 1, sources->ids + start, tokens * sizeof *c->tokens);
  for (size_t end = 2; end <= tokens + 2; end++) {
    ink_bag_rows(c->bag, c->tokens, end, rows);
    for (size_t n = 0; n < c->kinds; n++) {
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
    double n = c->grown[k] * counts[k], total = c->grown[k] * c->totals[k];
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
    c->ranks[i] = (size_t)made->bias[label_of(c, i)]++;
    count_runs(c, list_runs(c, i), label_of(c, i), false);
  }
  for (size_t k = 0; k < c->classes; k++) {
    c->grown[k] = 1;
    made->bias[k] = (float)ink_log(((double)made->bias[k] + 1) / (double)(training + c->classes));
  }
  for (size_t row = 0; row < rows; row++) c->occurring += occurs(c, row);
  for (size_t row = 0; row < rows; row++) {
    weigh(c, row);
    for (size_t k = 0; k < c->classes; k++) made->weight[k * rows + row] = (float)c->scratch[k];
  }
}

/* The weights of an example's runs, summed by kind. */
static void sum_runs(counter *c, size_t example) {
  float *sums = c->sums + example * c->kinds * c->classes;
  size_t listed = list_runs(c, example);
  for (size_t r = 0; r < listed; r++) {
    weigh(c, c->runs[r].row);
    for (size_t k = 0; k < c->classes; k++) {
      sums[c->runs[r].kind * c->classes + k] += (float)c->scratch[k];
    }
  }
}

/* In how many parts, each as large of every class, the examples are left out. */
enum { FOLDS = 20 };

/* Takes the runs of a part's examples out of the counts, or puts them back. */
static void count_fold(counter *c, size_t fold, bool out) {
  for (size_t i = 0; i < c->training; i++) {
    if (c->ranks[i] % FOLDS == fold) count_runs(c, list_runs(c, i), label_of(c, i), out);
  }
}

/* Of every example, while its part is left out. */
static void sum_all(counter *c) {
  for (size_t i = c->training; i < c->texts->count; i++) sum_runs(c, i);
  for (size_t fold = 0; fold < FOLDS; fold++) {
    for (size_t k = 0; k < c->classes; k++) c->grown[k] = c->totals[k];
    count_fold(c, fold, true);
    for (size_t k = 0; k < c->classes; k++) c->grown[k] /= fmax(c->totals[k], 1);
    for (size_t i = 0; i < c->training; i++) {
      if (c->ranks[i] % FOLDS == fold) sum_runs(c, i);
    }
    count_fold(c, fold, false);
  }
}

/* ---- Scales ---------------------------------------------------------------------------------- */

static void set_logits(const counter *c, ink_bag_counts *made) {
  for (size_t i = 0; i < c->texts->count; i++) {
    float *logits = made->logits + i * c->classes;
    memcpy(logits, made->bias, c->classes * sizeof *logits);
    for (size_t n = 0; n < c->kinds; n++) {
      const float *sums = c->sums + (i * c->kinds + n) * c->classes;
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
    const float *sums = c->sums + (i * c->kinds + n) * c->classes;
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

/* The loss is convex: Newton's method, a scale at a time. None leaves [0,1], where 1 is naive Bayes
 * itself: texts that the counts tell apart without an error would have it grow for ever, and what
 * speaks for a class never speaks against it. Few texts say little of what a scale should be: the
 * fewer they are, the more it is held to what is usual (a ridge), and not below a quarter of it, so
 * that texts which say nothing of one another are at least known again. */
static void fit_scales(const counter *c, ink_bag_counts *made) {
  enum { ROUNDS = 20, TRUST = 300 };
  double usual[INK_BAG_ORDER_MAX + 1];
  double trust = TRUST * fmax(1 - (double)c->training / INK_BAG_MANY, 0);
  for (size_t n = 0; n < c->kinds; n++) {
    usual[n] = n < c->bag->order ? 0.2 / (double)c->bag->order : 0.15;
    made->scale[n] = (float)usual[n];
  }
  for (int round = 0; round < ROUNDS; round++) {
    for (size_t n = 0; n < c->kinds; n++) {
      double first, second;
      set_logits(c, made);
      derive(c, made, n, &first, &second);
      first += trust * ((double)made->scale[n] - usual[n]);
      second += trust;
      double next = second > 0 ? (double)made->scale[n] - first / second : (double)made->scale[n];
      made->scale[n] = (float)fmin(fmax(next, trust / TRUST * usual[n] / 4), 1);
    }
  }
  set_logits(c, made);
}

/* ---- All of it ------------------------------------------------------------------------------- */

static void lay_out_counter(void *object, ink_arena *arena) {
  counter *c = object;
  size_t longest = c->texts->longest;
  c->counts = ink_arena_take(arena, c->bag->rows, c->classes, sizeof *c->counts);
  c->totals = ink_arena_take(arena, c->classes, 1, sizeof *c->totals);
  c->grown = ink_arena_take(arena, c->classes, 1, sizeof *c->grown);
  c->ranks = ink_arena_take(arena, c->texts->count, 1, sizeof *c->ranks);
  c->tokens = ink_arena_take(arena, longest + 2, 1, sizeof *c->tokens);
  c->runs = ink_arena_take(arena, longest + 1, c->kinds, sizeof *c->runs);
  c->scratch = ink_arena_take(arena, c->classes, 1, sizeof *c->scratch);
  c->sums = ink_arena_floats3(arena, c->texts->count, c->kinds, c->classes);
}

static void lay_out_made(void *object, ink_arena *arena) {
  const counter *c = object;
  c->made->weight = ink_arena_floats(arena, c->bag->rows, c->classes);
  c->made->scale = ink_arena_floats(arena, c->kinds, 1);
  c->made->bias = ink_arena_floats(arena, c->classes, 1);
  c->made->logits = ink_arena_floats(arena, c->texts->count, c->classes);
}

static void lay_out_claim(void *object, ink_arena *arena) {
  counter *c = object;
  c->tokens = ink_arena_take(arena, c->texts->longest + 2, 1, sizeof *c->tokens);
  c->runs = ink_arena_take(arena, c->texts->longest + 1, c->kinds, sizeof *c->runs);
}

/* How many of bag->keys [most] the runs take. */
static size_t claim(ink_bag *bag, counter *c, size_t most) {
  size_t taken = 0;
  bag->rows = bag->vocabulary + most;
  bag->claims = true;
  memset(bag->keys, 0, most * sizeof *bag->keys);
  for (size_t i = 0; i < c->training; i++) list_runs(c, i);
  for (size_t i = 0; i < most; i++) taken += bag->keys[i] != 0;
  bag->claims = false;
  return taken;
}

ink_status ink_bag_claim(ink_bag *bag, const ink_sequences *texts, size_t training, size_t most,
                         ink_error *error) {
  counter c = {.bag = bag, .texts = texts, .training = training, .kinds = ink_bag_kinds(bag)};
  void *memory;
  ink_status status = ink_arena_allocate(lay_out_claim, &c, &memory, NULL, error);
  if (status != INK_OK) return status;
  bag->keys = calloc(most, sizeof *bag->keys);
  if (bag->keys == NULL) {
    free(memory);
    return ink_fail_memory(error);
  }
  size_t taken = claim(bag, &c, most), rows = most;
  while (rows / 2 > taken + taken / 4) rows /= 2; /* at most four fifths full */
  if (rows < most) claim(bag, &c, rows);
  free(memory);
  return INK_OK;
}

ink_status ink_bag_count(const ink_bag *bag, size_t classes, const ink_sequences *texts,
                         const ink_sequences *labels, size_t training, ink_bag_counts *made,
                         ink_error *error) {
  counter c = {.bag = bag,
               .texts = texts,
               .labels = labels,
               .training = training,
               .classes = classes,
               .kinds = ink_bag_kinds(bag),
               .made = made};
  void *memory;
  *made = (ink_bag_counts){.keys = bag->keys};
  ink_status status = ink_arena_allocate(lay_out_made, &c, &made->memory, NULL, error);
  if (status == INK_OK) status = ink_arena_allocate(lay_out_counter, &c, &memory, NULL, error);
  if (status != INK_OK) return status;
  count_all(&c, made);
  sum_all(&c);
  fit_scales(&c, made);
  free(memory);
  return INK_OK;
}

void ink_bag_counts_free(ink_bag_counts *made) {
  free(made->memory);
  free(made->keys);
  *made = (ink_bag_counts){0};
}
