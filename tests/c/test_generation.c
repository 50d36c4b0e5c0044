/*
 * Text in pieces: the same text however it is cut, whole characters only, and stops that begin in
 * one piece and end in another, against a search of the finished text.
 */
#include "base/utf8.h"
#include "check.h"
#include "network.h"

static const ink_sampling greedy = {1, 0, 0, 0, 1, 0, 0};

/* The whole text of a generation, asked for `step` tokens at a time; every piece is checked. */
static void collect(ink_session *session, const ink_sampling *sampling, uint32_t length,
                    const char *stops, size_t stops_size, uint32_t step, ink_buffer *all) {
  ink_generation *generation;
  ink_error error;
  CHECK_OK(ink_generation_new(session, sampling, length, stops, stops_size, &generation, &error));
  all->size = 0;
  for (uint32_t calls = 0; !ink_generation_done(generation); calls++) {
    CHECK(calls <= length / step + 1);
    const char *text;
    size_t bytes;
    CHECK_OK(ink_generation_next(generation, step, &text, &bytes, &error));
    CHECK(ink_utf8_valid(text, bytes));
    ink_buffer_append(all, text, bytes);
  }
  const char *text;
  size_t bytes;
  CHECK_OK(ink_generation_next(generation, step, &text, &bytes, &error)); /* there is no more */
  CHECK(bytes == 0 && ink_generation_done(generation));
  ink_buffer_append(all, "", 1);
  all->size--;
  CHECK(!all->failed);
  ink_generation_free(generation);
}

/* ---- A text that is known -------------------------------------------------------------------- */

/* The cycle: \n ! " # \u03b5 % \U0001f606 ' ( \u03ba * + , \U0001f60d */
#define EPSILON "\xce\xb5"
#define KAPPA "\xce\xba"
#define GRIN "\xf0\x9f\x98\x86"
#define HEARTS "\xf0\x9f\x98\x8d"
#define CYCLE "\n!\"#" EPSILON "%" GRIN "'(" KAPPA "*+," HEARTS
enum { CYCLE_TOKENS = 14 };

static void test_known(void) {
  static const struct {
    const char *stops;
    size_t size; /* sizeof, the literal's own NUL ends the last stop */
    uint32_t length;
    const char *wanted;
  } cases[] = {
      {NULL, 0, 0, ""},
      {NULL, 0, 1, "!"},
      {NULL, 0, 4, "!\"#" EPSILON},
      {NULL, 0, 14, "!\"#" EPSILON "%" GRIN "'(" KAPPA "*+," HEARTS "\n"},
      {"z", sizeof "z", 3, "!\"#"},
      {"!", sizeof "!", 9, ""},
      {"#", sizeof "#", 9, "!\""},
      {EPSILON, sizeof EPSILON, 9, "!\"#"},
      {"#" EPSILON "%", sizeof "#" EPSILON "%", 9, "!\""},
      {GRIN, sizeof GRIN, 9, "!\"#" EPSILON "%"},
      {"!\"#" EPSILON "%" GRIN "'", sizeof "!\"#" EPSILON "%" GRIN "'", 9, ""},
      /* The length ends it in the middle of a stop: what was held back comes. */
      {"\"#" EPSILON, sizeof "\"#" EPSILON, 3, "!\"#"},
      {"#!", sizeof "#!", 5, "!\"#" EPSILON "%"},
      /* The stop completes with the last token. */
      {"#" EPSILON, sizeof "#" EPSILON, 4, "!\""},
      /* Several: the one that completes first; of those that complete together the one that begins
       * first. */
      {"%\0#", sizeof "%\0#", 9, "!\""},
      {"#" EPSILON "%\0" EPSILON, sizeof "#" EPSILON "%\0" EPSILON, 9, "!\"#"},
      {"#\0\"#", sizeof "#\0\"#", 9, "!"},
      {"\"#\0#", sizeof "\"#\0#", 9, "!"},
      {"#\0#\0#", sizeof "#\0#\0#", 9, "!\""},
  };
  ink_model *model = network_load_cycle(CYCLE_TOKENS);
  ink_buffer all = {0};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    for (uint32_t step = 1; step <= 9; step++) {
      ink_session *session = check_session(model, "\n");
      collect(session, &greedy, cases[i].length, cases[i].stops, cases[i].size, step, &all);
      CHECK_TEXT(all.bytes, cases[i].wanted);
      ink_session_free(session);
    }
  }
  ink_buffer_free(&all);
  ink_model_free(model);
}

/* What may begin a stop is held back, and comes as soon as it does not. */
static void test_held_back(void) {
  ink_model *model = network_load_cycle(CYCLE_TOKENS);
  ink_session *session = check_session(model, "\n");
  ink_generation *generation;
  ink_error error;
  static const char stops[] = "\"#z\0#" EPSILON "%z";
  CHECK_OK(ink_generation_new(session, &greedy, 8, stops, sizeof stops, &generation, &error));
  static const char *pieces[] = {"!", "", "", "\"", "", "#" EPSILON "%" GRIN, "'", "("};
  for (size_t i = 0; i < 8; i++) {
    const char *text;
    size_t bytes;
    CHECK(!ink_generation_done(generation));
    CHECK_OK(ink_generation_next(generation, 1, &text, &bytes, &error));
    CHECK(bytes == strlen(pieces[i]) && memcmp(text, pieces[i], bytes) == 0);
  }
  CHECK(ink_generation_done(generation));
  ink_generation_free(generation);
  ink_session_free(session);
  ink_model_free(model);
}

/* ---- An end, and words ----------------------------------------------------------------------- */

/* The cycle again, in which % ends a text. */
static void test_end(void) {
  network n = network_cycle(CYCLE_TOKENS);
  const char *metadata[] = {"end", "%"};
  ink_model *model = network_load_as(&n, INK_KERNEL_AUTO, metadata, 1);
  ink_buffer all = {0};
  for (uint32_t step = 1; step <= 9; step++) {
    ink_session *session = check_session(model, "\n");
    collect(session, &greedy, 50, NULL, 0, step, &all);
    CHECK_TEXT(all.bytes, "!\"#" EPSILON);
    collect(session, &greedy, 2, NULL, 0, step, &all); /* the session has read the end */
    CHECK_TEXT(all.bytes, GRIN "'");
    ink_session_free(session);
    session = check_session(model, "\n");
    /* What was held back for a stop comes at the end; a stop may come before it. */
    collect(session, &greedy, 50, EPSILON "%", sizeof EPSILON "%", step, &all);
    CHECK_TEXT(all.bytes, "!\"#" EPSILON);
    ink_session_reset(session);
    collect(session, &greedy, 50, "#", sizeof "#", step, &all);
    CHECK_TEXT(all.bytes, "!\"");
    ink_session_reset(session);
    collect(session, &greedy, 4, NULL, 0, step, &all); /* the length comes first */
    CHECK_TEXT(all.bytes, "!\"#" EPSILON);
    ink_session_free(session);
  }
  ink_buffer_free(&all);
  ink_model_free(model);
  network_free(&n);
}

/* The token after "Alice" is "<unk>": it is never drawn, and the next likeliest, the first of all,
 * is. */
#define LINE "“Well!” said--Alice’s cat"
static const char words[] = "\n\0“\0Well\0!\0”\0said\0--\0Alice’s\0cat\0<unk>\0,";

static ink_model *load_words(const char *end) {
  network n = network_cycle(11);
  network_rename(&n, words, sizeof words);
  const char *metadata[] = {"level", "word", "end", end};
  ink_model *model = network_load_as(&n, INK_KERNEL_AUTO, metadata, end == NULL ? 1 : 2);
  network_free(&n);
  return model;
}

static void test_words(void) {
  static const struct {
    const char *prompt, *stop, *wanted; /* 17 tokens */
  } cases[] = {
      {"\n", NULL, LINE "\n" LINE},
      {"", NULL, LINE "\n" LINE}, /* the line break that is read first is no text */
      {"“Well!” said", NULL, "--Alice’s cat\n" LINE "\n“Well!”"},
      {"“Well!”", NULL, " said--Alice’s cat\n" LINE "\n“Well!"},
      {"“Well!” ", NULL, "said--Alice’s cat\n" LINE "\n“Well!"},
      {"“Well!”\t ", NULL, "said--Alice’s cat\n" LINE "\n“Well!"},
      {"“WELL", NULL, "!” said--Alice’s cat\n" LINE "\n“"},
      {"nobody", NULL, ",\n" LINE "\n“Well!” said--"},
      {"\n", "” ", "“Well!"},
      {"\n", " ", "“Well!”"},
      {"\n", "” said--Al", "“Well!"},
      {"\n", "cat\n“", "“Well!” said--Alice’s "},
      {"\n", "said “", LINE "\n" LINE},
  };
  ink_model *model = load_words(NULL), *items = load_words("\n");
  ink_buffer all = {0};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    for (uint32_t step = 1; step <= 9; step++) {
      ink_session *session = check_session(model, cases[i].prompt);
      size_t size = cases[i].stop == NULL ? 0 : strlen(cases[i].stop) + 1;
      collect(session, &greedy, 17, cases[i].stop, size, step, &all);
      CHECK_TEXT(all.bytes, cases[i].wanted);
      ink_session_free(session);
    }
  }
  for (uint32_t step = 1; step <= 9; step++) {
    ink_session *session = check_session(items, "");
    collect(session, &greedy, 50, NULL, 0, step, &all);
    CHECK_TEXT(all.bytes, LINE);
    ink_session_free(session);
  }
  ink_buffer_free(&all);
  ink_model_free(items);
  ink_model_free(model);
}

/* What decides about spaces goes with a copy and with the saved state. */
static void test_words_saved(void) {
  static const struct {
    const char *prompt, *wanted;
  } cases[] = {{"“Well!” ", "said"}, {"“Well!”", " said"}};
  ink_model *model = load_words(NULL);
  ink_buffer all = {0};
  ink_error error;
  for (size_t i = 0; i < 2; i++) {
    ink_session *session = check_session(model, cases[i].prompt), *fork, *other;
    size_t size = ink_session_state_size(session);
    uint8_t *state = malloc(size);
    CHECK(state != NULL);
    ink_session_save(session, state);
    CHECK_OK(ink_session_fork(session, &fork, &error));
    CHECK_OK(ink_session_new(model, &other, &error));
    CHECK_OK(ink_session_restore(other, state, size, &error));
    collect(fork, &greedy, 1, NULL, 0, 1, &all);
    CHECK_TEXT(all.bytes, cases[i].wanted);
    collect(other, &greedy, 1, NULL, 0, 1, &all);
    CHECK_TEXT(all.bytes, cases[i].wanted);
    state[25] = 0xff;
    CHECK_FAILS(ink_session_restore(other, state, size, &error), INK_ERROR_FORMAT, "damaged");
    free(state);
    ink_session_free(session);
    ink_session_free(fork);
    ink_session_free(other);
  }
  ink_buffer_free(&all);
  ink_model_free(model);
}

/* "<unk>" has no probability, however likely its logit and whatever the options. */
static void test_never(void) {
  static const ink_sampling samplings[] = {
      {1, 64, 1, 0, 1, 0, 0},    {1, 64, 0, 0, 1, 0, 0},           {1, 64, 1e-6f, 0, 1, 0, 0},
      {1, 64, 100, 0, 1, 0, 0},  {1, 64, 1, 3, 1, 0, 0},           {1, 64, 1, 0, 0.5f, 0, 0},
      {1, 64, 1, 0, 1, 0.5f, 0}, {1.5f, 64, 1, 10, 0.9f, 0.01f, 0}};
  enum { UNKNOWN = 9, WORDS = 11 };
  ink_model *model = load_words(NULL);
  ink_error error;
  ink_session *session = check_session(model, "cat");
  const float *logits = ink_session_logits(session), *p;
  for (uint32_t id = 0; id < WORDS; id++) CHECK(id == UNKNOWN || logits[id] < logits[UNKNOWN]);
  for (size_t i = 0; i <= sizeof samplings / sizeof samplings[0]; i++) {
    CHECK_OK(ink_session_distribution(session, i == 0 ? NULL : &samplings[i - 1], &p, &error));
    double sum = 0;
    for (uint32_t id = 0; id < WORDS; id++) sum += (double)p[id];
    CHECK(p[UNKNOWN] == 0);
    CHECK_NEAR(sum, 1, 1e-6);
  }
  for (int i = 0; i < 1000; i++) {
    uint32_t id;
    CHECK_OK(ink_session_sample(session, NULL, &id, &error));
    CHECK(id != UNKNOWN);
    CHECK_OK(ink_session_feed(session, "cat", 3, 0, &error));
  }
  /* As a token of a text it counts. */
  ink_evaluation seen, unseen;
  CHECK_OK(ink_evaluate(model, "cat nobody", 10, 0, &seen, &error));
  CHECK_OK(ink_evaluate(model, "cat said", 8, 0, &unseen, &error));
  CHECK(seen.nats < 0.1 && unseen.nats > 9);
  ink_session_free(session);
  ink_model_free(model);
}

/* One token is far longer than the room for a piece: it comes whole, and others before it. */
static void test_long_word(void) {
  enum { LONG = 40000 };
  network n = network_cycle(3);
  ink_buffer tokens = {0}, all = {0};
  ink_buffer_append(&tokens, "a\0b", 4);
  for (int i = 0; i < LONG; i++) ink_buffer_append(&tokens, "x", 1);
  ink_buffer_append(&tokens, "", 1);
  network_rename(&n, tokens.bytes, tokens.size);
  const char *metadata[] = {"level", "word"};
  ink_model *model = network_load_as(&n, INK_KERNEL_AUTO, metadata, 1);
  for (uint32_t length = 1; length <= 6; length++) {
    ink_session *session = check_session(model, "a");
    collect(session, &greedy, length, NULL, 0, 1, &all);
    CHECK(all.size == 2 * length + (length + 1) / 3 * (LONG - 1));
    CHECK(memcmp(all.bytes, " b", 2) == 0);
    ink_session_free(session);
  }
  ink_buffer_free(&tokens);
  ink_buffer_free(&all);
  ink_model_free(model);
  network_free(&n);
}

static void test_arguments(void) {
  ink_model *model = network_load_cycle(CYCLE_TOKENS);
  ink_session *session = check_session(model, "\n");
  ink_generation *generation;
  ink_error error;
  CHECK_FAILS(ink_generation_new(session, NULL, 5, "ab", 2, &generation, &error),
              INK_ERROR_ARGUMENT, "NUL");
  CHECK(generation == NULL);
  CHECK_FAILS(ink_generation_new(session, NULL, 5, "a\0\0", 3, &generation, &error),
              INK_ERROR_ARGUMENT, "stop 2 is empty");
  CHECK_FAILS(ink_generation_new(session, NULL, 5, "a\0\xce\0", 4, &generation, &error),
              INK_ERROR_TEXT, "stop 2");
  ink_sampling bad = greedy;
  bad.min_p = 2;
  CHECK_FAILS(ink_generation_new(session, &bad, 5, NULL, 0, &generation, &error),
              INK_ERROR_ARGUMENT, "min-p");
  /* Nothing of this has touched the session, nor does a generation that is left early. */
  const char *text;
  size_t bytes;
  CHECK_OK(ink_generation_new(session, &greedy, UINT32_MAX, NULL, 0, &generation, &error));
  CHECK_OK(ink_generation_next(generation, 0, &text, &bytes, &error));
  CHECK(bytes == 0);
  CHECK_OK(ink_generation_next(generation, 1, &text, &bytes, &error));
  CHECK(bytes == 1 && text[0] == '!');
  CHECK_OK(ink_generation_next(generation, UINT32_MAX, &text, &bytes, &error));
  CHECK(bytes >= 4096 && !ink_generation_done(generation));
  ink_generation_free(generation);
  ink_generation_free(NULL);
  ink_session_free(session);
  ink_model_free(model);
}

/* A model that fails after the whole cycle: no text is lost, and none is written past the
 * buffer. */
static void test_failure(void) {
  enum { ROUNDS = 3000 };
  network n = network_cycle(CYCLE_TOKENS);
  const ink_parameters *p = &n.parameters;
  n.floats[p->read_out.weight + CYCLE_TOKENS - 1] = n.floats[p->read_out.bias] = -3e38f;
  ink_model *model = network_load(&n);
  ink_session *session = check_session(model, "\n");
  ink_generation *generation;
  ink_error error;
  CHECK_OK(ink_generation_new(session, &greedy, UINT32_MAX, NULL, 0, &generation, &error));
  static const char cycle[] = "!\"#" EPSILON "%" GRIN "'(" KAPPA "*+," HEARTS;
  const size_t size = sizeof cycle - 1;
  const char *text;
  size_t bytes, given = 0;
  for (size_t round = 0; round < ROUNDS; round++) {
    ink_status status = ink_generation_next(generation, UINT32_MAX, &text, &bytes, &error);
    if (status == INK_OK) {
      for (size_t i = 0; i < bytes; i++) CHECK(text[i] == cycle[(given + i) % size]);
      given += bytes;
    } else {
      CHECK(status == INK_ERROR_FORMAT && bytes == 0);
      CHECK_OK(ink_session_feed_token(session, 0, &error)); /* mended */
    }
  }
  CHECK(given > 3 * 4096);
  ink_generation_free(generation);
  ink_session_free(session);
  ink_model_free(model);
  network_free(&n);
}

/* ---- Against a search of the finished text --------------------------------------------------- */

/* Where text [size] ends under the stops: at the first prefix that ends with one, less the longest
 * of those it ends with. */
static size_t end_of(const char *text, size_t size, const char *stops, size_t stops_size) {
  for (size_t end = 1; end <= size; end++) {
    size_t longest = 0;
    for (size_t at = 0; at < stops_size; at += strlen(stops + at) + 1) {
      size_t length = strlen(stops + at);
      if (length <= end && length > longest &&
          memcmp(text + end - length, stops + at, length) == 0) {
        longest = length;
      }
    }
    if (longest > 0) return end - longest;
  }
  return size;
}

static void test_against_search(void) {
  enum { LENGTH = 200 };
  /* Two tokens, one of two bytes, about equally likely: every short stop occurs, most overlap. */
  network n = network_new(INK_CELL_RNN, 2, 3, 1, 0, 0.3f, 17);
  static const char tokens[] = "a\0\xc3\xa4";
  *network_tensor(&n, "vocab") = (ink_tensor){.name = "vocab",
                                              .dtype = INK_U8,
                                              .axes = 1,
                                              .shape = {sizeof tokens},
                                              .count = sizeof tokens,
                                              .bytes = (const uint8_t *)tokens};
  ink_model *model = network_load(&n);
  ink_random random;
  ink_random_seed(&random, 5, 5);
  ink_buffer whole = {0}, part = {0}, stops = {0};
  size_t stopped = 0;
  for (uint64_t seed = 0; seed < 1500; seed++) {
    ink_session *session = check_session(model, "a"), *same = check_session(model, "a");
    ink_session_seed(session, seed);
    ink_session_seed(same, seed);
    collect(session, NULL, LENGTH, NULL, 0, LENGTH, &whole);
    stops.size = 0;
    for (uint32_t count = 1 + ink_random_below(&random, 3); count > 0; count--) {
      for (uint32_t length = 1 + ink_random_below(&random, 10); length > 0; length--) {
        if (ink_random_below(&random, 2) == 0) {
          ink_buffer_append(&stops, "a", 1);
        } else {
          ink_buffer_append(&stops, "\xc3\xa4", 2);
        }
      }
      ink_buffer_append(&stops, "", 1);
    }
    size_t end = end_of(whole.bytes, whole.size, stops.bytes, stops.size);
    collect(same, NULL, LENGTH, stops.bytes, stops.size, 1 + ink_random_below(&random, 20), &part);
    CHECK(part.size == end && memcmp(part.bytes, whole.bytes, end) == 0);
    stopped += end < whole.size;
    ink_session_free(session);
    ink_session_free(same);
  }
  CHECK(stopped > 500 && stopped < 1500); /* both ways were tested */
  ink_buffer_free(&whole);
  ink_buffer_free(&part);
  ink_buffer_free(&stops);
  ink_model_free(model);
  network_free(&n);
}

/* The pieces do not change the text, nor does a generation change what a session draws by
 * itself. */
static void test_same_text(void) {
  network n = network_new(INK_CELL_GRU, 65, 20, 2, 4, 1, 18);
  ink_model *model = network_load(&n);
  ink_buffer all = {0};
  ink_session *session = check_session(model, "!");
  char wanted[10000 * 4 + 1];
  size_t size = 0;
  ink_sampling sampling = {1.1f, 64, 0.8f, 40, 0.95f, 0.01f, 0};
  for (int i = 0; i < 10000; i++) {
    uint32_t id;
    ink_error error;
    CHECK_OK(ink_session_sample(session, &sampling, &id, &error));
    const char *token = ink_model_token(model, id);
    memcpy(wanted + size, token, strlen(token) + 1);
    size += strlen(token);
  }
  ink_session_free(session);
  static const uint32_t steps[] = {1, 7, 4096};
  for (size_t i = 0; i < 3; i++) {
    session = check_session(model, "!");
    collect(session, &sampling, 10000, NULL, 0, steps[i], &all);
    CHECK_TEXT(all.bytes, wanted);
    ink_session_free(session);
  }
  ink_buffer_free(&all);
  ink_model_free(model);
  network_free(&n);
}

/* The tokens that are kept are those of the text, and their log-probabilities the model's own; the
 * text is what it is without. A call for all of them gives as many as can be kept at once. */
static void test_tokens(void) {
  enum { LENGTH = 5000 };
  static const uint32_t steps[] = {1, 37, LENGTH};
  static const ink_sampling sampling = {1.3f, 9, 0.7f, 5, 0.9f, 0.01f, 0};
  network n = network_new(INK_CELL_GRU, 4, 5, 1, 0, 0.8f, 2);
  ink_model *model = network_load(&n);
  ink_error error;
  for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
    ink_session *session = check_session(model, "!"), *replay = check_session(model, "!");
    ink_buffer plain = {0}, all = {0};
    collect(session, &sampling, LENGTH, NULL, 0, LENGTH, &plain);
    ink_session_free(session);
    session = check_session(model, "!");
    ink_generation *generation;
    CHECK_OK(ink_generation_new(session, &sampling, LENGTH, NULL, 0, &generation, &error));
    const uint32_t *ids;
    const double *log_probabilities;
    CHECK(ink_generation_tokens(generation, &ids, &log_probabilities) == 0);
    CHECK_OK(ink_generation_keep_tokens(generation, &error));
    CHECK(ink_generation_tokens(generation, &ids, &log_probabilities) == 0);
    while (!ink_generation_done(generation)) {
      const char *text;
      size_t bytes, count;
      CHECK_OK(ink_generation_next(generation, steps[s], &text, &bytes, &error));
      count = ink_generation_tokens(generation, &ids, &log_probabilities);
      CHECK(count <= steps[s] && count == bytes && count > 0);
      for (size_t i = 0; i < count; i++) {
        CHECK(ink_model_token(model, ids[i])[0] == text[i]);
        const float *probabilities;
        CHECK_OK(ink_session_distribution(replay, NULL, &probabilities, &error));
        CHECK_NEAR(log_probabilities[i], log((double)probabilities[ids[i]]), 1e-5);
        CHECK_OK(ink_session_feed_token(replay, ids[i], &error));
      }
      ink_buffer_append(&all, text, bytes);
    }
    CHECK(all.size == plain.size && memcmp(all.bytes, plain.bytes, all.size) == 0);
    ink_generation_free(generation);
    ink_session_free(session);
    ink_session_free(replay);
    ink_buffer_free(&plain);
    ink_buffer_free(&all);
  }
  ink_model_free(model);
  network_free(&n);
}

int main(void) {
  test_known();
  test_held_back();
  test_end();
  test_words();
  test_words_saved();
  test_never();
  test_long_word();
  test_arguments();
  test_failure();
  test_against_search();
  test_same_text();
  test_tokens();
  return 0;
}
