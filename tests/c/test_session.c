/*
 * Sessions: the logits against a plain double-precision forward pass, the same bits from every
 * build of the kernels, and everything that a session keeps: start, state, random numbers, recent
 * tokens. Evaluation, which is a session's logits summed up, is here too.
 */
#include "check.h"
#include "inkling_text.h"
#include "kernels/kernels.h"
#include "network.h"

static void feed(ink_session *session, const char *text) {
  ink_error error;
  CHECK_OK(ink_session_feed(session, text, strlen(text), 0, &error));
}

/* `length` tokens drawn from the session, as text of at most 4 bytes each. What was read before
 * matters twice: to the network, and to the repetition penalty. */
static void draw(const ink_model *model, ink_session *session, int length, char *text) {
  const ink_sampling sampling = {2, 256, 1, 0, 1, 0, 0};
  ink_error error;
  *text = '\0';
  for (int i = 0; i < length; i++) {
    uint32_t id;
    CHECK_OK(ink_session_sample(session, &sampling, &id, &error));
    strcat(text, ink_model_token(model, id));
  }
}

/* ---- Against a plain forward pass ------------------------------------------------------------ */

enum { HIDDEN_MAX = 64 };

typedef struct plain_state {
  double h[3][HIDDEN_MAX], c[3][HIDDEN_MAX];
} plain_state;

static double dot(const float *row, const double *x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (double)row[i] * x[i];
  return sum;
}

static double logistic(double x) { return 1 / (1 + exp(-x)); }

/* One step of the formulas of the PyTorch manual, one unit after another. */
static void plain_step(const network *n, plain_state *s, uint32_t id, double *logits) {
  const ink_parameters *p = &n->parameters;
  size_t hidden = p->shape.hidden, vocabulary = p->shape.vocabulary, embed = p->shape.embed;
  double x[128] = {0}, one_hot = 1;
  size_t inputs = embed > 0 ? embed : vocabulary;
  if (embed > 0) {
    for (size_t e = 0; e < embed; e++)
      x[e] = (double)n->floats[p->stack.embedding + id * embed + e];
  } else {
    x[id] = one_hot;
  }
  for (size_t l = 0; l < p->shape.layers; l++) {
    double next[HIDDEN_MAX];
    for (size_t j = 0; j < hidden; j++) {
      double in[4], own[4];
      for (size_t g = 0; g < p->shape.gates; g++) {
        size_t row = g * hidden + j;
        in[g] = (double)n->floats[p->stack.bias_ih[l] + row] +
                dot(n->floats + p->stack.weight_ih[l] + row * inputs, x, inputs);
        own[g] = (double)n->floats[p->stack.bias_hh[l] + row] +
                 dot(n->floats + p->stack.weight_hh[l] + row * hidden, s->h[l], hidden);
      }
      if (p->shape.cell == INK_CELL_RNN) {
        next[j] = tanh(in[0] + own[0]);
      } else if (p->shape.cell == INK_CELL_GRU) {
        double r = logistic(in[0] + own[0]), z = logistic(in[1] + own[1]);
        next[j] = (1 - z) * tanh(in[2] + r * own[2]) + z * s->h[l][j];
      } else {
        double i = logistic(in[0] + own[0]), f = logistic(in[1] + own[1]);
        double g = tanh(in[2] + own[2]), o = logistic(in[3] + own[3]);
        s->c[l][j] = f * s->c[l][j] + i * g;
        next[j] = o * tanh(s->c[l][j]);
      }
    }
    memcpy(s->h[l], next, hidden * sizeof next[0]);
    memcpy(x, next, hidden * sizeof next[0]);
    inputs = hidden;
  }
  for (size_t v = 0; v < vocabulary; v++) {
    logits[v] = (double)n->floats[p->read_out.bias + v] +
                dot(n->floats + p->read_out.weight + v * hidden, x, hidden);
  }
}

static void test_logits(void) {
  static const size_t hiddens[] = {1, 3, 33, 64}, vocabularies[] = {2, 65};
  static const ink_kernel kernels[] = {INK_KERNEL_SCALAR, INK_KERNEL_SIMD, INK_KERNEL_AVX2,
                                       INK_KERNEL_AVX512};
  ink_error error;
  for (int cell = 0; cell < 3; cell++) {
    for (size_t round = 0; round < 4 * 2 * 3 * 2; round++) {
      size_t hidden = hiddens[round % 4], vocabulary = vocabularies[round / 4 % 2];
      size_t layers = 1 + round / 8 % 3, embed = round / 24 * 5;
      /* Of this scale rounding does not grow from step to step. */
      float scale = 1.5f / sqrtf((float)hidden);
      network n = network_new((ink_cell_kind)cell, vocabulary, hidden, layers, embed, scale, round);
      /* The first build's logits, for the others to equal. */
      float first[12][65];
      for (size_t k = 0; k < sizeof kernels / sizeof kernels[0]; k++) {
        if (ink_kernels_find(kernels[k]) == NULL) continue;
        ink_model *model = network_load_as(&n, kernels[k], NULL, 0);
        ink_session *session = check_session(model, NULL);
        plain_state state = {0};
        for (uint32_t t = 0; t < 12; t++) {
          uint32_t id = (t * t + 1) % (uint32_t)vocabulary;
          double wanted[65];
          plain_step(&n, &state, id, wanted);
          CHECK_OK(ink_session_feed_token(session, id, &error));
          const float *logits = ink_session_logits(session);
          for (size_t v = 0; v < vocabulary; v++) CHECK_NEAR((double)logits[v], wanted[v], 1e-5);
          if (k == 0) {
            memcpy(first[t], logits, vocabulary * sizeof(float));
          } else {
            CHECK(memcmp(first[t], logits, vocabulary * sizeof(float)) == 0);
          }
        }
        ink_session_free(session);
        ink_model_free(model);
      }
      network_free(&n);
    }
  }
}

/* Every build draws the same text and the same probabilities. */
static void test_same_text(void) {
  static const ink_kernel kernels[] = {INK_KERNEL_SCALAR, INK_KERNEL_SIMD, INK_KERNEL_AVX2,
                                       INK_KERNEL_AVX512};
  network n = network_new(INK_CELL_LSTM, 65, 33, 2, 7, 1.5f, 8);
  char first[2000] = "", text[2000];
  float probabilities[65];
  const ink_sampling sampling = {1.3f, 20, 0.7f, 20, 0.9f, 0.01f, 0};
  ink_error error;
  for (size_t k = 0; k < sizeof kernels / sizeof kernels[0]; k++) {
    if (ink_kernels_find(kernels[k]) == NULL) continue;
    ink_model *model = network_load_as(&n, kernels[k], NULL, 0);
    ink_session *session = check_session(model, NULL);
    ink_session_seed(session, 0xfedcba9876543210u);
    draw(model, session, 400, text);
    const float *p;
    CHECK_OK(ink_session_distribution(session, &sampling, &p, &error));
    if (k == 0) {
      memcpy(first, text, sizeof first);
      memcpy(probabilities, p, sizeof probabilities);
    }
    CHECK_TEXT(text, first);
    CHECK(memcmp(probabilities, p, sizeof probabilities) == 0);
    ink_session_free(session);
    ink_model_free(model);
  }
  network_free(&n);
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* Two sessions are in the same place: they expect and draw the same. */
static void check_same(const ink_model *model, ink_session *a, ink_session *b) {
  ink_info info;
  ink_model_info(model, &info);
  const float *left = ink_session_logits(a), *right = ink_session_logits(b);
  CHECK(memcmp(left, right, info.vocabulary * sizeof(float)) == 0);
  char text_a[200], text_b[200];
  draw(model, a, 40, text_a);
  draw(model, b, 40, text_b);
  CHECK_TEXT(text_a, text_b);
}

static void test_beginning(void) {
  ink_error error;
  network n = network_new(INK_CELL_GRU, 20, 8, 2, 0, 1, 9);
  const char *start[] = {"start", "!\n!"};
  ink_model *plain = network_load(&n), *started = network_load_as(&n, INK_KERNEL_AUTO, start, 1);
  ink_session *a = check_session(plain, NULL), *b = check_session(plain, NULL);

  feed(a, "\n"); /* what a session reads when it has read nothing */
  check_same(plain, a, b);
  ink_session_reset(a);
  ink_session_reset(b);
  ink_session_seed(a, 1);
  ink_session_seed(b, 1);
  feed(a, ""); /* nothing, still */
  feed(b, "\n");
  check_same(plain, a, b);

  ink_session *c = check_session(started, NULL), *d = check_session(started, NULL);
  ink_session_reset(a);
  ink_session_seed(a, 0);
  feed(a, "!\n!"); /* the model that has `start` reads it of itself */
  check_same(plain, a, c);
  ink_session_reset(a);
  ink_session_seed(a, 0);
  feed(a, "!\n!\"#");
  feed(d, "\"");
  CHECK_OK(ink_session_feed_token(d, 3, &error));
  check_same(plain, a, d);
  ink_session_reset(c);
  ink_session_seed(c, 0);
  CHECK_OK(ink_session_feed_token(c, 2, &error));
  feed(c, "#");
  ink_session_reset(d);
  ink_session_seed(d, 0);
  feed(d, "\"#");
  check_same(started, c, d);
  ink_session_free(a);
  ink_session_free(b);
  ink_session_free(c);
  ink_session_free(d);
  ink_session_free(NULL);
  ink_model_free(plain);
  ink_model_free(started);

  /* The line break may be any token; without one in the vocabulary it is token 0. */
  n.vocab.bytes[0] = '!';
  n.vocab.bytes[2] = '\n';
  ink_model *model = network_load(&n);
  a = check_session(model, NULL);
  b = check_session(model, NULL);
  CHECK_OK(ink_session_feed_token(a, 1, &error));
  check_same(model, a, b);
  ink_session_free(a);
  ink_session_free(b);
  ink_model_free(model);
  n.vocab.bytes[2] = 'N';
  model = network_load(&n);
  a = check_session(model, NULL);
  b = check_session(model, NULL);
  CHECK_OK(ink_session_feed_token(a, 0, &error));
  check_same(model, a, b);
  ink_session_free(a);
  ink_session_free(b);
  ink_model_free(model);
  network_free(&n);
}

static void test_unknown(void) {
  ink_error error;
  network n = network_new(INK_CELL_RNN, 10, 5, 1, 0, 1, 10);
  ink_model *model = network_load(&n);
  ink_session *a = check_session(model, NULL), *b = check_session(model, NULL);
  feed(a, "!");
  feed(b, "!");
  CHECK_FAILS(ink_session_feed(a, "\"q\xc3\xbc", 4, 0, &error), INK_ERROR_VOCABULARY, "\xc3\xbc");
  CHECK_FAILS(ink_session_feed(a, "\"\xff", 2, 1, &error), INK_ERROR_TEXT, "UTF-8 at byte 1");
  CHECK_FAILS(ink_session_feed(a, "\"\xce", 2, 0, &error), INK_ERROR_TEXT, "UTF-8 at byte 1");
  CHECK_FAILS(ink_session_feed_token(a, 10, &error), INK_ERROR_ARGUMENT, "token 10");
  CHECK_FAILS(ink_session_feed_token(a, UINT32_MAX, &error), INK_ERROR_ARGUMENT, "4294967295");
  check_same(model, a, b); /* nothing was read */
  CHECK_OK(ink_session_feed(a, "\"q\xc3\xbc#", 5, 1, &error));
  CHECK_OK(ink_session_feed(b, "\"#", 2, 0, &error));
  check_same(model, a, b);
  CHECK_OK(ink_session_feed(a, NULL, 0, 0, &error));
  check_same(model, a, b);

  ink_sampling bad;
  ink_sampling_default(&bad);
  bad.temperature = NAN;
  const float *probabilities;
  uint32_t id;
  CHECK_FAILS(ink_session_distribution(a, &bad, &probabilities, &error), INK_ERROR_ARGUMENT,
              "temperature");
  CHECK_FAILS(ink_session_sample(a, &bad, &id, &error), INK_ERROR_ARGUMENT, "temperature");
  check_same(model, a, b);
  ink_session_free(a);
  ink_session_free(b);
  ink_model_free(model);
  network_free(&n);
}

/* A prompt of a million characters reads as the same text in pieces. */
static void test_long_prompt(void) {
  enum { LENGTH = 1 << 20 };
  network n = network_new(INK_CELL_LSTM, 4, 2, 1, 0, 1, 11);
  ink_model *model = network_load(&n);
  ink_session *a = check_session(model, NULL), *b = check_session(model, NULL);
  char *text = malloc(LENGTH);
  CHECK(text != NULL);
  for (size_t i = 0; i < LENGTH; i++) text[i] = "\n!\"#"[i * i % 7 % 4];
  ink_error error;
  CHECK_OK(ink_session_feed(a, text, LENGTH, 0, &error));
  for (size_t i = 0; i < LENGTH; i += 4096)
    CHECK_OK(ink_session_feed(b, text + i, 4096, 0, &error));
  check_same(model, a, b);
  free(text);
  ink_session_free(a);
  ink_session_free(b);
  ink_model_free(model);
  network_free(&n);
}

/* Greedy, and the repetition penalty over what was read, the text fed included. */
static void test_sampling(void) {
  ink_error error;
  ink_model *model = network_load_cycle(6);
  ink_session *session = check_session(model, NULL);
  feed(session, "!");
  ink_sampling sampling;
  ink_sampling_default(&sampling);
  sampling.temperature = 0;
  uint32_t id;
  for (uint32_t i = 2; i < 20; i++) {
    CHECK_OK(ink_session_sample(session, &sampling, &id, &error));
    CHECK(id == i % 6);
  }
  const float *p;
  sampling.repetition_penalty = 100; /* the logit of 10 becomes 0.1: still the largest, */
  sampling.temperature = 1;
  CHECK_OK(ink_session_distribution(session, &sampling, &p, &error));
  CHECK_NEAR((double)p[2], exp(0.1) / (exp(0.1) + 5), 1e-4);
  sampling.repetition_window = 5; /* but token 2 is not among the last five */
  CHECK_OK(ink_session_distribution(session, &sampling, &p, &error));
  CHECK_NEAR((double)p[2], 1 / (1 + 5 * exp(-10)), 1e-4);
  ink_session_free(session);
  ink_model_free(model);
}

/* ---- Copies and states ----------------------------------------------------------------------- */

static void test_fork(void) {
  ink_error error;
  for (int cell = 0; cell < 3; cell++) {
    network n = network_new((ink_cell_kind)cell, 20, 9, 2, 3, 1, 12);
    ink_model *model = network_load(&n);
    ink_session *a = check_session(model, NULL), *b, *c;
    ink_session_seed(a, 77);
    feed(a, "!\"#!");
    CHECK_OK(ink_session_fork(a, &b, &error)); /* before the read-out */
    ink_session_logits(a);
    CHECK_OK(ink_session_fork(a, &c, &error)); /* and after it */
    char before[200];
    draw(model, b, 40, before); /* the copy's way is its own */
    check_same(model, a, c);
    ink_session_free(a);
    check_same(model, b, c);
    /* A fork of a fresh session is fresh. */
    a = check_session(model, NULL);
    ink_session_free(b);
    CHECK_OK(ink_session_fork(a, &b, &error));
    check_same(model, a, b);
    ink_session_free(a);
    ink_session_free(b);
    ink_session_free(c);
    ink_model_free(model);
    network_free(&n);
  }
}

static void test_seed(void) {
  network n = network_new(INK_CELL_GRU, 20, 9, 1, 0, 0.2f, 13);
  ink_model *model = network_load(&n);
  ink_session *a = check_session(model, NULL), *b = check_session(model, NULL);
  char zero[200], one[200], again[200];
  draw(model, a, 40, zero);
  ink_session_reset(a);
  ink_session_seed(a, 1);
  draw(model, a, 40, one);
  CHECK(strcmp(zero, one) != 0);
  ink_session_reset(a);
  draw(model, a, 40, again); /* the random numbers go on after a reset */
  CHECK(strcmp(one, again) != 0);
  ink_session_reset(a);
  ink_session_seed(a, 0);
  draw(model, a, 40, again);
  CHECK_TEXT(again, zero);
  ink_session_seed(b, UINT64_C(1) << 40);
  draw(model, b, 40, again);
  CHECK(strcmp(again, zero) != 0);
  ink_session_free(a);
  ink_session_free(b);
  ink_model_free(model);
  network_free(&n);
}

static void test_state(void) {
  ink_error error;
  for (int cell = 0; cell < 3; cell++) {
    network n = network_new((ink_cell_kind)cell, 20, 9, 2, 3, 1, 14);
    ink_model *model = network_load_as(&n, INK_KERNEL_SCALAR, NULL, 0), *other = network_load(&n);
    ink_session *a = check_session(model, NULL), *b = check_session(other, NULL);
    size_t size = ink_session_state_size(a);
    CHECK(size == ink_session_state_size(b));
    uint8_t *saved = malloc(size), *again = malloc(size);
    CHECK(saved != NULL && again != NULL);
    for (int length = 0; length <= 300; length += 100) { /* fresh, and beyond the recent tokens */
      ink_session_reset(a);
      char text[2000];
      draw(model, a, length, text);
      ink_session_save(a, saved);
      ink_session_logits(b); /* no longer those of b once it is restored */
      CHECK_OK(ink_session_restore(b, saved, size, &error));
      ink_session_save(b, again);
      CHECK(memcmp(saved, again, size) == 0);
      ink_sampling sampling = {5, 256, 0.5f, 0, 1, 0, 0}; /* the recent tokens count */
      for (int i = 0; i < 50; i++) {
        uint32_t left, right;
        CHECK_OK(ink_session_sample(a, &sampling, &left, &error));
        CHECK_OK(ink_session_sample(b, &sampling, &right, &error));
        CHECK(left == right);
      }
    }
    free(saved);
    free(again);
    ink_session_free(a);
    ink_session_free(b);
    ink_model_free(model);
    ink_model_free(other);
    network_free(&n);
  }
}

static void test_bad_state(void) {
  ink_error error;
  network n = network_new(INK_CELL_LSTM, 20, 9, 2, 3, 1, 15);
  network wider = network_new(INK_CELL_LSTM, 20, 10, 2, 3, 1, 15);
  ink_model *model = network_load(&n), *other = network_load(&wider);
  ink_session *a = check_session(model, NULL), *b = check_session(model, NULL),
              *c = check_session(other, NULL);
  feed(a, "!\"#");
  feed(b, "!\"#");
  size_t size = ink_session_state_size(a);
  uint8_t *saved = malloc(size + 1);
  CHECK(saved != NULL);
  for (size_t cut = 0; cut < size; cut++) {
    uint8_t *part = malloc(cut > 0 ? cut : 1);
    CHECK(part != NULL);
    ink_session_save(b, saved);
    memcpy(part, saved, cut);
    CHECK_FAILS(ink_session_restore(a, part, cut, &error), INK_ERROR_FORMAT, "state");
    free(part);
  }
  CHECK_FAILS(ink_session_restore(a, saved, size + 1, &error), INK_ERROR_FORMAT, "bytes");
  CHECK_FAILS(ink_session_restore(c, saved, size, &error), INK_ERROR_FORMAT, "another model");
  /* Magic, version, sizes, fresh, the number of recent tokens, one of them, the random numbers'
   * increment, an infinite h and c. */
  static const struct {
    size_t at;
    uint8_t value;
  } cases[] = {{0, 'i'}, {4, 2},  {8, 0},  {12, 3},  {16, 8},
               {20, 21}, {24, 2}, {29, 2}, {32, 20}, {32 + 1024 + 8, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    ink_session_save(b, saved);
    CHECK(saved[cases[i].at] != cases[i].value);
    saved[cases[i].at] = cases[i].value;
    CHECK_FAILS(ink_session_restore(a, saved, size, &error), INK_ERROR_FORMAT, "state");
  }
  for (size_t i = 0; i < 2; i++) {
    ink_session_save(b, saved);
    memcpy(saved + size - 4 - i * 18 * 4, "\x00\x00\x80\x7f", 4);
    CHECK_FAILS(ink_session_restore(a, saved, size, &error), INK_ERROR_FORMAT, "damaged");
  }
  check_same(model, a, b); /* nothing has changed */
  free(saved);
  ink_session_free(a);
  ink_session_free(b);
  ink_session_free(c);
  ink_model_free(model);
  ink_model_free(other);
  network_free(&n);
  network_free(&wider);
}

/* ---- Evaluation ------------------------------------------------------------------------------ */

/* Nats of ids [count] by the plain forward pass. */
static double plain_nats(const network *n, const uint32_t *ids, size_t count, size_t reset,
                         size_t *predicted) {
  plain_state state = {0};
  double nats = 0, logits[65] = {0};
  *predicted = 0;
  for (size_t i = 0; i < count; i++) {
    if (reset > 0 && i % reset == 0) {
      state = (plain_state){0};
    } else if (i > 0) {
      double sum = 0;
      for (size_t v = 0; v < n->parameters.shape.vocabulary; v++) sum += exp(logits[v]);
      nats += log(sum) - logits[ids[i]];
      (*predicted)++;
    }
    plain_step(n, &state, ids[i], logits);
  }
  return nats / (double)*predicted;
}

static void test_evaluate(void) {
  enum { COUNT = 41 };
  network n = network_new(INK_CELL_LSTM, 30, 12, 2, 4, 1, 16);
  const char *start[] = {"start", "!"}; /* not read by an evaluation */
  ink_model *model = network_load_as(&n, INK_KERNEL_AUTO, start, 1);
  uint32_t ids[COUNT];
  char text[COUNT * 4 + 1] = "";
  for (uint32_t i = 0; i < COUNT; i++) {
    ids[i] = i * i % 30;
    strcat(text, ink_model_token(model, ids[i]));
  }
  static const uint32_t resets[] = {0, 2, 3, 40, 41, 100};
  ink_error error;
  ink_evaluation e;
  for (size_t i = 0; i < sizeof resets / sizeof resets[0]; i++) {
    size_t predicted;
    double nats = plain_nats(&n, ids, COUNT, resets[i], &predicted);
    CHECK_OK(ink_evaluate(model, text, strlen(text), resets[i], &e, &error));
    CHECK_NEAR(e.nats, nats, 1e-5);
    CHECK_NEAR(e.bits, nats / log(2), 1e-5);
    CHECK_NEAR(e.perplexity, exp(nats), 1e-3);
    CHECK(e.tokens == (double)predicted);
  }
  CHECK_FAILS(ink_evaluate(model, text, strlen(text), 1, &e, &error), INK_ERROR_ARGUMENT, "reset");
  CHECK_FAILS(ink_evaluate(model, "", 0, 0, &e, &error), INK_ERROR_TEXT, "0 tokens");
  CHECK_FAILS(ink_evaluate(model, "!", 1, 0, &e, &error), INK_ERROR_TEXT, "1 token");
  CHECK_FAILS(ink_evaluate(model, "!\xff", 2, 0, &e, &error), INK_ERROR_TEXT, "byte 1");
  CHECK_FAILS(ink_evaluate(model, "!z", 2, 0, &e, &error), INK_ERROR_VOCABULARY, "z");
  /* What looks like a character that it has is that. */
  ink_evaluation straight;
  CHECK_OK(ink_evaluate(model, "!'!", 3, 0, &straight, &error));
  CHECK_OK(ink_evaluate(model, "!\u2019!", 5, 0, &e, &error));
  CHECK(e.nats == straight.nats && e.tokens == 2);
  char *reading;
  size_t bytes;
  CHECK_OK(ink_model_reading(model, "z!\u2019z", 6, &reading, &bytes, &error));
  CHECK(bytes == 2 && memcmp(reading, "!'", 2) == 0);
  ink_release(reading);
  CHECK_FAILS(ink_model_reading(model, "!\xff", 2, &reading, &bytes, &error), INK_ERROR_TEXT,
              "byte 1");
  ink_model_free(model);
  network_free(&n);
}

int main(void) {
  test_logits();
  test_same_text();
  test_beginning();
  test_unknown();
  test_long_prompt();
  test_sampling();
  test_fork();
  test_seed();
  test_state();
  test_bad_state();
  test_evaluate();
  return 0;
}
