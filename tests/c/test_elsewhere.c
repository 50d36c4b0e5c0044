/*
 * What only models of other programs have (parts/beginning.h, reread.h, dense.h) against its
 * formula in doubles; that a session of such a model goes on where it was; and what is refused.
 */
#include <math.h>
#include <string.h>

#include "inkling_scores.h"
#include "network.h"

enum { VOCABULARY = 9, EMBED = 5, HIDDEN = 13, LAYERS = 2, WINDOW = 6 };
enum { WIDE = 2 * HIDDEN, WIDTH = EMBED + LAYERS * WIDE };

/* ---- By formula ------------------------------------------------------------------------------ */

static const float *at(const network *n, size_t offset) { return n->floats + offset; }

/* y [rows] = W x + b */
static void linear(const float *w, const float *b, size_t rows, size_t columns, const double *x,
                   double *y) {
  for (size_t r = 0; r < rows; r++) {
    y[r] = (double)b[r];
    for (size_t i = 0; i < columns; i++) y[r] += (double)w[r * columns + i] * x[i];
  }
}

/* What a window leaves: x[0] are embeddings, x[l + 1] what layer l gives, y of a step. */
typedef struct left {
  size_t count, width[LAYERS + 1];
  double x[LAYERS + 1][WINDOW][WIDE];
} left;

/* Layer l of RNN with tanh in one direction, whose outputs stand from `to` on. */
static void run(const network *n, const ink_stack_parameters *p, size_t l, bool back, left *w) {
  double h[HIDDEN] = {0}, a[HIDDEN], b[HIDDEN];
  for (size_t i = 0; !back && n->parameters.shape.begins && i < HIDDEN; i++) {
    h[i] = (double)at(n, n->parameters.beginning.h[l])[i];
  }
  for (size_t k = 0; k < w->count; k++) {
    size_t t = back ? w->count - 1 - k : k;
    linear(at(n, p->weight_ih[l]), at(n, p->bias_ih[l]), HIDDEN, w->width[l], w->x[l][t], a);
    linear(at(n, p->weight_hh[l]), at(n, p->bias_hh[l]), HIDDEN, HIDDEN, h, b);
    for (size_t i = 0; i < HIDDEN; i++) h[i] = tanh(a[i] + b[i]);
    memcpy(w->x[l + 1][t] + (back ? HIDDEN : 0), h, sizeof h);
  }
}

static void read_window(const network *n, const uint32_t *ids, size_t count, left *w) {
  const ink_parameters *p = &n->parameters;
  const ink_shape *shape = &p->shape;
  *w = (left){.count = count, .width = {EMBED}};
  for (size_t t = 0; t < count; t++) {
    size_t from = shape->backwards ? count - 1 - t : t;
    for (size_t i = 0; i < EMBED; i++) {
      w->x[0][t][i] = (double)at(n, p->stack.embedding)[ids[from] * EMBED + i];
    }
  }
  for (size_t l = 0; l < LAYERS; l++) {
    w->width[l + 1] = shape->reverse[l] ? WIDE : HIDDEN;
    run(n, &p->stack, l, false, w);
    if (shape->reverse[l]) run(n, &p->reverse, l, true, w);
  }
}

/* The weighted average of all of it. */
static void average(const network *n, const left *w, double *features) {
  double weight[WINDOW], total = 0;
  for (size_t t = 0; t < w->count; t++) {
    const float *score = at(n, n->parameters.average.score);
    weight[t] = 0;
    for (size_t l = 0; l <= LAYERS; l++) {
      for (size_t i = 0; i < w->width[l]; i++) weight[t] += w->x[l][t][i] * (double)*score++;
    }
    total += weight[t] = exp(weight[t]);
  }
  for (size_t l = 0; l <= LAYERS; l++) {
    for (size_t i = 0; i < w->width[l]; i++) {
      *features = 0;
      for (size_t t = 0; t < w->count; t++) *features += weight[t] / total * w->x[l][t][i];
      features++;
    }
  }
}

/* What the read-out sees of the last layer's y. */
static void take(const network *n, const left *w, double *features) {
  size_t width = w->width[LAYERS];
  bool last = n->parameters.shape.reads == INK_READS_LAST;
  for (size_t i = 0; i < width; i++) {
    size_t t = i < HIDDEN || last ? w->count - 1 : 0;
    double sum = 0, largest = -INFINITY;
    for (size_t s = 0; s < w->count; s++) {
      sum += w->x[LAYERS][s][i];
      largest = fmax(largest, w->x[LAYERS][s][i]);
    }
    features[i] = w->x[LAYERS][t][i];
    features[width + i] = sum / (double)w->count;
    features[2 * width + i] = largest;
  }
}

/* features of the last tokens of a text, in a window that is filled with token `padding`. */
static void window_features(const network *n, const uint32_t *ids, size_t count, uint32_t padding,
                            double *features) {
  uint32_t window[WINDOW];
  left w;
  for (size_t t = 0; t < WINDOW; t++) {
    size_t back = WINDOW - t;
    window[t] = back <= count ? ids[count - back] : padding;
  }
  read_window(n, window, WINDOW, &w);
  if (n->parameters.shape.reads == INK_READS_AVERAGE) {
    average(n, &w, features);
  } else {
    take(n, &w, features);
  }
}

/* logits [VOCABULARY]: ReLU, tanh, then ln sigmoid of the read-out. */
static void read_out(const network *n, const double *features, double *logits) {
  const ink_dense_parameters *d = &n->parameters.dense;
  const size_t *units = n->parameters.shape.dense_units;
  double first[64], second[64];
  linear(at(n, d->weight[0]), at(n, d->bias[0]), units[0], n->parameters.shape.reread, features,
         first);
  for (size_t i = 0; i < units[0]; i++) first[i] = fmax(first[i], 0);
  linear(at(n, d->weight[1]), at(n, d->bias[1]), units[1], units[0], first, second);
  for (size_t i = 0; i < units[1]; i++) second[i] = tanh(second[i]);
  linear(at(n, n->parameters.read_out.weight), at(n, n->parameters.read_out.bias), VOCABULARY,
         units[1], second, logits);
  for (size_t i = 0; i < VOCABULARY; i++) logits[i] = -log(1 + exp(-logits[i]));
}

static const uint32_t text[] = {0, 3, 1, 5, 5, 2, 7, 8, 0, 4, 6};
enum { TEXT = sizeof text / sizeof *text };

static void test_formula(void) {
  network n = network_elsewhere(INK_CELL_RNN, 0.5f, 5);
  ink_model *model =
      network_load_as(&n, INK_KERNEL_AUTO, network_elsewhere_says, NETWORK_ELSEWHERE);
  ink_session *session;
  ink_error error;
  CHECK_OK(ink_session_new(model, &session, &error));
  for (size_t t = 0; t < TEXT; t++) {
    double features[WIDTH], logits[VOCABULARY];
    /* The first is the start, which a session reads by itself. */
    if (t > 0) CHECK_OK(ink_session_feed_token(session, text[t], &error));
    window_features(&n, text, t + 1, 1, features);
    read_out(&n, features, logits);
    const float *found = ink_session_logits(session);
    for (size_t i = 0; i < VOCABULARY; i++) CHECK_NEAR((double)found[i], logits[i], 1e-5);
  }
  ink_session_free(session);
  ink_model_free(model);
  network_free(&n);
}

/* ---- Reading from both ends ------------------------------------------------------------------ */

static network both_ends(ink_reads reads, bool first, bool second, bool backwards) {
  return network_of((ink_shape){.cell = INK_CELL_RNN,
                                .vocabulary = VOCABULARY,
                                .embed = EMBED,
                                .hidden = HIDDEN,
                                .layers = LAYERS,
                                .reads = reads,
                                .reverse = {first, second},
                                .backwards = backwards,
                                .window = WINDOW},
                    0.5f, 11);
}

/* Every way to read, with either layer or both reading from both ends, or none. */
static void test_both_ends(void) {
  static const char *const names[] = {"", "last", "ends", "pooled"};
  for (int ways = 0; ways < 3 * 8; ways++) {
    ink_reads reads = (ink_reads)(1 + ways / 8);
    bool backwards = (ways & 4) != 0;
    network n = both_ends(reads, (ways & 1) != 0, (ways & 2) != 0, backwards);
    const char *says[] = {"window",  "6", "reads", names[reads],
                          "padding", "!", "order", backwards ? "reversed" : "forward"};
    ink_model *model = network_load_as(&n, INK_KERNEL_AUTO, says, 4);
    ink_session *session;
    ink_error error;
    CHECK_OK(ink_session_new(model, &session, &error));
    for (size_t t = 0; t < TEXT; t++) {
      double features[3 * WIDE], logits[VOCABULARY];
      CHECK_OK(ink_session_feed_token(session, text[t], &error));
      window_features(&n, text, t + 1, 1, features);
      linear(at(&n, n.parameters.read_out.weight), at(&n, n.parameters.read_out.bias), VOCABULARY,
             n.parameters.shape.reread, features, logits);
      const float *found = ink_session_logits(session);
      for (size_t i = 0; i < VOCABULARY; i++) CHECK_NEAR((double)found[i], logits[i], 1e-5);
    }
    ink_session_free(session);
    ink_model_free(model);
    network_free(&n);
  }
}

/* Nothing is carried, so there is no unit to look at, and a trace has the text's cost alone. */
static void test_no_state(void) {
  network n = both_ends(INK_READS_ENDS, true, true, false);
  ink_model *model = network_load_as(&n, INK_KERNEL_AUTO, (const char *[]){"window", "6"}, 1);
  ink_session *session;
  ink_trace trace;
  ink_error error;
  float value;
  CHECK_OK(ink_session_new(model, &session, &error));
  CHECK_FAILS(ink_session_state(session, INK_STATE_HIDDEN, 0, 0, &value, &error),
              INK_ERROR_ARGUMENT, "carries no state");
  CHECK_OK(ink_session_trace(session, "!\"!", 3, 0, 0, &trace, &error));
  CHECK(trace.tokens == 3 && trace.layers == 0);
  ink_release(trace.memory);
  ink_session_free(session);
  ink_model_free(model);
  network_free(&n);
}

/* Without padding a window is as long as what was read; and the state begins anew after a reset. */
static void test_beginning(void) {
  network n = network_of((ink_shape){.cell = INK_CELL_GRU,
                                     .vocabulary = VOCABULARY,
                                     .hidden = HIDDEN,
                                     .layers = LAYERS,
                                     .begins = true},
                         0.5f, 6);
  ink_model *model = network_load(&n);
  memset(n.floats + n.parameters.beginning.h[1], 0, HIDDEN * sizeof(float));
  ink_model *other = network_load(&n);
  ink_session *sessions[2];
  ink_error error;
  float first[VOCABULARY];
  CHECK_OK(ink_session_new(model, &sessions[0], &error));
  CHECK_OK(ink_session_new(other, &sessions[1], &error));
  for (int again = 0; again < 2; again++) {
    for (int i = 0; i < 2; i++) CHECK_OK(ink_session_feed_token(sessions[i], 3, &error));
    const float *logits = ink_session_logits(sessions[0]);
    CHECK(memcmp(logits, ink_session_logits(sessions[1]), sizeof first) != 0);
    if (again == 1) CHECK(memcmp(logits, first, sizeof first) == 0);
    memcpy(first, logits, sizeof first);
    ink_session_reset(sessions[0]);
    ink_session_reset(sessions[1]);
  }
  ink_session_free(sessions[0]);
  ink_session_free(sessions[1]);
  ink_model_free(model);
  ink_model_free(other);
  network_free(&n);
}

/* ---- Sessions -------------------------------------------------------------------------------- */

static void test_session(void) {
  network n = network_elsewhere(INK_CELL_LSTM, 0.5f, 7);
  ink_model *model =
      network_load_as(&n, INK_KERNEL_AUTO, network_elsewhere_says, NETWORK_ELSEWHERE);
  ink_session *session, *fork, *restored;
  ink_error error;
  CHECK_OK(ink_session_new(model, &session, &error));
  CHECK_OK(ink_session_new(model, &restored, &error));
  for (size_t t = 0; t < TEXT; t++) {
    CHECK_OK(ink_session_feed_token(session, text[t], &error));
    uint8_t *state = check_saved(session);
    CHECK_OK(ink_session_fork(session, &fork, &error));
    CHECK_OK(ink_session_restore(restored, state, ink_session_state_size(session), &error));
    free(state);
    ink_session *both[] = {fork, restored};
    for (int i = 0; i < 2; i++) {
      CHECK(memcmp(ink_session_logits(session), ink_session_logits(both[i]),
                   VOCABULARY * sizeof(float)) == 0);
    }
    ink_session_free(fork);
  }
  ink_session_free(session);
  ink_session_free(restored);
  ink_model_free(model);
  network_free(&n);
}

/* ---- Refusals -------------------------------------------------------------------------------- */

static void check_refused(network *n, const char *key, const char *value, ink_status status,
                          const char *message) {
  const char *says[2 * NETWORK_ELSEWHERE];
  memcpy(says, network_elsewhere_says, sizeof says);
  size_t count = 0;
  for (size_t i = 0; i < NETWORK_ELSEWHERE; i++) {
    bool same = strcmp(says[2 * i], key) == 0;
    if (same && value == NULL) continue;
    says[2 * count] = says[2 * i];
    says[2 * count + 1] = same ? value : says[2 * i + 1];
    count++;
  }
  ink_buffer file = network_file(n, says, count);
  ink_model *model;
  ink_error error;
  CHECK_FAILS(ink_model_load((const uint8_t *)file.bytes, file.size, NULL, 0, INK_KERNEL_AUTO,
                             &model, &error),
              status, message);
  ink_buffer_free(&file);
}

static void test_refusals(void) {
  network n = network_elsewhere(INK_CELL_LSTM, 0.5f, 8);
  check_refused(&n, "reads", "some", INK_ERROR_FORMAT, "reads some, which this build");
  check_refused(&n, "reads", NULL, INK_ERROR_FORMAT,
                "dense.0.weight is [21,44] where [21,13] fits");
  check_refused(&n, "window", NULL, INK_ERROR_FORMAT, "window is \"\" where 1 to 4096");
  check_refused(&n, "window", "0", INK_ERROR_FORMAT, "window is \"0\" where 1 to 4096");
  check_refused(&n, "window", "4097", INK_ERROR_FORMAT, "window is \"4097\" where 1 to 4096");
  check_refused(&n, "padding", "none", INK_ERROR_VOCABULARY, "\"none\", is not a token");
  check_refused(&n, "dense", "relu sine", INK_ERROR_FORMAT, "activation sine");
  check_refused(&n, "dense", "relu", INK_ERROR_FORMAT, "fc.weight is [9,7] where [9,21] fits");
  check_refused(&n, "dense", "relu tanh relu", INK_ERROR_FORMAT, "dense.2.weight is missing");
  check_refused(&n, "head", "tanh", INK_ERROR_FORMAT, "head is tanh");
  network_tensor(&n, "attention.average")->name = "attention.other";
  check_refused(&n, "none", NULL, INK_ERROR_FORMAT, "attention.average is missing");
  network_free(&n);
}

/* Gradients go through no such part: what learns from the text that it reads, or asks which tokens
 * spoke for one, is of other models. */
static void test_gradients(void) {
  network n = network_elsewhere(INK_CELL_RNN, 0.5f, 9);
  ink_buffer file = network_file(&n, network_elsewhere_says, NETWORK_ELSEWHERE);
  ink_model *model =
      network_load_as(&n, INK_KERNEL_AUTO, network_elsewhere_says, NETWORK_ELSEWHERE);
  ink_dynamic options;
  ink_evaluation evaluation;
  ink_error error;
  uint8_t *adapted;
  size_t bytes;
  float *saliency;
  ink_dynamic_default(&options);
  CHECK_FAILS(ink_evaluate_dynamic(model, (const uint8_t *)file.bytes, file.size, &options,
                                   "!\"!\"", 4, &evaluation, &adapted, &bytes, &error),
              INK_ERROR_ARGUMENT, "parts of another program");
  CHECK_FAILS(ink_saliency(model, (const uint8_t *)file.bytes, file.size, "!\"!\"", 4, 0, 3,
                           &saliency, &error),
              INK_ERROR_ARGUMENT, "parts of another program");
  CHECK(saliency == NULL);
  ink_model_free(model);
  ink_buffer_free(&file);
  network_free(&n);
}

int main(void) {
  test_formula();
  test_both_ends();
  test_no_state();
  test_beginning();
  test_session();
  test_refusals();
  test_gradients();
  return 0;
}
