/*
 * A bag of n-grams: in a file, in use, and how much of the say it has. Its weights are counted in
 * bag_counts.c.
 */
#include "parts/bag.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "text/words.h"

/* ---- In a file ------------------------------------------------------------------------------- */

ink_status ink_bag_list(ink_lister *l, ink_error *error) {
  ink_parameters *p = l->parameters;
  const ink_shape *shape = &p->shape;
  size_t order = shape->bag_order, rows = shape->bag_rows;
  if (order == 0) return INK_OK;
  bool hashed = order > 1 || shape->bag_words || shape->bag_keys;
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
  if (shape->bag_keys) {
    p->bag.keys = ink_list_tensor(l, (size_t[]){rows - shape->vocabulary, 0}, "bag.keys");
  }
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
  shape->bag_keys = ink_tensors_find(tensors, "bag.keys") != NULL;
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
  *weights = (ink_bag_weights){.classes = classes};
  weights->bag = (ink_bag){.order = order, .vocabulary = shape->vocabulary, .rows = rows};
  if (order == 0) return;
  weights->bias = ink_pack_floats(packer, at->bias);
  weights->scale = ink_pack_floats(packer, at->scale);
  if (shape->bag_words) {
    weights->words = ink_pack_floats(packer, at->words);
    uint32_t *letters = ink_arena_take(packer->arena, shape->vocabulary + 1, 1, sizeof *letters);
    if (letters != NULL) ink_bag_letters(vocabulary, letters);
    weights->bag.letters = letters;
  }
  if (shape->bag_keys) weights->bag.keys = ink_pack_floats(packer, at->keys);
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

/* ---- Its share in training ------------------------------------------------------------------- */

void ink_bag_fill(const ink_bag_counts *counts, const ink_parameters *parameters, float share,
                  float *weights) {
  const ink_shape *shape = &parameters->shape;
  const ink_bag_parameters *at = &parameters->bag;
  float factor = 2 * (1 - share);
  for (size_t n = 0; n < shape->bag_order; n++) weights[at->scale + n] = factor * counts->scale[n];
  if (shape->bag_words) weights[at->words] = factor * counts->scale[shape->bag_order];
  if (shape->bag_keys) {
    memcpy(weights + at->keys, counts->keys,
           (shape->bag_rows - shape->vocabulary) * sizeof *weights);
  }
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
