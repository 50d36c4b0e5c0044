/*
 * Beam search against two others: of all texts there are, where the beam is wide enough to hold
 * them, and a plain beam search that forks a session for every hypothesis. Then its ends, its
 * order, and what it must leave alone.
 */
#include <stdbool.h>

#include "check.h"
#include "network.h"

enum { MOST = 32 }; /* tokens of a text */

static const char *const end_line[] = {"end", "\n"};

/* What a search found. */
typedef struct results {
  ink_hypothesis *best;
  size_t count;
} results;

static results search(const ink_session *session, uint32_t width, uint32_t length, float penalty,
                      const char *stops, size_t stops_size) {
  ink_beam_options options = {width, length, penalty};
  results r;
  ink_error error;
  CHECK_OK(ink_beam_search(session, &options, stops, stops_size, &r.best, &r.count, &error));
  CHECK(r.count >= 1 && r.count <= width);
  return r;
}

static double log_probability(ink_session *session, uint32_t vocabulary, uint32_t token) {
  const float *logits = ink_session_logits(session);
  double sum = 0;
  for (uint32_t v = 0; v < vocabulary; v++) sum += exp((double)(logits[v] - logits[token]));
  return -log(sum);
}

/* ---- The other searches ---------------------------------------------------------------------- */

typedef struct sequence {
  uint32_t tokens[MOST], count;
  double log_probability, score;
  ink_session *session; /* after them; of the plain beam search */
} sequence;

typedef struct sequences {
  sequence *list;
  size_t count, capacity;
} sequences;

static void add(sequences *all, const sequence *s) {
  if (all->count == all->capacity) {
    all->capacity = all->capacity * 2 + 8;
    all->list = realloc(all->list, all->capacity * sizeof *all->list);
    CHECK(all->list != NULL);
  }
  all->list[all->count++] = *s;
}

static double score(const sequence *s, double penalty) {
  return s->log_probability / pow((5.0 + s->count) / 6, penalty);
}

static int by_log_probability(const void *a, const void *b) {
  double x = ((const sequence *)a)->log_probability, y = ((const sequence *)b)->log_probability;
  return (x < y) - (x > y);
}

static int by_score(const void *a, const void *b) {
  double x = ((const sequence *)a)->score, y = ((const sequence *)b)->score;
  return (x < y) - (x > y);
}

static sequence with_token(const sequence *s, uint32_t token, double p) {
  sequence longer = *s;
  longer.tokens[longer.count++] = token;
  longer.log_probability += p;
  return longer;
}

/* Every text, of `length` tokens or ended by `end` before. */
static void enumerate(const ink_session *session, uint32_t vocabulary, uint32_t end,
                      uint32_t length, const sequence *s, sequences *all) {
  ink_error error;
  for (uint32_t token = 0; token < vocabulary; token++) {
    ink_session *fork;
    CHECK_OK(ink_session_fork(session, &fork, &error));
    sequence longer = with_token(s, token, log_probability(fork, vocabulary, token));
    if (token == end || longer.count == length) {
      add(all, &longer);
    } else {
      CHECK_OK(ink_session_feed_token(fork, token, &error));
      enumerate(fork, vocabulary, end, length, &longer, all);
    }
    ink_session_free(fork);
  }
}

static void search_plainly(const ink_session *session, uint32_t vocabulary, uint32_t end,
                           size_t width, uint32_t length, sequences *ended) {
  ink_error error;
  sequences beam = {0};
  sequence empty = {0};
  CHECK_OK(ink_session_fork(session, &empty.session, &error));
  add(&beam, &empty);
  while (beam.count > 0) {
    sequences longer = {0}, next = {0};
    for (size_t i = 0; i < beam.count; i++) {
      for (uint32_t token = 0; token < vocabulary; token++) {
        double p = log_probability(beam.list[i].session, vocabulary, token);
        sequence s = with_token(&beam.list[i], token, p);
        add(&longer, &s);
      }
    }
    qsort(longer.list, longer.count, sizeof *longer.list, by_log_probability);
    size_t room = width - ended->count;
    for (size_t i = 0; i < longer.count && i < room; i++) {
      sequence s = longer.list[i];
      uint32_t token = s.tokens[s.count - 1];
      if (token == end || s.count == length) {
        add(ended, &s);
        continue;
      }
      CHECK_OK(ink_session_fork(s.session, &s.session, &error));
      CHECK_OK(ink_session_feed_token(s.session, token, &error));
      add(&next, &s);
    }
    for (size_t i = 0; i < beam.count; i++) ink_session_free(beam.list[i].session);
    free(beam.list);
    free(longer.list);
    beam = next;
  }
  free(beam.list);
}

/* The first `count` of the results are the best of `all`. */
static void check_best(const results *r, const ink_model *model, sequences *all, float penalty,
                       uint32_t end, size_t count) {
  for (size_t i = 0; i < all->count; i++) {
    all->list[i].score = score(&all->list[i], (double)penalty);
  }
  qsort(all->list, all->count, sizeof *all->list, by_score);
  CHECK(r->count >= count && all->count >= count);
  for (size_t i = 0; i < count; i++) {
    const sequence *s = &all->list[i];
    const ink_hypothesis *h = &r->best[i];
    CHECK(h->count == s->count);
    CHECK(memcmp(h->tokens, s->tokens, s->count * sizeof *s->tokens) == 0);
    CHECK_NEAR(h->log_probability, s->log_probability, 1e-5);
    CHECK_NEAR(h->score, s->score, 1e-5);
    size_t at = 0;
    for (uint32_t n = 0; n < s->count && s->tokens[n] != end; n++) {
      const char *token = ink_model_token(model, s->tokens[n]);
      CHECK(at + strlen(token) <= h->bytes && memcmp(h->text + at, token, strlen(token)) == 0);
      at += strlen(token);
    }
    CHECK(at == h->bytes);
  }
}

static const float penalties[] = {0, 0.6f, 1, 3.5f};

/* Of 4 tokens and 3 steps a beam of 16 holds every text of two. */
static void test_exhaustive(ink_cell_kind cell, bool ends) {
  network n = network_new(cell, 4, 7, 2, 0, 1.5f, 11 + (uint64_t)cell);
  ink_model *model = network_load_as(&n, INK_KERNEL_AUTO, end_line, ends ? 1 : 0);
  ink_session *session = check_session(model, "!#\"!");
  uint32_t end = ends ? 0 : UINT32_MAX;
  for (uint32_t length = 1; length <= 3; length++) {
    sequences all = {0};
    sequence empty = {0};
    enumerate(session, 4, end, length, &empty, &all);
    for (size_t p = 0; p < sizeof penalties / sizeof penalties[0]; p++) {
      results r = search(session, 16, length, penalties[p], NULL, 0);
      /* Four of two tokens or fewer end of themselves, however unlikely they are: then there is
       * room for the best 12 of three tokens. */
      size_t most = ends && length == 3 ? 12 : 16;
      check_best(&r, model, &all, penalties[p], end, all.count < most ? all.count : most);
      CHECK(r.count == (all.count < 16 ? all.count : 16));
      ink_release(r.best);
    }
    free(all.list);
  }
  ink_session_free(session);
  ink_model_free(model);
  network_free(&n);
}

/* More tokens and steps than can be enumerated, and hypotheses that come and go. */
static void test_plain(ink_cell_kind cell, bool ends) {
  network n = network_new(cell, 23, 19, 2, 5, 0.9f, 3);
  ink_model *model = network_load_as(&n, INK_KERNEL_AUTO, end_line, ends ? 1 : 0);
  ink_session *session = check_session(model, "!#\"!");
  uint32_t end = ends ? 0 : UINT32_MAX;
  for (uint32_t width = 1; width <= 16; width += 3) {
    sequences all = {0};
    search_plainly(session, 23, end, width, MOST, &all);
    results r = search(session, width, MOST, 0.6f, NULL, 0);
    CHECK(r.count == all.count);
    check_best(&r, model, &all, 0.6f, end, r.count);
    ink_release(r.best);
    free(all.list);
  }
  ink_session_free(session);
  ink_model_free(model);
  network_free(&n);
}

/* ---- What holds of every result -------------------------------------------------------------- */

/* The bytes of a text before the first of the stops that completes in it; of those that complete
 * together the longest counts. */
static size_t stopped_at(const ink_buffer *text, const char *stops, size_t stops_size) {
  for (size_t end = 1; end <= text->size; end++) {
    size_t longest = 0;
    for (size_t at = 0; at < stops_size; at += strlen(stops + at) + 1) {
      size_t length = strlen(stops + at);
      bool here = length <= end && memcmp(text->bytes + end - length, stops + at, length) == 0;
      if (here && length > longest) longest = length;
    }
    if (longest > 0) return end - longest;
  }
  return text->size;
}

static void check_results(const results *r, const ink_session *session, const ink_model *model,
                          uint32_t length, float penalty, const char *stops, size_t stops_size) {
  ink_error error;
  ink_info info;
  ink_model_info(model, &info);
  const char *end = ink_model_metadata(model, "end");
  for (size_t i = 0; i < r->count; i++) {
    const ink_hypothesis *h = &r->best[i];
    ink_session *replay;
    CHECK_OK(ink_session_fork(session, &replay, &error));
    ink_buffer all = {0};
    double sum = 0;
    bool ended = false;
    for (size_t n = 0; n < h->count; n++) {
      CHECK(!ended);
      CHECK_NEAR(h->log_probabilities[n], log_probability(replay, info.vocabulary, h->tokens[n]),
                 1e-5);
      sum += h->log_probabilities[n];
      const char *token = ink_model_token(model, h->tokens[n]);
      ended = end != NULL && strcmp(token, end) == 0;
      if (!ended) {
        size_t before = all.size;
        ink_buffer_append(&all, token, strlen(token));
        ended = stopped_at(&all, stops, stops_size) < all.size && all.size > before;
      }
      CHECK_OK(ink_session_feed_token(replay, h->tokens[n], &error));
    }
    CHECK(ended || h->count == length);
    CHECK(h->log_probability == sum);
    CHECK_NEAR(h->score, sum / pow((5.0 + (double)h->count) / 6, (double)penalty), 1e-9);
    size_t bytes = all.size == 0 ? 0 : stopped_at(&all, stops, stops_size);
    CHECK(h->bytes == bytes && (bytes == 0 || memcmp(h->text, all.bytes, bytes) == 0));
    if (i > 0) CHECK(h->score <= r->best[i - 1].score);
    for (size_t j = 0; j < i; j++) {
      CHECK(h->count != r->best[j].count ||
            memcmp(h->tokens, r->best[j].tokens, h->count * sizeof *h->tokens) != 0);
    }
    ink_buffer_free(&all);
    ink_session_free(replay);
  }
}

/* With stops of one token and several, that overlap, and with `end`; a session that is fresh, has
 * read, and has its logits made. It stays as it was. */
static void test_results(void) {
  static const struct {
    const char *text;
    size_t size;
  } stops[] = {{NULL, 0}, {"!", 2}, {"\"#\0#\"!", 7}, {"\xce\xb5", 3}, {"!\xce\xb5\0\xce\xb5", 7}};
  for (int i = 0; i < 12; i++) {
    network n = network_new((ink_cell_kind)(i % 3), 9, 11, 1, 0, 1.2f, 20 + (uint64_t)i);
    const char *metadata[] = {"start", "#\n", "end", i < 6 ? "\n" : "#"};
    ink_model *model = network_load_as(&n, INK_KERNEL_AUTO, metadata, i % 2 == 0 ? 2 : 1);
    ink_session *session = check_session(model, i % 4 == 3 ? "" : "!\"!");
    if (i % 4 == 2) ink_session_logits(session);
    for (size_t j = 0; j < sizeof stops / sizeof stops[0]; j++) {
      for (size_t p = 0; p < sizeof penalties / sizeof penalties[0]; p++) {
        uint8_t *before = check_saved(session);
        uint32_t width = (uint32_t)(1 + ((size_t)i + j) % 16), length = (uint32_t)(p * 9);
        results r = search(session, width, length, penalties[p], stops[j].text, stops[j].size);
        check_results(&r, session, model, length, penalties[p], stops[j].text, stops[j].size);
        uint8_t *after = check_saved(session);
        CHECK(memcmp(before, after, ink_session_state_size(session)) == 0);
        free(before);
        free(after);
        ink_release(r.best);
      }
    }
    ink_session_free(session);
    ink_model_free(model);
    network_free(&n);
  }
}

/* Tokens of words: the spaces between them are not tokens, and <unk> is never written. */
static const char words[] = "\n\0“\0Well\0!\0”\0said\0--\0Alice’s\0cat\0<unk>\0,";

/* A beam of one is greedy, with all that ends a text. */
static void check_greedy(network *n, bool of_words, uint64_t seed) {
  static const ink_sampling greedy = {1, 0, 0, 0, 1, 0, 0};
  static const char characters_stop[] = "\"!", words_stop[] = "cat W\0d A\0! s";
  const char *metadata[] = {"end", seed % 4 < 2 ? "\n" : "!", "level", "word"};
  const char *stops = of_words ? words_stop : characters_stop;
  size_t stops_size = of_words ? sizeof words_stop : sizeof characters_stop;
  if (seed % 2 == 0) stops_size = 0;
  ink_error error;
  ink_model *model = network_load_as(n, INK_KERNEL_AUTO, metadata, of_words ? 2 : 1);
  ink_session *session = check_session(model, of_words ? "Well said" : "!\"");
  results r = search(session, 1, 60, 1, stops, stops_size);
  ink_generation *generation;
  CHECK_OK(ink_generation_new(session, &greedy, 60, stops, stops_size, &generation, &error));
  const char *text;
  size_t bytes;
  CHECK_OK(ink_generation_next(generation, 60, &text, &bytes, &error));
  CHECK(r.best[0].bytes == bytes && memcmp(r.best[0].text, text, bytes) == 0);
  ink_generation_free(generation);
  ink_release(r.best);
  ink_session_free(session);
  ink_model_free(model);
}

static void test_greedy(void) {
  for (uint64_t seed = 0; seed < 60; seed++) {
    network n = network_new(INK_CELL_GRU, 11, 10, 2, 0, 0.9f, seed);
    check_greedy(&n, false, seed);
    network_rename(&n, words, sizeof words);
    check_greedy(&n, true, seed);
    network_free(&n);
  }
}

/* With the session of a translator, which attends to a source that all hypotheses share. */
static void test_source(void) {
  static const char text[] =
      "one two\tun deux\ntwo\tdeux\nthree one\ttrois un\none\tun\nfour\tquatre\n"
      "two two\tdeux deux\nthree\ttrois\nfour one\tquatre un\none one\tun un\n";
  ink_train_options options;
  ink_train_options_default(&options);
  options.task = INK_TASK_TRANSLATOR;
  options.hidden = options.embed = 16;
  options.validation = 0;
  options.batch = 4;
  options.steps = 60;
  options.learning_rate = 0.02f;
  options.threads = 1;
  ink_error error;
  ink_trainer *trainer;
  CHECK_OK(ink_trainer_new(&options, &(ink_material){.text = text, .bytes = strlen(text)}, &trainer,
                           &error));
  while (!ink_trainer_done(trainer)) CHECK_OK(ink_trainer_step(trainer, NULL, &error));
  uint8_t *bytes;
  size_t size;
  CHECK_OK(ink_trainer_model(trainer, 0, NULL, 0, &bytes, &size, &error));
  ink_trainer_free(trainer);
  ink_model *model;
  CHECK_OK(ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, &model, &error));
  ink_release(bytes);
  ink_info info;
  ink_model_info(model, &info);
  uint32_t end = 0;
  while (strcmp(ink_model_token(model, end), ink_model_metadata(model, "end")) != 0) end++;
  ink_session *session;
  CHECK_OK(ink_session_new(model, &session, &error));
  for (int i = 0; i < 2; i++) {
    ink_source *source;
    CHECK_OK(
        ink_source_text(model, i == 0 ? "two one" : "four", i == 0 ? 7 : 4, 0, &source, &error));
    CHECK_OK(ink_session_start(session, source, &error));
    uint8_t *before = check_saved(session);
    sequences all = {0};
    search_plainly(session, info.vocabulary, end, 5, 20, &all);
    results r = search(session, 5, 20, 0.6f, NULL, 0);
    CHECK(r.count == all.count);
    check_best(&r, model, &all, 0.6f, end, r.count);
    uint8_t *after = check_saved(session);
    CHECK(memcmp(before, after, ink_session_state_size(session)) == 0);
    free(before);
    free(after);
    free(all.list);
    ink_release(r.best);
    ink_source_free(source);
  }
  ink_session_free(session);
  ink_model_free(model);
}

/* A classifier has nothing to search for. */
static void test_classifier(void) {
  static const char text[] = "a\tone\nb\ttwo\na\tonce\nb\ttwice\na\tone\nb\ttwo\n";
  ink_train_options options;
  ink_train_options_default(&options);
  options.task = INK_TASK_CLASSIFIER;
  options.hidden = options.embed = 4;
  options.validation = 0;
  options.batch = options.threads = options.steps = 1;
  ink_error error;
  ink_trainer *trainer;
  CHECK_OK(ink_trainer_new(&options, &(ink_material){.text = text, .bytes = strlen(text)}, &trainer,
                           &error));
  uint8_t *bytes;
  size_t size;
  CHECK_OK(ink_trainer_model(trainer, 0, NULL, 0, &bytes, &size, &error));
  ink_trainer_free(trainer);
  ink_model *model;
  CHECK_OK(ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, &model, &error));
  ink_release(bytes);
  ink_session *session = check_session(model, "one");
  ink_beam_options beam = {4, 5, 0};
  results r;
  CHECK_FAILS(ink_beam_search(session, &beam, NULL, 0, &r.best, &r.count, &error),
              INK_ERROR_ARGUMENT, "classifier");
  ink_session_free(session);
  ink_model_free(model);
}

/* What is found does not depend on the length penalty, only its order: the greater, the longer the
 * best. */
static void test_length_penalty(void) {
  network n = network_new(INK_CELL_LSTM, 6, 10, 1, 0, 1, 5);
  ink_model *model = network_load_as(&n, INK_KERNEL_AUTO, end_line, 1);
  ink_session *session = check_session(model, "!\"");
  size_t shortest = 0, longest = 0;
  for (int alpha = 0; alpha <= 10; alpha++) {
    results r = search(session, 12, 20, (float)alpha, NULL, 0);
    CHECK(r.best[0].count >= longest);
    longest = r.best[0].count;
    if (alpha == 0) shortest = longest;
    ink_release(r.best);
  }
  CHECK(shortest < longest && longest == 20);
  ink_session_free(session);
  ink_model_free(model);
  network_free(&n);
}

/* Every build of the kernels finds the same, to the last bit. */
static void test_builds(void) {
  network n = network_new(INK_CELL_LSTM, 37, 21, 2, 6, 0.7f, 9);
  ink_buffer golden = {0};
  for (int kernel = INK_KERNEL_SCALAR; kernel <= INK_KERNEL_AVX512; kernel++) {
    ink_buffer file = network_file(&n, end_line, 1), found = {0};
    ink_model *model;
    ink_status status = ink_model_load((const uint8_t *)file.bytes, file.size, NULL, 0,
                                       (ink_kernel)kernel, &model, NULL);
    ink_buffer_free(&file);
    if (status != INK_OK) {
      CHECK(kernel >= INK_KERNEL_AVX2); /* not on this machine */
      continue;
    }
    ink_session *session = check_session(model, "!\"");
    results r = search(session, 7, 40, 0.7f, "!!\0\"\"", 6);
    for (size_t i = 0; i < r.count; i++) {
      const ink_hypothesis *h = &r.best[i];
      ink_buffer_append(&found, h->text, h->bytes);
      ink_buffer_append(&found, h->tokens, h->count * sizeof *h->tokens);
      ink_buffer_append(&found, h->log_probabilities, h->count * sizeof *h->log_probabilities);
      ink_buffer_append(&found, &h->score, sizeof h->score);
    }
    if (kernel == INK_KERNEL_SCALAR) {
      golden = found;
    } else {
      CHECK(found.size == golden.size && memcmp(found.bytes, golden.bytes, found.size) == 0);
      ink_buffer_free(&found);
    }
    ink_release(r.best);
    ink_session_free(session);
    ink_model_free(model);
  }
  ink_buffer_free(&golden);
  network_free(&n);
}

static void test_errors(void) {
  network n = network_new(INK_CELL_RNN, 5, 4, 1, 0, 1, 1);
  ink_model *model = network_load(&n);
  ink_session *session = check_session(model, "!");
  ink_error error;
  results r;
  static const struct {
    ink_beam_options options;
    const char *names;
  } wrong[] = {{{0, 5, 0}, "width"},
               {{17, 5, 0}, "width"},
               {{2, 5, -0.1f}, "length penalty"},
               {{2, 5, 10.1f}, "length penalty"},
               {{2, 5, NAN}, "length penalty"}};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    CHECK_FAILS(ink_beam_search(session, &wrong[i].options, NULL, 0, &r.best, &r.count, &error),
                INK_ERROR_ARGUMENT, wrong[i].names);
    CHECK(r.best == NULL && r.count == 0);
  }
  ink_beam_options options = {4, 5, 0};
  CHECK_FAILS(ink_beam_search(session, &options, "a", 1, &r.best, &r.count, &error),
              INK_ERROR_ARGUMENT, "NUL");
  ink_session_free(session);
  ink_model_free(model);

  for (size_t i = 0; i < n.parameters.size; i++) n.floats[i] = 3e38f;
  model = network_load(&n);
  session = check_session(model, "!");
  CHECK_FAILS(ink_beam_search(session, &options, NULL, 0, &r.best, &r.count, &error),
              INK_ERROR_FORMAT, "too large");
  CHECK(r.best == NULL);
  ink_session_free(session);
  ink_model_free(model);
  network_free(&n);
}

static void test_default_options(void) {
  network n = network_new(INK_CELL_GRU, 9, 11, 1, 0, 1.2f, 4);
  ink_model *model = network_load_as(&n, INK_KERNEL_AUTO, end_line, 1);
  ink_session *session = check_session(model, "!");
  ink_error error;
  results given = search(session, 4, 200, 0, NULL, 0), r;
  CHECK_OK(ink_beam_search(session, NULL, NULL, 0, &r.best, &r.count, &error));
  CHECK(r.count == given.count && r.best[0].score == given.best[0].score);
  CHECK(r.best[0].bytes == given.best[0].bytes);
  CHECK(memcmp(r.best[0].text, given.best[0].text, r.best[0].bytes) == 0);
  ink_release(r.best);
  ink_release(given.best);
  ink_session_free(session);
  ink_model_free(model);
  network_free(&n);
}

int main(void) {
  for (int cell = 0; cell < 3; cell++) {
    for (int ends = 0; ends < 2; ends++) {
      test_exhaustive((ink_cell_kind)cell, ends == 1);
      test_plain((ink_cell_kind)cell, ends == 1);
    }
  }
  test_results();
  test_greedy();
  test_source();
  test_classifier();
  test_length_penalty();
  test_builds();
  test_errors();
  test_default_options();
  return 0;
}
