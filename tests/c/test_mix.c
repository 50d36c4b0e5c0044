/*
 * Models mixed: the sum by hand over vocabularies that differ, on every build; sessions that are
 * forked, saved, restored and stepped together; the loss; a model with itself; and models that do
 * not mix.
 */
#include "base/log.h"
#include "check.h"
#include "network.h"
#include "write/session.h"

/* Of the first a to h; the others have them in another order, lack some, and have some of their
 * own. What the second reads for "A" is "a", and for "#" nothing. */
static const char first_tokens[] = "a\0b\0c\0d\0e\0A\0#";
static const char second_tokens[] = "z\0e\0d\0c\0b\0a";
static const char third_tokens[] = "A\0#\0a\0y";
static const float weights[] = {0.5f, 0.3f, 0.2f};
enum { MODELS = 3, FIRST = 7, MOST = 7 };

static ink_model *make(const char *tokens, size_t size, ink_cell_kind cell, ink_kernel kernel,
                       const char *const *metadata) {
  size_t count = 0;
  for (size_t i = 0; i < size; i++) count += tokens[i] == '\0';
  network n = network_new(cell, count, 6 + count, 1, 0, 0.9f, count);
  network_rename(&n, tokens, size);
  ink_model *model = network_load_as(&n, kernel, metadata, metadata == NULL ? 0 : 1);
  network_free(&n);
  return model;
}

static void make_all(ink_kernel kernel, ink_model **models) {
  models[0] = make(first_tokens, sizeof first_tokens, INK_CELL_LSTM, kernel, NULL);
  models[1] = make(second_tokens, sizeof second_tokens, INK_CELL_GRU, kernel, NULL);
  models[2] = make(third_tokens, sizeof third_tokens, INK_CELL_RNN, kernel, NULL);
}

static void free_all(ink_model **models) {
  for (size_t i = 0; i < MODELS; i++) ink_model_free(models[i]);
}

static ink_model *mix(ink_model *const *models) {
  ink_error error;
  ink_model *mixed;
  CHECK_OK(ink_model_mix((const ink_model *const *)models, weights, MODELS, &mixed, &error));
  return mixed;
}

static void copy_distribution(ink_session *session, size_t count, float *copy) {
  ink_error error;
  const float *p;
  CHECK_OK(ink_session_distribution(session, NULL, &p, &error));
  memcpy(copy, p, count * sizeof *copy);
}

/* Probabilities of a model alone after a text, and of its tokens by their text. */
typedef struct lone {
  const ink_model *model;
  float p[MOST];
} lone;

static lone read_alone(const ink_model *model, const char *text) {
  lone a = {.model = model};
  ink_info info;
  ink_model_info(model, &info);
  ink_session *session = check_session(model, text);
  copy_distribution(session, info.vocabulary, a.p);
  ink_session_free(session);
  return a;
}

/* Of a token; negative when the model lacks it. */
static double probability(const lone *a, const char *token) {
  const char *own;
  for (uint32_t id = 0; (own = ink_model_token(a->model, id)) != NULL; id++) {
    if (strcmp(own, token) == 0) return (double)a->p[id];
  }
  return -1;
}

/* networks/mixture.h's formula, token by token. */
static double expected(const lone *all, const char *token) {
  double sum = 0;
  for (size_t i = 0; i < MODELS; i++) {
    double own = probability(&all[i], token), first = probability(&all[0], token);
    double by_first = 0, by_own = 0;
    for (uint32_t id = 0; id < FIRST; id++) {
      double p = probability(&all[i], ink_model_token(all[0].model, id));
      if (p < 0) continue;
      by_first += (double)all[0].p[id];
      by_own += p;
    }
    sum += (double)weights[i] * (own < 0 ? first : own * by_first / by_own);
  }
  return sum;
}

/* The text as each of them reads it. */
static const char *const text_of[] = {"abcAde#ab", "abcadeab", "aAA#a"};

static void test_sum(void) {
  float bits[FIRST] = {0};
  for (int kernel = INK_KERNEL_SCALAR; kernel <= INK_KERNEL_AVX512; kernel++) {
    if (ink_kernels_find((ink_kernel)kernel) == NULL) continue;
    ink_model *models[MODELS];
    make_all((ink_kernel)kernel, models);
    ink_model *mixed = mix(models);
    lone all[MODELS];
    for (size_t i = 0; i < MODELS; i++) {
      /* The third lacks b to e, for which nothing is read. */
      all[i] = read_alone(models[i], i == 2 ? "aA#a" : text_of[i]);
    }
    float p[FIRST];
    ink_session *session = check_session(mixed, text_of[0]);
    copy_distribution(session, FIRST, p);
    double sum = 0;
    for (uint32_t id = 0; id < FIRST; id++) {
      CHECK_NEAR((double)p[id], expected(all, ink_model_token(mixed, id)), 1e-6);
      sum += (double)p[id];
    }
    CHECK_NEAR(sum, 1, 1e-6);
    if (kernel == INK_KERNEL_SCALAR) memcpy(bits, p, sizeof bits);
    CHECK(memcmp(bits, p, sizeof bits) == 0);
    ink_session_free(session);
    ink_model_free(mixed);
    free_all(models);
  }
}

/* A fork, a restored state and one of several streams go on as the session itself does. */
static void test_sessions(void) {
  ink_error error;
  ink_model *models[MODELS];
  make_all(INK_KERNEL_AUTO, models);
  ink_model *mixed = mix(models);
  ink_session *session = check_session(mixed, "abcA"), *fork, *other = check_session(mixed, "#");
  CHECK_OK(ink_session_fork(session, &fork, &error));
  size_t size = ink_session_state_size(session);
  uint8_t *state = malloc(size);
  ink_session_save(session, state);
  CHECK_OK(ink_session_restore(other, state, size, &error));
  CHECK_FAILS(ink_session_restore(other, state, size - 4, &error), INK_ERROR_FORMAT, "bytes");
  ink_session *sessions[] = {session, fork, other};
  char texts[MODELS][40];
  for (size_t i = 0; i < 3; i++) {
    ink_generation *generation;
    const char *text;
    size_t bytes;
    ink_session_seed(sessions[i], 5);
    CHECK_OK(ink_generation_new(sessions[i], NULL, 30, NULL, 0, &generation, &error));
    CHECK_OK(ink_generation_next(generation, 30, &text, &bytes, &error));
    CHECK(bytes == 30);
    memcpy(texts[i], text, bytes);
    ink_generation_free(generation);
  }
  CHECK(memcmp(texts[0], texts[1], 30) == 0 && memcmp(texts[0], texts[2], 30) == 0);

  /* Several at once, of which none is where another is. */
  enum { STREAMS = 5 };
  ink_generation *generations[STREAMS];
  ink_session *streams[STREAMS];
  const char *pieces[STREAMS];
  size_t sizes[STREAMS];
  char together[STREAMS][40];
  for (size_t i = 0; i < STREAMS; i++) {
    streams[i] = check_session(mixed, &"Abc#ea"[i]);
    ink_session_seed(streams[i], i);
    CHECK_OK(ink_generation_new(streams[i], NULL, 20, NULL, 0, &generations[i], &error));
  }
  CHECK_OK(ink_generations_next(generations, STREAMS, 20, pieces, sizes, &error));
  for (size_t i = 0; i < STREAMS; i++) memcpy(together[i], pieces[i], sizes[i]);
  for (size_t i = 0; i < STREAMS; i++) {
    ink_generation_free(generations[i]);
    ink_session_free(streams[i]);
    streams[i] = check_session(mixed, &"Abc#ea"[i]);
    ink_session_seed(streams[i], i);
    CHECK_OK(ink_generation_new(streams[i], NULL, 20, NULL, 0, &generations[i], &error));
    CHECK_OK(ink_generation_next(generations[i], 20, &pieces[i], &sizes[i], &error));
    CHECK(sizes[i] == 20 && memcmp(pieces[i], together[i], 20) == 0);
    ink_generation_free(generations[i]);
    ink_session_free(streams[i]);
  }
  free(state);
  for (size_t i = 0; i < 3; i++) ink_session_free(sessions[i]);
  ink_model_free(mixed);
  free_all(models);
}

static void test_loss(void) {
  ink_error error;
  ink_model *models[MODELS];
  make_all(INK_KERNEL_AUTO, models);
  ink_model *mixed = mix(models);
  const char text[] = "abAcde#dAba";
  double nats = 0;
  for (size_t i = 1; i + 1 < sizeof text; i++) {
    char before[sizeof text] = {0};
    memcpy(before, text, i);
    ink_session *session = check_session(mixed, before);
    float p[FIRST];
    copy_distribution(session, FIRST, p);
    for (uint32_t id = 0; id < FIRST; id++) {
      if (ink_model_token(mixed, id)[0] == text[i]) nats -= ink_log((double)p[id]);
    }
    ink_session_free(session);
  }
  ink_evaluation e;
  CHECK_OK(ink_evaluate(mixed, text, sizeof text - 1, 0, &e, &error));
  CHECK_NEAR(e.nats, nats / (sizeof text - 2), 1e-5);
  CHECK(isnan(e.network_nats));
  ink_model_free(mixed);

  /* A model with itself is itself, whatever the weights. */
  ink_evaluation once, twice;
  const ink_model *same[] = {models[0], models[0]};
  CHECK_OK(ink_model_mix(same, (float[]){0.3f, 0.7f}, 2, &mixed, &error));
  CHECK_OK(ink_evaluate(models[0], text, sizeof text - 1, 0, &once, &error));
  CHECK_OK(ink_evaluate(mixed, text, sizeof text - 1, 0, &twice, &error));
  CHECK_NEAR(once.nats, twice.nats, 1e-6);
  ink_model_free(mixed);
  free_all(models);
}

/* A further model reads its own start where the first has none. */
static void test_start(void) {
  ink_error error;
  const char *const start[] = {"start", "z"};
  ink_model *first = make("a\0b", 4, INK_CELL_LSTM, INK_KERNEL_AUTO, NULL);
  ink_model *second = make("a\0b\0z", 6, INK_CELL_GRU, INK_KERNEL_AUTO, start);
  const ink_model *models[] = {first, second};
  ink_model *mixed;
  CHECK_OK(ink_model_mix(models, (float[]){0, 1}, 2, &mixed, &error));
  ink_session *session = check_session(mixed, "ab"), *by_itself = check_session(second, "ab");
  float p[2], own[3];
  copy_distribution(session, 2, p);
  copy_distribution(by_itself, 3, own); /* after "zab" */
  CHECK_NEAR((double)p[0], (double)own[0] / ((double)own[0] + (double)own[1]), 1e-6);
  ink_session_free(session);
  ink_session_free(by_itself);
  ink_model_free(mixed);
  ink_model_free(first);
  ink_model_free(second);
}

/* What only models of other programs have works in a mixture as it does alone: the state in which
 * layers begin, and windows that are read anew. The first model reads their start itself, or has
 * none, so that it is theirs alone. */
static void test_elsewhere(void) {
  ink_error error;
  network n = network_elsewhere(INK_CELL_LSTM, 0.5f, 7);
  ink_model *other =
      network_load_as(&n, INK_KERNEL_AUTO, network_elsewhere_says, NETWORK_ELSEWHERE);
  network_free(&n);
  n = network_new(INK_CELL_GRU, 9, 8, 1, 0, 0.9f, 3);
  ink_model *plain = network_load(&n);
  network_free(&n);
  const ink_model *const firsts[] = {other, plain};
  const char text[] = "!\"#!!#\n\"!\"\"#";
  for (size_t i = 0; i < 2; i++) {
    const ink_model *models[] = {firsts[i], other};
    ink_model *mixed;
    CHECK_OK(ink_model_mix(models, (float[]){0, 1}, 2, &mixed, &error));
    for (size_t bytes = 1; bytes < sizeof text; bytes++) {
      char before[sizeof text] = {0};
      memcpy(before, text, bytes);
      ink_session *session = check_session(mixed, before), *alone = check_session(other, before);
      float p[9], own[9];
      copy_distribution(session, 9, p);
      copy_distribution(alone, 9, own);
      for (size_t t = 0; t < 9; t++) CHECK_NEAR((double)p[t], (double)own[t], 1e-6);
      ink_session_free(session);
      ink_session_free(alone);
    }
    ink_model_free(mixed);
  }
  ink_model_free(plain);
  ink_model_free(other);
}

static void test_refused(void) {
  ink_error error;
  ink_model *a = make(first_tokens, sizeof first_tokens, INK_CELL_LSTM, INK_KERNEL_AUTO, NULL);
  ink_model *b = make("x\0y", 4, INK_CELL_LSTM, INK_KERNEL_AUTO, NULL);
  const char *const level[] = {"level", "word"};
  ink_model *words = make("a\0bb", 5, INK_CELL_LSTM, INK_KERNEL_AUTO, level);
  ink_model *mixed;
  const float halves[] = {0.5f, 0.5f}, wrong[] = {1.5f, -0.5f}, less[] = {0.5f, 0.4f};
  const float none[] = {NAN, 0.5f};
#define MIX(first, second, weight) \
  ink_model_mix((const ink_model *[]){first, second}, weight, 2, &mixed, &error)
  CHECK_FAILS(MIX(a, b, halves), INK_ERROR_VOCABULARY, "share no token");
  CHECK_FAILS(MIX(a, words, halves), INK_ERROR_VOCABULARY, "characters does not mix with one of");
  CHECK_FAILS(MIX(a, a, wrong), INK_ERROR_ARGUMENT, "from 0 to 1");
  CHECK_FAILS(MIX(a, a, none), INK_ERROR_ARGUMENT, "from 0 to 1");
  CHECK_FAILS(MIX(a, a, less), INK_ERROR_ARGUMENT, "sum to 1");
  CHECK_FAILS(ink_model_mix((const ink_model *[]){a}, halves, 1, &mixed, &error),
              INK_ERROR_ARGUMENT, "two models");
  CHECK_OK(MIX(a, a, halves));
  ink_model *both = mixed;
  CHECK_FAILS(MIX(a, both, halves), INK_ERROR_ARGUMENT, "a mix is none");
  CHECK_FAILS(MIX(both, a, halves), INK_ERROR_ARGUMENT, "a mix is none");
  CHECK(mixed == NULL);
  ink_model_free(both);
  ink_model_free(a);
  ink_model_free(b);
  ink_model_free(words);
}

int main(void) {
  test_sum();
  test_sessions();
  test_loss();
  test_start();
  test_elsewhere();
  test_refused();
  return 0;
}
