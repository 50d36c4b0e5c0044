/*
 * Counts beside a network: the mixture by hand, on every build; sessions that are forked, saved and
 * stepped together; losses of the parts, read and learnt; the choice of order and weight; copies;
 * and files that do not fit.
 */
#define _GNU_SOURCE /* memmem */

#include <stdbool.h>

#include "base/log.h"
#include "check.h"
#include "inkling_scores.h"
#include "network.h"
#include "parts/counts.h"
#include "write/session.h"

enum { VOCABULARY = 20, LENGTH = 600 };

/* A text over the test network's tokens, in which much comes again. */
static ink_buffer text_of(uint64_t seed) {
  ink_random random;
  ink_random_seed(&random, seed, 1);
  uint32_t ids[LENGTH];
  ink_buffer text = {0};
  for (uint32_t i = 0; i < LENGTH; i++) {
    uint32_t at = i > 9 ? ink_random_below(&random, i - 5) : 0;
    ids[i] =
        i > 9 && i % 7 != 0 ? ids[i % 5 == 0 ? at : i - 6] : ink_random_below(&random, VOCABULARY);
    char utf8[4];
    ink_buffer_append(&text, utf8, ink_utf8_encode(network_code_point(ids[i]), utf8));
  }
  CHECK(!text.failed);
  return text;
}

static network small_network(void) {
  return network_new(INK_CELL_GRU, VOCABULARY, 9, 1, 5, 0.5f, 3);
}

/* The network's file with counts of a text. */
static ink_buffer counted_file(ink_count_options *options) {
  network n = small_network();
  ink_buffer plain = network_file(&n, NULL, 0), text = text_of(1);
  ink_error error;
  uint8_t *bytes;
  size_t size;
  CHECK_OK(ink_count((const uint8_t *)plain.bytes, plain.size, text.bytes, text.size, NULL, 0,
                     options, &bytes, &size, &error));
  ink_buffer_free(&plain);
  ink_buffer_free(&text);
  network_free(&n);
  return (ink_buffer){.bytes = (char *)bytes, .size = size};
}

static ink_model *load(const ink_buffer *file, ink_kernel kernel) {
  ink_error error;
  ink_model *model;
  CHECK_OK(
      ink_model_load((const uint8_t *)file->bytes, file->size, NULL, 0, kernel, &model, &error));
  return model;
}

static void feed(ink_session *session, const char *text) {
  ink_error error;
  CHECK_OK(ink_session_feed(session, text, strlen(text), 0, &error));
}

static void copy_distribution(ink_session *session, float *copy) {
  ink_error error;
  const float *p;
  CHECK_OK(ink_session_distribution(session, NULL, &p, &error));
  memcpy(copy, p, VOCABULARY * sizeof *copy);
}

static void test_mixture(void) {
  ink_error error;
  ink_count_options options = {.order = 4, .weight = 0.25f};
  ink_buffer file = counted_file(&options);
  float first[VOCABULARY], alone[VOCABULARY], counted[VOCABULARY], mixed[VOCABULARY];
  for (int kernel = INK_KERNEL_SCALAR; kernel <= INK_KERNEL_AVX512; kernel++) {
    if (ink_kernels_find((ink_kernel)kernel) == NULL) continue;
    ink_model *model = load(&file, (ink_kernel)kernel);
    ink_session *session;
    CHECK_OK(ink_session_new(model, &session, &error));
    feed(session, "!\"#\"");
    copy_distribution(session, mixed);
    if (kernel == INK_KERNEL_SCALAR) memcpy(first, mixed, sizeof first);
    CHECK(memcmp(first, mixed, sizeof first) == 0);

    const float weights[] = {0, 1};
    for (int i = 0; i < 2; i++) {
      ink_session *other;
      CHECK_OK(ink_model_weigh_counts(model, weights[i], &error));
      CHECK_OK(ink_session_new(model, &other, &error));
      feed(other, "!\"#\"");
      copy_distribution(other, i == 0 ? alone : counted);
      ink_session_free(other);
    }
    uint32_t context[] = {1, 2, 3, 2};
    for (uint32_t v = 0; v < VOCABULARY; v++) {
      double exact = ink_counts_probability(model->network.counts, context, 4, v);
      CHECK_NEAR((double)counted[v], exact, 1e-6);
      CHECK_NEAR((double)mixed[v], 0.75 * (double)alone[v] + 0.25 * exact, 1e-6);
    }
    CHECK_FAILS(ink_model_weigh_counts(model, 1.5f, &error), INK_ERROR_ARGUMENT, "0 to 1");
    CHECK_FAILS(ink_model_weigh_counts(model, NAN, &error), INK_ERROR_ARGUMENT, "0 to 1");
    ink_session_free(session);
    ink_model_free(model);
  }
  ink_buffer_free(&file);
}

static void test_sessions(void) {
  ink_error error;
  ink_count_options options = {.order = 5, .weight = 0.6f};
  ink_buffer file = counted_file(&options);
  ink_model *model = load(&file, INK_KERNEL_AUTO);
  ink_session *sessions[3], *fork;
  float alone[VOCABULARY], together[VOCABULARY];
  const char *const texts[] = {"!\"#", "\"\"", "%'(#"};
  for (int i = 0; i < 3; i++) {
    CHECK_OK(ink_session_new(model, &sessions[i], &error));
    feed(sessions[i], texts[i]);
  }
  /* Together each gets what it gets alone; a fork and a saved state go on as the session does. */
  ink_sessions_read_out(sessions, 3);
  for (int i = 0; i < 3; i++) {
    copy_distribution(sessions[i], together);
    CHECK_OK(ink_session_fork(sessions[i], &fork, &error));
    copy_distribution(fork, alone);
    CHECK(memcmp(alone, together, sizeof alone) == 0);
    size_t size = ink_session_state_size(sessions[i]);
    uint8_t *state = malloc(size);
    CHECK(state != NULL);
    ink_session_save(sessions[i], state);
    ink_session_reset(fork);
    CHECK_OK(ink_session_restore(fork, state, size, &error));
    uint32_t a, b;
    for (int step = 0; step < 30; step++) {
      CHECK_OK(ink_session_sample(sessions[i], NULL, &a, &error));
      CHECK_OK(ink_session_sample(fork, NULL, &b, &error));
      CHECK(a == b);
    }
    free(state);
    ink_session_free(fork);
    ink_session_free(sessions[i]);
  }
  ink_model_free(model);
  ink_buffer_free(&file);
}

static void test_losses(void) {
  ink_error error;
  ink_count_options options;
  ink_count_options_default(&options);
  ink_buffer file = counted_file(&options), text = text_of(1);
  CHECK(options.order >= 2 && options.weight > 0.2f && options.weight <= 1);
  ink_model *model = load(&file, INK_KERNEL_AUTO);
  ink_info info;
  ink_model_info(model, &info);
  CHECK(info.counts == options.order && info.counts_weight == options.weight);
  CHECK(strstr(ink_model_info_json(model), "\"counts\":{\"order\":") != NULL);
  ink_evaluation whole, by_network, by_counts;
  CHECK_OK(ink_evaluate(model, text.bytes, text.size, 0, &whole, &error));
  CHECK_OK(ink_model_weigh_counts(model, 0, &error));
  CHECK_OK(ink_evaluate(model, text.bytes, text.size, 0, &by_network, &error));
  CHECK_OK(ink_model_weigh_counts(model, 1, &error));
  CHECK_OK(ink_evaluate(model, text.bytes, text.size, 0, &by_counts, &error));
  CHECK_NEAR(whole.network_nats, by_network.nats, 1e-6);
  CHECK_NEAR(whole.counts_nats, by_counts.nats, 1e-6);
  CHECK_NEAR(by_network.counts_nats, whole.counts_nats, 1e-12);
  CHECK(whole.nats < by_network.nats);
  ink_model_free(model);
  ink_buffer_free(&text);
  ink_buffer_free(&file);

  /* A model without counts has no such losses, and takes no weight. */
  network n = small_network();
  model = network_load(&n);
  CHECK_OK(ink_evaluate(model, "!\"#", 3, 0, &whole, &error));
  CHECK(isnan(whole.network_nats) && isnan(whole.counts_nats));
  CHECK_FAILS(ink_model_weigh_counts(model, 0.5f, &error), INK_ERROR_ARGUMENT, "no counts");
  ink_model_free(model);
  network_free(&n);
}

/* Learning as it reads at no rate is reading, of both parts; the adapted file keeps its counts. */
static void test_dynamic(void) {
  ink_error error;
  ink_count_options options = {.order = 4, .weight = 0.4f};
  ink_buffer file = counted_file(&options), text = text_of(2);
  ink_model *model = load(&file, INK_KERNEL_AUTO), *adapted;
  ink_dynamic dynamic = {.learning_rate = 0, .decay = 0, .segment = 7};
  ink_evaluation read, learnt;
  uint8_t *bytes;
  size_t size;
  CHECK_OK(ink_evaluate(model, text.bytes, text.size, 0, &read, &error));
  CHECK_OK(ink_evaluate_dynamic(model, (const uint8_t *)file.bytes, file.size, &dynamic, text.bytes,
                                text.size, &learnt, &bytes, &size, &error));
  CHECK_NEAR(learnt.nats, read.nats, 1e-5);
  CHECK_NEAR(learnt.network_nats, read.network_nats, 1e-5);
  CHECK_NEAR(learnt.counts_nats, read.counts_nats, 1e-9);
  CHECK_OK(ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, &adapted, &error));
  CHECK_OK(ink_evaluate(adapted, text.bytes, text.size, 0, &learnt, &error));
  CHECK_NEAR(learnt.nats, read.nats, 1e-6);
  ink_release(bytes);
  ink_model_free(adapted);
  ink_model_free(model);
  ink_buffer_free(&file);
  ink_buffer_free(&text);
}

/* What is chosen by a held-out text is better by it than what is near. */
static void test_choice(void) {
  ink_error error;
  network n = small_network();
  ink_buffer plain = network_file(&n, NULL, 0), text = text_of(1), held_out = text_of(2);
  double least = INFINITY, chosen = 0;
  ink_count_options best;
  ink_count_options_default(&best);
  for (int i = -1; i < 9 * 8; i++) {
    ink_count_options options = {.order = 1 + (uint32_t)i % 8, .weight = (float)(i / 8 + 1) / 10};
    if (i < 0) options = best;
    uint8_t *bytes;
    size_t size;
    ink_evaluation e;
    CHECK_OK(ink_count((const uint8_t *)plain.bytes, plain.size, text.bytes, text.size,
                       held_out.bytes, held_out.size, &options, &bytes, &size, &error));
    ink_buffer file = {.bytes = (char *)bytes, .size = size};
    ink_model *model = load(&file, INK_KERNEL_AUTO);
    CHECK_OK(ink_evaluate(model, held_out.bytes, held_out.size, 0, &e, &error));
    if (i < 0) chosen = e.nats;
    if (e.nats < least) least = e.nats;
    ink_model_free(model);
    ink_buffer_free(&file);
  }
  CHECK_NEAR(chosen, least, 0.01); /* contexts at the held-out text's start are not the same */
  ink_buffer_free(&plain);
  ink_buffer_free(&text);
  ink_buffer_free(&held_out);
  network_free(&n);
}

/* ---- Copies ---------------------------------------------------------------------------------- */

/* The longest run of what a session writes that stands in the text. */
static size_t longest_copy(const ink_model *model, const ink_buffer *text, uint32_t most) {
  ink_error error;
  ink_sampling sampling;
  ink_session *session;
  ink_sampling_default(&sampling);
  sampling.max_copy = most;
  CHECK_OK(ink_session_new(model, &session, &error));
  ink_buffer written = {0};
  uint32_t starts[300];
  for (uint32_t i = 0; i < 300; i++) {
    uint32_t id;
    CHECK_OK(ink_session_sample(session, &sampling, &id, &error));
    starts[i] = (uint32_t)written.size;
    ink_buffer_append(&written, ink_model_token(model, id), strlen(ink_model_token(model, id)));
  }
  ink_buffer_append(&written, "", 1);
  size_t longest = 0;
  for (size_t i = 0; i < 300; i++) {
    while (i + longest < 299) {
      size_t size = starts[i + longest + 1] - starts[i];
      if (memmem(text->bytes, text->size, written.bytes + starts[i], size) == NULL) break;
      longest++;
    }
  }
  ink_buffer_free(&written);
  ink_session_free(session);
  return longest;
}

static void test_copies(void) {
  ink_error error;
  ink_count_options options = {.order = 5, .weight = 0.97f};
  ink_buffer file = counted_file(&options), text = text_of(1);
  ink_model *model = load(&file, INK_KERNEL_AUTO);
  CHECK(longest_copy(model, &text, 0) > 9);
  static const uint32_t most[] = {1, 2, 3, 4, 5, 6, 9, 15};
  for (size_t i = 0; i < sizeof most / sizeof most[0]; i++) {
    size_t longest = longest_copy(model, &text, most[i]);
    CHECK(longest <= most[i]);
    CHECK(longest == most[i] || most[i] > 9); /* and no shorter than need be */
  }
  ink_model_free(model);
  ink_buffer_free(&file);

  /* A pruned table does not know what it lacks; a model without counts knows nothing. */
  options.threshold = 1e-3f;
  file = counted_file(&options);
  network n = small_network();
  ink_model *models[] = {load(&file, INK_KERNEL_AUTO), network_load(&n)};
  ink_sampling sampling;
  ink_sampling_default(&sampling);
  sampling.max_copy = 3;
  for (int i = 0; i < 2; i++) {
    ink_session *session;
    uint32_t id;
    CHECK_OK(ink_session_new(models[i], &session, &error));
    CHECK_FAILS(ink_session_sample(session, &sampling, &id, &error), INK_ERROR_ARGUMENT,
                i == 0 ? "limiting copies" : "no counts");
    ink_session_free(session);
    ink_model_free(models[i]);
  }
  network_free(&n);
  ink_buffer_free(&file);
  ink_buffer_free(&text);
}

/* ---- What does not fit ----------------------------------------------------------------------- */

static void fails(const ink_buffer *plain, const char *text, ink_count_options options,
                  ink_status status, const char *says) {
  ink_error error;
  uint8_t *bytes;
  size_t size;
  CHECK_FAILS(ink_count((const uint8_t *)plain->bytes, plain->size, text, strlen(text), NULL, 0,
                        &options, &bytes, &size, &error),
              status, says);
  CHECK(bytes == NULL && size == 0);
}

static void test_refusals(void) {
  network n = small_network();
  ink_buffer plain = network_file(&n, NULL, 0);
  fails(&plain, "!!!", (ink_count_options){9, 0.5f, 0}, INK_ERROR_ARGUMENT, "1 to 8");
  fails(&plain, "!!!", (ink_count_options){3, 1.5f, 0}, INK_ERROR_ARGUMENT, "0 to 1");
  fails(&plain, "!!!", (ink_count_options){3, NAN, 0}, INK_ERROR_ARGUMENT, "0 to 1");
  fails(&plain, "!!!", (ink_count_options){3, 0.5f, -1}, INK_ERROR_ARGUMENT, "threshold");
  fails(&plain, "", (ink_count_options){3, 0.5f, 0}, INK_ERROR_TEXT, "no token");
  fails(&plain, "abcxyz", (ink_count_options){3, 0.5f, 0}, INK_ERROR_TEXT, "no token");
  fails(&plain, "!\"!", (ink_count_options){0, -1, 0}, INK_ERROR_TEXT, "too short");
  fails(&plain, "!\xff", (ink_count_options){3, 0.5f, 0}, INK_ERROR_TEXT, "UTF-8");
  ink_buffer_free(&plain);
  network_free(&n);
}

/* The file with one tensor, or one line of metadata, put in the place of another. */
static void refuse(const ink_buffer *file, const char *name, const ink_tensor *instead,
                   const char *weight, const char *says) {
  ink_error error;
  ink_tensors *tensors;
  ink_tensor list[INK_PARAMETERS_MAX];
  ink_buffer spoiled = {0};
  size_t count = 0;
  CHECK_OK(ink_tensors_parse((const uint8_t *)file->bytes, file->size, &tensors, &error));
  for (size_t i = 0; i < tensors->count; i++) {
    const ink_tensor *tensor = &tensors->list[i];
    if (strcmp(tensor->name, name) != 0) {
      list[count++] = *tensor;
    } else if (instead != NULL) {
      list[count++] = *instead;
    }
  }
  const char *const metadata[] = {"counts_weight", weight};
  ink_tensors_write(list, count, metadata, weight == NULL ? 0 : 1, &spoiled);
  ink_model *model;
  CHECK_FAILS(ink_model_load((const uint8_t *)spoiled.bytes, spoiled.size, NULL, 0, INK_KERNEL_AUTO,
                             &model, &error),
              INK_ERROR_FORMAT, says);
  CHECK(model == NULL);
  ink_buffer_free(&spoiled);
  ink_tensors_free(tensors);
}

static void test_files(void) {
  ink_count_options options = {.order = 3, .weight = 0.5f};
  ink_buffer file = counted_file(&options);
  static const char *const names[] = {"counts.sizes", "counts.discounts", "counts.tree"};
  const uint8_t bytes[64] = {VOCABULARY};
  for (int i = 0; i < 3; i++) {
    char missing[40];
    snprintf(missing, sizeof missing, "%s is missing", names[i]);
    refuse(&file, names[i], NULL, "0.5", missing);
    ink_tensor halves = {
        .name = names[i], .dtype = INK_F16, .axes = 1, .shape = {8}, .count = 8, .bytes = bytes};
    refuse(&file, names[i], &halves, "0.5", names[i]);
  }
  ink_tensor even = {
      .name = names[0], .dtype = INK_U32, .axes = 1, .shape = {4}, .count = 4, .bytes = bytes};
  refuse(&file, names[0], &even, "0.5", "counts.sizes has 4 numbers");
  static const char *const weights[] = {"", "1.5", "-0.1", "x", ".", "0.5.", "nan", "1e-3"};
  for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++) {
    refuse(&file, "", NULL, weights[i], "counts_weight");
  }
  refuse(&file, "", NULL, NULL, "counts_weight is missing");
  ink_buffer_free(&file);
}

int main(void) {
  test_mixture();
  test_sessions();
  test_losses();
  test_dynamic();
  test_choice();
  test_copies();
  test_refusals();
  test_files();
  return 0;
}
