/*
 * Looking inside: what a trace holds of a text beyond its cells (test_cells.c), what it refuses,
 * and states that are written.
 */
#include "check.h"
#include "network.h"

enum { VOCABULARY = 9, HIDDEN = 12, LAYERS = 2 };

static const char *text(void) { return "!\"#!!\"\"#\n!#"; }

static ink_model *load_lstm(const char *const *metadata, size_t metadata_count) {
  network n = network_new(INK_CELL_LSTM, VOCABULARY, HIDDEN, LAYERS, 5, 0.5f, 3);
  ink_model *model = network_load_as(&n, INK_KERNEL_AUTO, metadata, metadata_count);
  network_free(&n);
  return model;
}

static ink_trace trace(ink_session *session, const char *given, uint32_t also) {
  ink_trace made;
  ink_error error;
  CHECK_OK(ink_session_trace(session, given, strlen(given), 0, also, &made, &error));
  return made;
}

static void check_same(const ink_session *a, const ink_session *b) {
  uint8_t *of_a = check_saved(a), *of_b = check_saved(b);
  CHECK(memcmp(of_a, of_b, ink_session_state_size(a)) == 0);
  free(of_a);
  free(of_b);
}

/* -ln softmax(logits)[id] in doubles */
static double nats_of(const float *logits, size_t count, uint32_t id) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += exp((double)logits[i]);
  return log(sum) - (double)logits[id];
}

static void test_nats(void) {
  ink_model *model = load_lstm(NULL, 0);
  ink_session *session = check_session(model, NULL);
  ink_trace made = trace(session, text(), INK_TRACE_LOGITS);
  CHECK(made.tokens == strlen(text()) && made.gates == NULL && isnan(made.nats[0]));
  double sum = 0;
  for (size_t t = 1; t < made.tokens; t++) {
    const float *before = made.logits + (t - 1) * VOCABULARY;
    CHECK_NEAR((double)made.nats[t], nats_of(before, VOCABULARY, made.ids[t]), 1e-5);
    sum += (double)made.nats[t];
  }
  ink_evaluation evaluation;
  ink_error error;
  CHECK_OK(ink_evaluate(model, text(), strlen(text()), 0, &evaluation, &error));
  CHECK_NEAR(sum / (double)(made.tokens - 1), evaluation.nats, 1e-6);

  /* The session stands where feed() leaves it, and what follows has something before it. */
  ink_session *fed = check_session(model, NULL);
  CHECK_OK(ink_session_feed(fed, text(), strlen(text()), 0, &error));
  check_same(session, fed);
  ink_trace more = trace(session, "!", 0);
  CHECK(more.logits == NULL && more.gate_count == 0);
  CHECK_NEAR((double)more.nats[0],
             nats_of(made.logits + (made.tokens - 1) * VOCABULARY, VOCABULARY, more.ids[0]), 1e-5);
  ink_release(more.memory);
  ink_release(made.memory);
  ink_session_free(fed);
  ink_session_free(session);
  ink_model_free(model);
}

/* The start is read but not traced, as feed() has it; and of a second text there is none. */
static void test_start(void) {
  const char *metadata[] = {"start", "\n"};
  ink_model *model = load_lstm(metadata, 1);
  ink_session *session = check_session(model, NULL), *fed = check_session(model, NULL);
  ink_error error;
  CHECK_OK(ink_session_feed(fed, "!!", 2, 0, &error));
  ink_trace first = trace(session, "!", 0), second = trace(session, "!", 0);
  CHECK(first.tokens == 1 && isfinite(first.nats[0]) && second.tokens == 1);
  check_same(session, fed);
  ink_trace nothing = trace(session, "", INK_TRACE_GATES | INK_TRACE_LOGITS);
  CHECK(nothing.tokens == 0 && nothing.memory != NULL);
  check_same(session, fed);
  ink_release(first.memory);
  ink_release(second.memory);
  ink_release(nothing.memory);
  ink_session_free(session);
  ink_session_free(fed);
  ink_model_free(model);
}

/* What fails changes nothing and leaves nothing to be released. */
static void check_refused(ink_session *session, const char *given, size_t bytes, ink_status status,
                          const char *names) {
  uint8_t *before = check_saved(session);
  ink_trace made;
  ink_error error;
  CHECK_FAILS(ink_session_trace(session, given, bytes, 0, INK_TRACE_GATES, &made, &error), status,
              names);
  CHECK(made.memory == NULL && made.hidden == NULL && made.tokens == 0);
  uint8_t *after = check_saved(session);
  CHECK(memcmp(before, after, ink_session_state_size(session)) == 0);
  free(before);
  free(after);
}

/* fc.weight h + fc.bias in doubles */
static void check_read_out(const network *n, const float *h, const float *logits) {
  const float *weight = n->floats + n->parameters.read_out.weight;
  const float *bias = n->floats + n->parameters.read_out.bias;
  for (size_t v = 0; v < VOCABULARY; v++) {
    double sum = (double)bias[v];
    for (size_t j = 0; j < HIDDEN; j++) sum += (double)weight[v * HIDDEN + j] * (double)h[j];
    CHECK_NEAR((double)logits[v], sum, 1e-5);
  }
}

static void test_layer_logits(void) {
  network n = network_new(INK_CELL_LSTM, VOCABULARY, HIDDEN, LAYERS, 5, 0.5f, 3);
  ink_model *model = network_load(&n);
  ink_session *session = check_session(model, NULL), *plain = check_session(model, NULL);
  ink_trace made = trace(session, text(), INK_TRACE_LOGITS | INK_TRACE_LAYER_LOGITS);
  ink_trace without = trace(plain, text(), INK_TRACE_LOGITS);
  CHECK(made.layer_logits != NULL && without.layer_logits == NULL);
  size_t row = VOCABULARY * sizeof(float);
  for (size_t t = 0; t < made.tokens; t++) {
    for (size_t l = 0; l < LAYERS; l++) {
      size_t at = t * LAYERS + l;
      check_read_out(&n, made.hidden + at * HIDDEN, made.layer_logits + at * VOCABULARY);
    }
    const float *last = made.layer_logits + ((t + 1) * LAYERS - 1) * VOCABULARY;
    CHECK(memcmp(last, made.logits + t * VOCABULARY, row) == 0);
  }
  /* Asking for it changes nothing else. */
  CHECK(memcmp(made.logits, without.logits, made.tokens * row) == 0);
  CHECK(memcmp(made.nats + 1, without.nats + 1, (made.tokens - 1) * sizeof(float)) == 0);
  check_same(session, plain);
  CHECK(memcmp(ink_session_logits(session), ink_session_logits(plain), row) == 0);
  ink_release(made.memory);
  ink_release(without.memory);
  ink_session_free(session);
  ink_session_free(plain);
  ink_model_free(model);
  network_free(&n);
}

/* A read-out that reads a window says nothing of one layer. */
static void test_layer_logits_elsewhere(void) {
  network n = network_elsewhere(INK_CELL_LSTM, 0.5f, 3);
  ink_model *model =
      network_load_as(&n, INK_KERNEL_AUTO, network_elsewhere_says, NETWORK_ELSEWHERE);
  ink_session *session = check_session(model, NULL);
  ink_trace made;
  ink_error error;
  CHECK_FAILS(ink_session_trace(session, "!", 1, 0, INK_TRACE_LAYER_LOGITS, &made, &error),
              INK_ERROR_ARGUMENT, "all layers over a window");
  CHECK(made.memory == NULL);
  ink_session_free(session);
  ink_model_free(model);
  network_free(&n);
}

static void test_refusals(void) {
  ink_model *model = load_lstm(NULL, 0);
  ink_session *session = check_session(model, NULL);
  check_refused(session, "!~", 2, INK_ERROR_VOCABULARY, "~");
  check_refused(session, "!\xff", 2, INK_ERROR_TEXT, "UTF-8");
  size_t bytes = 500000; /* of 6 * 24 floats each: 288 MB, and ids and nats */
  char *much = malloc(bytes);
  CHECK(much != NULL);
  memset(much, '!', bytes);
  check_refused(session, much, bytes, INK_ERROR_MEMORY, "500000 tokens");
  check_refused(session, much, bytes, INK_ERROR_MEMORY, "292 MB where 256");
  free(much);
  ink_session_free(session);
  ink_model_free(model);

  network n = network_new(INK_CELL_RNN, VOCABULARY, HIDDEN, 1, 0, 1, 1);
  for (size_t i = 0; i < n.parameters.size; i++) n.floats[i] *= 3e38f;
  model = network_load(&n);
  session = check_session(model, NULL);
  check_refused(session, "!\"#", 3, INK_ERROR_FORMAT, "no finite number");
  ink_session_free(session);
  ink_model_free(model);
  network_free(&n);
}

static void test_set_state(void) {
  ink_model *model = load_lstm(NULL, 0);
  ink_session *session = check_session(model, NULL), *other = check_session(model, NULL);
  ink_error error;
  float value;
  CHECK_OK(ink_session_feed(session, "!\"", 2, 0, &error));
  for (uint32_t l = 0; l < LAYERS; l++) {
    for (uint32_t j = 0; j < HIDDEN; j++) {
      for (int kind = INK_STATE_HIDDEN; kind <= INK_STATE_CELL; kind++) {
        CHECK_OK(ink_session_state(session, (ink_state_kind)kind, l, j, &value, &error));
        CHECK_OK(ink_session_set_state(other, (ink_state_kind)kind, l, j, value, &error));
      }
    }
  }
  /* Nothing is read before the logits of a state that was written. */
  size_t bytes = VOCABULARY * sizeof(float);
  CHECK(memcmp(ink_session_logits(session), ink_session_logits(other), bytes) == 0);
  CHECK_OK(ink_session_set_state(other, INK_STATE_HIDDEN, LAYERS - 1, 0, -2, &error));
  CHECK_OK(ink_session_state(other, INK_STATE_HIDDEN, LAYERS - 1, 0, &value, &error));
  CHECK(value == -2 && memcmp(ink_session_logits(session), ink_session_logits(other), bytes) != 0);

  uint8_t *before = check_saved(other);
  CHECK_FAILS(ink_session_set_state(other, (ink_state_kind)5, 0, 0, 0, &error), INK_ERROR_ARGUMENT,
              "no part 5");
  ink_trace made;
  CHECK_FAILS(ink_session_trace(other, "!", 1, 0, 8 + INK_TRACE_GATES, &made, &error),
              INK_ERROR_ARGUMENT, "no part");
  CHECK_FAILS(ink_session_set_state(other, INK_STATE_CELL, 0, 0, NAN, &error), INK_ERROR_ARGUMENT,
              "finite");
  CHECK_FAILS(ink_session_set_state(other, INK_STATE_HIDDEN, 0, 0, INFINITY, &error),
              INK_ERROR_ARGUMENT, "finite");
  CHECK_FAILS(ink_session_set_state(other, INK_STATE_CELL, LAYERS, 0, 0, &error),
              INK_ERROR_ARGUMENT, "layer 2: the model has 2 layers of 12 units");
  CHECK_FAILS(ink_session_state(other, INK_STATE_CELL, 0, HIDDEN, &value, &error),
              INK_ERROR_ARGUMENT, "unit 12");
  uint8_t *after = check_saved(other);
  CHECK(memcmp(before, after, ink_session_state_size(other)) == 0);
  free(before);
  free(after);
  ink_session_free(session);
  ink_session_free(other);
  ink_model_free(model);
}

int main(void) {
  test_nats();
  test_start();
  test_layer_logits();
  test_layer_logits_elsewhere();
  test_refusals();
  test_set_state();
  return 0;
}
