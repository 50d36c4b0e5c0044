/*
 * N-grams: probabilities worked out by hand, and by a second implementation that counts by
 * searching the text; distributions that sum to 1 after every context; the n-gram as a model, and
 * as a trainer's baseline.
 */
#include "inkling_scores.h"
#include "scores/ngram.h"

#include <stdbool.h>

#include "base/random.h"
#include "check.h"

/* ---- By hand --------------------------------------------------------------------------------- */

static double after(const ink_ngram *ngram, const char *context, char token) {
  const ink_vocabulary *v = ngram->vocabulary;
  uint32_t ids[16];
  size_t count = strlen(context);
  for (size_t i = 0; i < count; i++) ids[i] = ink_vocabulary_find(v, (uint32_t)context[i]);
  return ink_counts_probability(ngram->counts, ids, count, ink_vocabulary_find(v, (uint32_t)token));
}

static void test_by_hand(void) {
  ink_error error;
  ink_ngram *ngram;
  /* Occurrences 1, 2, 3 and 4, so that n1 = n2 = n3 = n4 = 1: Y = 1/3, D(1) = 1/3, D(2) = 1,
   * D(3 or more) = 5/3, M = 14/3, and a quarter of M goes to each. */
  CHECK_OK(ink_ngram_new("abbcccdddd", 10, NULL, 0, 1, &ngram, &error));
  CHECK_NEAR(after(ngram, "", 'a'), 11.0 / 60, 1e-15);
  CHECK_NEAR(after(ngram, "ab", 'b'), 13.0 / 60, 1e-15);
  CHECK_NEAR(after(ngram, "", 'c'), 15.0 / 60, 1e-15);
  CHECK_NEAR(after(ngram, "", 'd'), 21.0 / 60, 1e-15);
  CHECK(ink_counts_size(ngram->counts) == 4);
  ink_ngram_free(ngram);

  /* a after the start and after a, b after a: no discount can be estimated, so they are 1/2, 1,
   * 3/2. Of no context c(a) = 2, c(b) = 1: p(a) = (2 - 1 + 3/2 1/3) / 3, p(b) = (1 - 1/2 + 1/2) /
   * 3, p(c) = 1/2 / 3. After a, c(a) = c(b) = 1 and M = 1; after b there was nothing. */
  CHECK_OK(ink_ngram_new("aab", 3, "a\0b\0c", 6, 2, &ngram, &error));
  CHECK_NEAR(after(ngram, "", 'a'), 1.0 / 2, 1e-15);
  CHECK_NEAR(after(ngram, "", 'b'), 1.0 / 3, 1e-15);
  CHECK_NEAR(after(ngram, "", 'c'), 1.0 / 6, 1e-15);
  CHECK_NEAR(after(ngram, "a", 'a'), 1.0 / 2, 1e-15);
  CHECK_NEAR(after(ngram, "ca", 'b'), 5.0 / 12, 1e-15);
  CHECK_NEAR(after(ngram, "a", 'c'), 1.0 / 12, 1e-15);
  CHECK_NEAR(after(ngram, "b", 'a'), 1.0 / 2, 1e-15);

  ink_evaluation e;
  CHECK_OK(ink_ngram_evaluate(ngram, "caba", 4, 0, &e, &error));
  CHECK_NEAR(e.nats, -(log(1.0 / 2) + log(5.0 / 12) + log(1.0 / 2)) / 3, 1e-15);
  CHECK_NEAR(e.bits, e.nats / log(2.0), 1e-15);
  CHECK_NEAR(e.perplexity, exp(e.nats), 1e-14);
  CHECK(e.tokens == 3);
  /* Begun anew every two tokens, b is not predicted. */
  CHECK_OK(ink_ngram_evaluate(ngram, "caba", 4, 2, &e, &error));
  CHECK_NEAR(e.nats, log(2.0), 1e-15);
  CHECK(e.tokens == 2);
  ink_ngram_free(ngram);
}

/* ---- Against a search of the text ------------------------------------------------------------ */

enum { VOCABULARY = 4, LENGTH = 160 };

typedef struct plain {
  /* the start, VOCABULARY, as often as there are orders */
  uint32_t text[INK_NGRAM_ORDER_MAX + LENGTH];
  uint32_t order;
} plain;

/* How often the n-gram [n] occurs, as the last token of it is one of the text's, or, of lower
 * orders, how many different tokens precede it. */
static uint32_t plain_count(const plain *p, const uint32_t *ngram, size_t n) {
  uint32_t occurrences = 0, preceding = 0;
  bool seen[VOCABULARY + 1] = {false};
  for (size_t last = INK_NGRAM_ORDER_MAX; last < INK_NGRAM_ORDER_MAX + LENGTH; last++) {
    const uint32_t *first = p->text + last + 1 - n;
    if (memcmp(first, ngram, n * sizeof *ngram) != 0) continue;
    occurrences++;
    if (n == p->order || seen[first[-1]]) continue;
    seen[first[-1]] = true;
    preceding++;
  }
  return n == p->order ? occurrences : preceding;
}

static void plain_discounts(const plain *p, size_t n, double discount[4]) {
  double counts[5] = {0};
  for (size_t i = INK_NGRAM_ORDER_MAX; i < INK_NGRAM_ORDER_MAX + LENGTH; i++) {
    const uint32_t *ngram = p->text + i + 1 - n;
    bool first = true;
    for (size_t j = INK_NGRAM_ORDER_MAX; j < i; j++) {
      first = first && memcmp(p->text + j + 1 - n, ngram, n * sizeof *ngram) != 0;
    }
    uint32_t count = first ? plain_count(p, ngram, n) : 0;
    if (count >= 1 && count <= 4) counts[count]++;
  }
  double y = counts[1] / (counts[1] + 2 * counts[2]);
  discount[0] = 0;
  discount[1] = 1 - 2 * y * counts[2] / counts[1];
  discount[2] = 2 - 3 * y * counts[3] / counts[2];
  discount[3] = 3 - 4 * y * counts[4] / counts[3];
  bool sound = counts[4] > 0;
  for (int k = 1; k <= 3; k++) sound = sound && counts[k] > 0 && discount[k] > 0;
  for (int k = 1; k <= 3 && !sound; k++) discount[k] = k / 2.0;
}

/* p(last token | those before it) of an n-gram [n]. discounts[n] are those of order n. */
static double plain_probability(const plain *p, const double discounts[][4], const uint32_t *ngram,
                                size_t n) {
  if (n == 0) return 1.0 / VOCABULARY;
  double lower = plain_probability(p, discounts, ngram + 1, n - 1);
  uint32_t other[INK_NGRAM_ORDER_MAX];
  memcpy(other, ngram, n * sizeof *ngram);
  double total = 0, mass = 0, own = 0;
  for (uint32_t v = 0; v < VOCABULARY; v++) {
    other[n - 1] = v;
    uint32_t count = plain_count(p, other, n);
    double discount = discounts[n][count < 3 ? count : 3];
    total += count;
    mass += discount;
    if (v == ngram[n - 1]) own = count - discount;
  }
  return total > 0 ? (own + mass * lower) / total : lower;
}

static void test_against_search(void) {
  ink_random random;
  ink_random_seed(&random, 5, 1);
  for (uint32_t order = 1; order <= INK_NGRAM_ORDER_MAX; order++) {
    plain p = {.order = order};
    for (size_t i = 0; i < INK_NGRAM_ORDER_MAX; i++) p.text[i] = VOCABULARY;
    uint32_t *text = p.text + INK_NGRAM_ORDER_MAX;
    /* Three tokens in a few habits; the fourth never occurs. */
    for (size_t i = 0; i < LENGTH; i++) {
      bool habit = i >= 2 && ink_random_below(&random, 4) > 0;
      text[i] = habit ? (text[i - 1] + text[i - 2]) % 3 : ink_random_below(&random, 3);
    }
    double discounts[INK_NGRAM_ORDER_MAX + 1][4];
    for (size_t n = 1; n <= order; n++) plain_discounts(&p, n, discounts[n]);
    ink_error error;
    ink_counts *counts;
    const ink_tokens all = {text, LENGTH, sizeof *text};
    CHECK_OK(ink_counts_from_tokens(&all, 0, LENGTH, VOCABULARY, order, &counts, &error));
    for (int i = 0; i < 300; i++) {
      uint32_t at = ink_random_below(&random, LENGTH - order), tokens[INK_NGRAM_ORDER_MAX];
      memcpy(tokens, text + at, order * sizeof *tokens);
      if (i % 3 > 0)
        tokens[ink_random_below(&random, order)] = ink_random_below(&random, VOCABULARY);
      double wanted = plain_probability(&p, (const double(*)[4])discounts, tokens, order);
      CHECK_NEAR(ink_counts_probability(counts, tokens, order - 1, tokens[order - 1]), wanted,
                 1e-12);
    }
    ink_counts_free(counts);
  }
}

/* ---- Sums ------------------------------------------------------------------------------------ */

/* After every context of up to `length` tokens. */
static void check_sums(const ink_ngram *ngram, uint32_t *context, size_t count, size_t length) {
  size_t vocabulary = ink_counts_vocabulary(ngram->counts);
  double sum = 0;
  for (uint32_t v = 0; v < vocabulary; v++) {
    double p = ink_counts_probability(ngram->counts, context, count, v);
    CHECK(p > 0 && p <= 1);
    sum += p;
  }
  CHECK_NEAR(sum, 1, 1e-12);
  for (uint32_t v = 0; v < vocabulary && count < length; v++) {
    context[count] = v;
    check_sums(ngram, context, count + 1, length);
  }
}

static void test_sums(void) {
  static const struct {
    const char *text, *vocabulary;
    size_t vocabulary_size, length;
  } cases[] = {
      {"a", NULL, 0, 8},
      {"aaaaaaaaaaaaaaaaaaaaaaaa", NULL, 0, 8},
      {"aaaaaaaaaaaaaaaaaaaaaaaa", "a\0b", 4, 7},
      {"abcabcabcabd", NULL, 0, 4},
      {"she sells sea shells by the sea shore\n", NULL, 0, 2},
      {"x", "x\0y\0z", 6, 3},
  };
  ink_error error;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    for (uint32_t order = 1; order <= INK_NGRAM_ORDER_MAX; order++) {
      ink_ngram *ngram;
      uint32_t context[INK_NGRAM_ORDER_MAX];
      CHECK_OK(ink_ngram_new(cases[i].text, strlen(cases[i].text), cases[i].vocabulary,
                             cases[i].vocabulary_size, order, &ngram, &error));
      check_sums(ngram, context, 0, cases[i].length);
      ink_ngram_free(ngram);
    }
  }
}

static void test_errors(void) {
  ink_error error;
  ink_ngram *ngram;
  ink_evaluation e;
  CHECK_FAILS(ink_ngram_new("ab", 2, NULL, 0, 0, &ngram, &error), INK_ERROR_ARGUMENT, "1 to 8");
  CHECK_FAILS(ink_ngram_new("ab", 2, NULL, 0, 9, &ngram, &error), INK_ERROR_ARGUMENT, "1 to 8");
  CHECK(ngram == NULL);
  CHECK_FAILS(ink_ngram_new("", 0, NULL, 0, 2, &ngram, &error), INK_ERROR_TEXT, "empty");
  CHECK_FAILS(ink_ngram_new("", 0, "a", 2, 2, &ngram, &error), INK_ERROR_TEXT, "no text");
  CHECK_FAILS(ink_ngram_new("a\xff", 2, NULL, 0, 2, &ngram, &error), INK_ERROR_TEXT, "UTF-8");
  CHECK_FAILS(ink_ngram_new("ab", 2, "a", 2, 2, &ngram, &error), INK_ERROR_VOCABULARY,
              "b (U+0062)");
  CHECK_OK(ink_ngram_new("ab", 2, NULL, 0, 2, &ngram, &error));
  CHECK_FAILS(ink_ngram_evaluate(ngram, "abz", 3, 0, &e, &error), INK_ERROR_VOCABULARY, "z");
  CHECK_FAILS(ink_ngram_evaluate(ngram, "a", 1, 0, &e, &error), INK_ERROR_TEXT, "2 or more");
  CHECK_FAILS(ink_ngram_evaluate(ngram, "ab", 2, 1, &e, &error), INK_ERROR_ARGUMENT, "predict");
  ink_ngram_free(ngram);
  ink_ngram_free(NULL);
}

/* ---- As a model ------------------------------------------------------------------------------ */

static const char twister[] =
    "Peter Piper picked a peck of pickled pepper.\nA peck of pickled pepper Peter Piper picked.\n"
    "If Peter Piper picked a peck of pickled pepper,\nwhere is the na\xc3\xafve peck Peter Piper "
    "picked?\n";

/* 100 tokens with the sampler's options and a stop that never comes. */
static void write_on(ink_session *session, char *written) {
  const ink_sampling sampling = {1.2f, 8, 0.9f, 10, 0.95f, 0.01f, 0};
  ink_generation *generation;
  ink_error error;
  CHECK_OK(ink_generation_new(session, &sampling, 100, "zz", 3, &generation, &error));
  *written = '\0';
  while (!ink_generation_done(generation)) {
    const char *piece;
    size_t bytes;
    CHECK_OK(ink_generation_next(generation, 9, &piece, &bytes, &error));
    strncat(written, piece, bytes);
  }
  ink_generation_free(generation);
}

static void test_model(void) {
  ink_error error;
  ink_ngram *ngram;
  ink_model *model;
  ink_session *session, *fork;
  CHECK_OK(ink_ngram_new(twister, strlen(twister), NULL, 0, 5, &ngram, &error));
  CHECK_OK(ink_ngram_model(ngram, &model, &error));
  ink_info info;
  ink_model_info(model, &info);
  CHECK_TEXT(info.cell, "ngram");
  CHECK(info.layers == 0 && info.vocabulary == ink_counts_vocabulary(ngram->counts));
  CHECK(info.parameters == ink_counts_size(ngram->counts));
  CHECK(strstr(ink_model_info_json(model), "\"cell\":\"ngram\"") != NULL);
  CHECK(ink_model_metadata(model, "name") == NULL);

  /* Its distribution is the n-gram's. */
  CHECK_OK(ink_session_new(model, &session, &error));
  CHECK_OK(ink_session_feed(session, "a peck of pi", 12, 0, &error));
  const float *p;
  CHECK_OK(ink_session_distribution(session, NULL, &p, &error));
  for (uint32_t v = 0; v < info.vocabulary; v++) {
    char token = *ink_model_token(model, v);
    if (token > 0) CHECK_NEAR((double)p[v], after(ngram, "f pi", token), 1e-6);
  }

  /* A session like any other: seeds, forks, saved states. */
  char first[500], second[500];
  uint8_t *state = check_saved(session);
  CHECK_OK(ink_session_fork(session, &fork, &error));
  write_on(session, first);
  write_on(fork, second);
  CHECK_TEXT(first, second);
  CHECK_OK(ink_session_restore(session, state, ink_session_state_size(session), &error));
  write_on(session, second);
  CHECK_TEXT(first, second);
  ink_session_seed(session, 9);
  write_on(session, second);
  CHECK(strcmp(first, second) != 0);
  /* Nothing read, it begins after a line break. */
  ink_session_reset(session);
  CHECK_OK(ink_session_distribution(session, NULL, &p, &error));
  CHECK_NEAR((double)p[ink_vocabulary_find(ngram->vocabulary, 'A')], after(ngram, "\n", 'A'), 1e-6);
  free(state);
  ink_session_free(fork);
  ink_session_free(session);

  /* Scored as a model, by the softmax of its logits, it is as good. */
  ink_evaluation by_logits, by_counts;
  CHECK_OK(ink_evaluate(model, twister, strlen(twister), 7, &by_logits, &error));
  CHECK_OK(ink_ngram_evaluate(ngram, twister, strlen(twister), 7, &by_counts, &error));
  CHECK_NEAR(by_logits.nats, by_counts.nats, 1e-6);
  CHECK(by_logits.tokens == by_counts.tokens);
  ink_model_free(model);
  ink_ngram_free(ngram);
}

/* ---- As a baseline --------------------------------------------------------------------------- */

static void test_baseline(void) {
  ink_error error;
  ink_train_options options;
  ink_train_options_default(&options);
  options.hidden = 4;
  options.batch = 1;
  options.nchars = 10;
  options.threads = 1;
  options.validation = 0.3f;
  ink_trainer *trainer;
  CHECK_OK(ink_trainer_new(&options, &(ink_material){.text = twister, .bytes = strlen(twister)},
                           &trainer, &error));
  char *held_out, *trained_on;
  size_t held_out_bytes, trained_on_bytes;
  CHECK_OK(ink_held_out(&options, twister, strlen(twister), &held_out, &held_out_bytes, &error));
  CHECK_OK(
      ink_trained_on(&options, twister, strlen(twister), &trained_on, &trained_on_bytes, &error));
  CHECK(trained_on_bytes + held_out_bytes == strlen(twister));
  CHECK(memcmp(trained_on, twister, trained_on_bytes) == 0);
  CHECK(memcmp(held_out, twister + trained_on_bytes, held_out_bytes) == 0);

  ink_vocabulary *vocabulary;
  CHECK_OK(ink_vocabulary_from_text(twister, strlen(twister), &vocabulary, &error));
  size_t tokens_size;
  const char *tokens = ink_vocabulary_tokens(vocabulary, &tokens_size);
  uint32_t best_order = 0;
  ink_evaluation e, best = {.nats = INFINITY};
  for (uint32_t order = 1; order <= INK_NGRAM_ORDER_MAX; order++) {
    ink_ngram *ngram;
    ink_evaluation by_text;
    CHECK_OK(
        ink_ngram_new(trained_on, trained_on_bytes, tokens, tokens_size, order, &ngram, &error));
    CHECK_OK(ink_ngram_evaluate(ngram, held_out, held_out_bytes, 0, &by_text, &error));
    uint32_t asked = order;
    CHECK_OK(ink_trainer_ngram(trainer, &asked, &e, &error));
    CHECK(asked == order && e.nats == by_text.nats && e.tokens == by_text.tokens);
    if (e.nats < best.nats) {
      best = e;
      best_order = order;
    }
    ink_ngram_free(ngram);
  }
  uint32_t order = 0;
  CHECK_OK(ink_trainer_ngram(trainer, &order, &e, &error));
  CHECK(order == best_order && e.nats == best.nats && order > 1);
  order = 9;
  CHECK_FAILS(ink_trainer_ngram(trainer, &order, &e, &error), INK_ERROR_ARGUMENT, "1 to 8");
  ink_trainer_free(trainer);

  options.validation = 0;
  order = 0;
  CHECK_OK(ink_trainer_new(&options, &(ink_material){.text = twister, .bytes = strlen(twister)},
                           &trainer, &error));
  CHECK_FAILS(ink_trainer_ngram(trainer, &order, &e, &error), INK_ERROR_TEXT, "2 or more");
  ink_trainer_free(trainer);
  ink_vocabulary_free(vocabulary);
  ink_release(held_out);
  ink_release(trained_on);
}

int main(void) {
  test_by_hand();
  test_against_search();
  test_sums();
  test_errors();
  test_model();
  test_baseline();
  return 0;
}
