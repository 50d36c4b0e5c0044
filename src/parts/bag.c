/*
 * A bag of n-grams. In training: multinomial naive Bayes with a trust in runs of each length. Of
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
#include "parts/bag.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/size.h"
#include "base/status.h"
#include "text/words.h"

/* ---- In a file ------------------------------------------------------------------------------- */

ink_status ink_bag_list(ink_lister *l, ink_error *error) {
  ink_parameters *p = l->parameters;
  const ink_shape *shape = &p->shape;
  size_t order = shape->bag_order, rows = shape->bag_rows;
  if (order == 0) return INK_OK;
  bool hashed = order > 1 || shape->bag_words;
  bool fits = hashed ? rows > shape->vocabulary : rows == shape->vocabulary;
  if (order > INK_BAG_ORDER_MAX || !fits) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "a bag of runs of 1 to %zu of %zu tokens cannot have %zu rows", order,
                    shape->vocabulary, rows);
  }
  p->bag.weight = ink_list_matrix(l, "bag.weight", shape->outputs, rows);
  p->bag.bias = ink_list_bias(l, "bag.bias", shape->outputs);
  p->bag.scale = ink_list_tensor(l, (size_t[]){order, 0}, "bag.scale");
  if (shape->bag_words) p->bag.words = ink_list_tensor(l, (size_t[]){1, 0}, "bag.words");
  return INK_OK;
}

ink_status ink_bag_recognise(const ink_tensors *tensors, ink_shape *shape, ink_error *error) {
  const ink_tensor *scale = ink_tensors_find(tensors, "bag.scale"), *weight;
  if (scale == NULL) return INK_OK;
  ink_status status = ink_find_shaped(tensors, "bag.weight", 2, &weight, error);
  if (status != INK_OK) return status;
  shape->bag_order = scale->count;
  shape->bag_rows = weight->shape[1];
  shape->bag_words = ink_tensors_find(tensors, "bag.words") != NULL;
  return INK_OK;
}

/* ---- In use ---------------------------------------------------------------------------------- */

void ink_bag_letters(const ink_vocabulary *vocabulary, uint32_t *letters) {
  uint32_t count = ink_vocabulary_count(vocabulary);
  for (uint32_t id = 0; id < count; id++) {
    const char *token = ink_vocabulary_token(vocabulary, id);
    char word[1 + sizeof *letters + 1] = "a"; /* what goes on after a letter is one */
    size_t bytes = strlen(token), from = 0, to;
    letters[id] = 0;
    if (bytes > sizeof *letters) continue;
    ink_word_recase(token, bytes, false, word + 1);
    if (!ink_word_next(word, 1 + bytes, &from, &to) || to < 1 + bytes) continue;
    memcpy(letters + id, word + 1, bytes);
  }
  letters[count] = 0;
}

void ink_bag_pack(ink_packer *packer, const ink_vocabulary *vocabulary, ink_bag_weights *weights) {
  const ink_shape *shape = &packer->parameters->shape;
  const ink_bag_parameters *at = &packer->parameters->bag;
  size_t rows = shape->bag_rows, classes = shape->outputs, order = shape->bag_order;
  *weights = (ink_bag_weights){.bag = {order, shape->vocabulary, rows, NULL}, .classes = classes};
  if (order == 0) return;
  weights->bias = ink_pack_floats(packer, at->bias);
  weights->scale = ink_pack_floats(packer, at->scale);
  if (shape->bag_words) {
    weights->words = ink_pack_floats(packer, at->words);
    uint32_t *letters = ink_arena_take(packer->arena, shape->vocabulary + 1, 1, sizeof *letters);
    if (letters != NULL) ink_bag_letters(vocabulary, letters);
    weights->bag.letters = letters;
  }
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
  uint32_t tokens[INK_BAG_LETTERS_MAX + 1], most = (uint32_t)ink_bag_reach(bag, id);
  size_t rows[INK_BAG_ORDER_MAX + 1], count = 0, classes = weights->classes;
  if (before->count < most) tokens[count++] = (uint32_t)bag->vocabulary;
  count += ink_recent_last(before, most, tokens + count);
  tokens[count++] = id;
  ink_bag_rows(bag, tokens, count, rows);
  for (size_t n = 0; n < ink_bag_kinds(bag); n++) {
    const float *row = weights->rows + rows[n] * classes;
    float scale = n < bag->order ? weights->scale[n] : *weights->words;
    for (size_t c = 0; c < classes; c++) sum[c] += scale * row[c];
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

void ink_bag_fill(const ink_bag_counts *counts, const ink_parameters *parameters, float share,
                  float *weights) {
  const ink_shape *shape = &parameters->shape;
  const ink_bag_parameters *at = &parameters->bag;
  float factor = 2 * (1 - share);
  for (size_t n = 0; n < shape->bag_order; n++) weights[at->scale + n] = factor * counts->scale[n];
  if (shape->bag_words) weights[at->words] = factor * counts->scale[shape->bag_order];
  for (size_t c = 0; c < shape->outputs; c++) weights[at->bias + c] = factor * counts->bias[c];
  memcpy(weights + at->weight, counts->weight, shape->outputs * shape->bag_rows * sizeof *weights);
}

float ink_bag_share(const ink_bag_counts *counts, const ink_parameters *parameters,
                    const float *weights) {
  return 1 - weights[parameters->bag.bias] / (2 * counts->bias[0]); /* a logarithm below 0 */
}

/* Nats of the examples in all, where the network has this share; *slope: their derivative by it. */
static double shared_loss(const ink_bag_counts *counts, const ink_sequences *labels, size_t first,
                          size_t classes, const float *network, double share, double *slope) {
  double sum = 0;
  *slope = 0;
  for (size_t i = first; i < labels->count; i++) {
    const float *counted = counts->logits + i * classes;
    const float *learnt = network + (i - first) * classes;
    size_t label = labels->ids[labels->starts[i]];
    double largest = -INFINITY, all = 0, mean = 0, own = 0;
    for (size_t c = 0; c < classes; c++) {
      double logit = share * (double)learnt[c] + (1 - share) * (double)counted[c];
      largest = fmax(largest, logit);
      if (c == label) own = logit;
    }
    for (size_t c = 0; c < classes; c++) {
      double apart = (double)learnt[c] - (double)counted[c];
      double e = ink_exp((double)counted[c] + share * apart - largest);
      all += e;
      mean += e * apart;
    }
    sum += largest + ink_log(all) - own;
    *slope += mean / all - ((double)learnt[label] - (double)counted[label]);
  }
  return sum;
}

/* The loss is convex, so that its slope tells on which side the smallest is. */
float ink_bag_choose(const ink_bag_counts *counts, const ink_sequences *labels, size_t first,
                     size_t classes, const float *network, float expected, double *loss) {
  enum { HALVINGS = 10, TRUST = 200 };
  double least = 0, most = 1, slope;
  for (int i = 0; i < HALVINGS; i++) {
    double share = (least + most) / 2;
    shared_loss(counts, labels, first, classes, network, share, &slope);
    *(slope + TRUST * (share - (double)expected) > 0 ? &most : &least) = share;
  }
  *loss = shared_loss(counts, labels, first, classes, network, least, &slope) /
          (double)(labels->count - first);
  return (float)least;
}

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

ink_status ink_bag_count(const ink_bag *bag, size_t classes, const ink_sequences *texts,
                         const ink_sequences *labels, size_t training, ink_bag_counts *made,
                         ink_error *error) {
  counter c = {.bag = bag,
               .texts = texts,
               .labels = labels,
               .training = training,
               .classes = classes,
               .kinds = ink_bag_kinds(bag)};
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
  made->scale = calloc(c.kinds, sizeof *made->scale);
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
