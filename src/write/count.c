/*
 * Counts put into a model's file, with the order and the weight that predict a held-out text best.
 * The network reads that text once; what the counts of each order then make of it costs little. In
 * the weight L the mean of -ln((1 - L) p_network + L p_counts) is convex, so that the sign of its
 * slope leads to the best.
 */
#include "write/count.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/size.h"
#include "base/status.h"
#include "write/session.h"

enum { LEAST_TOKENS = 20 }; /* of a text to choose by */

/* What the choice is made from. */
typedef struct choice {
  const ink_tokens *tokens; /* of the text, then those held out */
  size_t counted, held_out;
  uint32_t *read; /* [before + held_out]: the last tokens counted, then those held out */
  size_t before;
  double *by_network, *by_counts; /* [held_out]: probabilities of its tokens */
} choice;

void ink_count_options_default(ink_count_options *options) {
  *options = (ink_count_options){.weight = -1};
}

/* e^-nats(L) falls where this is above 0: the sum of (p_counts - p_network) / p. */
static double slope(const choice *c, const double *by_counts, double weight) {
  double sum = 0;
  for (size_t i = 0; i < c->held_out; i++) {
    double gain = by_counts[i] - c->by_network[i];
    sum += gain / (c->by_network[i] + weight * gain);
  }
  return sum;
}

static double nats_of(const choice *c, const double *by_counts, double weight) {
  double sum = 0;
  for (size_t i = 0; i < c->held_out; i++) {
    sum -= ink_log((1 - weight) * c->by_network[i] + weight * by_counts[i]);
  }
  return sum / (double)c->held_out;
}

/* To a thousandth, as files have it. */
static double best_weight(const choice *c, const double *by_counts) {
  int low = 0, high = 1000;
  while (low < high) {
    int middle = (low + high) / 2;
    if (slope(c, by_counts, (middle + 0.5) / 1000) > 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low / 1000.0;
}

/* by_network: of every token held out, after what the session has read. False: not finite. */
static bool read_held_out(const choice *c, ink_session *session) {
  for (size_t i = 0; i < c->held_out; i++) {
    uint32_t id = c->read[c->before + i];
    double p = ink_exp((double)ink_session_logits(session)[id] - ink_session_normaliser(session));
    if (!(p >= 0)) return false;
    c->by_network[i] = p > 1e-30 ? p : 1e-30;
    ink_session_step(session, id);
  }
  return true;
}

static ink_status make_counts(const ink_tokens *tokens, size_t count, size_t vocabulary,
                              uint32_t order, float threshold, ink_counts **counts,
                              ink_error *error) {
  ink_status status = ink_counts_from_tokens(tokens, 0, count, vocabulary, order, counts, error);
  if (status == INK_OK) status = ink_counts_prune(*counts, (double)threshold, error);
  if (status != INK_OK) {
    ink_counts_free(*counts);
    *counts = NULL;
  }
  return status;
}

/* Puts the best order and weight in place of those that are not given. */
static ink_status choose(const choice *c, size_t vocabulary, ink_count_options *options,
                         ink_error *error) {
  ink_count_options chosen = *options;
  uint32_t first = options->order > 0 ? options->order : 2;
  uint32_t last = options->order > 0 ? options->order : INK_COUNTS_ORDER_MAX;
  double least = 0;
  for (uint32_t order = first; order <= last; order++) {
    ink_counts *counts;
    ink_status status =
        make_counts(c->tokens, c->counted, vocabulary, order, options->threshold, &counts, error);
    if (status != INK_OK) return status;
    for (size_t i = 0; i < c->held_out; i++) {
      size_t at = c->before + i, context = ink_size_min(at, INK_COUNTS_ORDER_MAX);
      c->by_counts[i] =
          ink_counts_probability(counts, c->read + at - context, context, c->read[at]);
    }
    ink_counts_free(counts);
    double weight = options->weight < 0 ? best_weight(c, c->by_counts) : (double)options->weight;
    double nats = nats_of(c, c->by_counts, weight);
    if (order > first && nats >= least) continue;
    least = nats;
    chosen.order = order;
    chosen.weight = (float)weight;
  }
  *options = chosen;
  return INK_OK;
}

static ink_status choose_by(const ink_model *model, choice *c, ink_count_options *options,
                            ink_error *error) {
  if (c->held_out < LEAST_TOKENS || c->counted < LEAST_TOKENS) {
    return ink_fail(error, INK_ERROR_TEXT,
                    "the text is too short to choose by: give the order and the weight");
  }
  enum { BEFORE = 1000 }; /* as far as a network remembers much */
  ink_session *session = NULL;
  c->before = ink_size_min(c->counted, BEFORE);
  c->read = ink_tokens_copy(c->tokens, c->counted - c->before, c->before + c->held_out);
  c->by_network = calloc(c->held_out, sizeof *c->by_network);
  c->by_counts = calloc(c->held_out, sizeof *c->by_counts);
  ink_status status = c->read == NULL || c->by_network == NULL || c->by_counts == NULL
                          ? ink_fail_memory(error)
                          : ink_session_new(model, &session, error);
  if (status == INK_OK) {
    for (size_t i = 0; i < c->before; i++) ink_session_step(session, c->read[i]);
    if (!read_held_out(c, session)) status = ink_session_fail_infinite(error);
  }
  if (status == INK_OK) status = choose(c, model->network.shape.outputs, options, error);
  ink_session_free(session);
  free(c->read);
  free(c->by_network);
  free(c->by_counts);
  return status;
}

static ink_status check_options(const ink_count_options *options, ink_error *error) {
  if (options->order > INK_COUNTS_ORDER_MAX) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the order of an n-gram must be from 1 to %d",
                    INK_COUNTS_ORDER_MAX);
  }
  if (!(options->weight <= 1)) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the weight of the counts must be from 0 to 1");
  }
  if (!(options->threshold >= 0)) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the threshold of the counts must be 0 or more");
  }
  return INK_OK;
}

/* The text's tokens, and behind them those held out. */
static ink_status encode(const ink_model *model, const char *text, size_t bytes,
                         const char *held_out, size_t held_out_bytes, ink_tokens *tokens,
                         size_t *counted, ink_error *error) {
  const ink_vocabulary *vocabulary = model->network.vocabulary;
  bool words = ink_vocabulary_level(vocabulary) == INK_LEVEL_WORD;
  ink_unknown unknown = words ? INK_UNKNOWN_NEAREST : INK_UNKNOWN_SKIPPED;
  ink_status status = ink_tokens_add(vocabulary, text, bytes, unknown, tokens, error);
  *counted = tokens->count;
  if (status == INK_OK && *counted == 0) {
    status = ink_fail(error, INK_ERROR_TEXT, "the text has no token that the model knows");
  }
  if (status == INK_OK && held_out != NULL) {
    status = ink_tokens_add(vocabulary, held_out, held_out_bytes, unknown, tokens, error);
  }
  return status;
}

/* The counts, not yet pruned. An order or a weight that is not given is chosen by the tokens. */
static ink_status count_tokens(const ink_model *model, const ink_tokens *tokens, size_t counted,
                               ink_count_options *options, ink_counts **counts, ink_error *error) {
  ink_status status = INK_OK;
  size_t count = tokens->count;
  *counts = NULL;
  if (options->order == 0 || options->weight < 0) {
    choice c = {.tokens = tokens, .counted = counted < count ? counted : count - count / 10};
    c.held_out = count - c.counted;
    status = choose_by(model, &c, options, error);
  }
  if (status != INK_OK) return status;
  return ink_counts_from_tokens(tokens, 0, counted, model->network.shape.outputs, options->order,
                                counts, error);
}

/* Takes the counts, also when it fails. */
static ink_status put_counts(const ink_model *model, ink_counts *counts,
                             const ink_count_options *options, uint8_t **file, size_t *file_size,
                             ink_error *error) {
  ink_status status = ink_counts_prune(counts, (double)options->threshold, error);
  if (status == INK_OK) {
    status =
        ink_counts_add_to_file(model->tensors, counts, options->weight, file, file_size, error);
  }
  ink_counts_free(counts);
  return status;
}

/* The network of the file without its counts: they are chosen for it alone. */
static ink_status open_network(const uint8_t *bytes, size_t size, const ink_count_options *options,
                               ink_model **model, ink_error *error) {
  *model = NULL;
  ink_status status = check_options(options, error);
  if (status == INK_OK) {
    status = ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, model, error);
  }
  if (status != INK_OK) return status;
  ink_network *network = &(*model)->network;
  if (network->shape.task != INK_TASK_GENERATOR) {
    status = ink_fail(error, INK_ERROR_ARGUMENT, "counts stand beside a generator, not a %s",
                      network->kind->name);
    ink_model_free(*model);
    *model = NULL;
    return status;
  }
  ink_counts_free(network->counts);
  network->counts = NULL;
  return INK_OK;
}

ink_status ink_count_tokens(const uint8_t *bytes, size_t size, const ink_tokens *tokens,
                            size_t counted, ink_count_options *options, uint8_t **file,
                            size_t *file_size, ink_error *error) {
  *file = NULL;
  *file_size = 0;
  ink_model *model;
  ink_status status = open_network(bytes, size, options, &model, error);
  if (status != INK_OK) return status;
  ink_counts *counts = NULL;
  status = count_tokens(model, tokens, counted, options, &counts, error);
  if (status == INK_OK) status = put_counts(model, counts, options, file, file_size, error);
  ink_model_free(model);
  return status;
}

ink_status ink_count(const uint8_t *bytes, size_t size, const char *text, size_t text_bytes,
                     const char *held_out, size_t held_out_bytes, ink_count_options *options,
                     uint8_t **file, size_t *file_size, ink_error *error) {
  *file = NULL;
  *file_size = 0;
  ink_model *model;
  ink_status status = open_network(bytes, size, options, &model, error);
  if (status != INK_OK) return status;
  ink_tokens tokens = {0};
  size_t counted = 0;
  status = encode(model, text, text_bytes, held_out, held_out_bytes, &tokens, &counted, error);
  ink_counts *counts = NULL;
  if (status == INK_OK) status = count_tokens(model, &tokens, counted, options, &counts, error);
  ink_tokens_free(&tokens); /* what follows takes its own memory */
  if (status == INK_OK) status = put_counts(model, counts, options, file, file_size, error);
  ink_model_free(model);
  return status;
}
