/*
 * Memory that runs out: of everything a program does with a model, each allocation fails in turn.
 * Every failure must come back as INK_ERROR_MEMORY, leave what was there usable, and leak nothing.
 *
 * Linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free.
 */
#include <stdbool.h>

#include "check.h"
#include "inkling_scores.h"
#include "inkling_text.h"
#include "network.h"
#include "scores/bleu.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

static long allocations_left = -1; /* until one fails; -1: none fails */
static bool has_failed;
static long live;

static bool fails(void) {
  if (allocations_left < 0) return false;
  if (allocations_left-- > 0) return false;
  has_failed = true;
  return true;
}

static void *counted(void *memory) {
  if (memory != NULL) live++;
  return memory;
}

void *__wrap_malloc(size_t size) { return fails() ? NULL : counted(__real_malloc(size)); }

void *__wrap_calloc(size_t count, size_t size) {
  return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size) {
  if (fails()) return NULL;
  if (memory != NULL) live--;
  return counted(__real_realloc(memory, size));
}

void __wrap_free(void *memory) {
  if (memory != NULL) live--;
  __real_free(memory);
}

/* ---- What a program does --------------------------------------------------------------------- */

typedef struct program {
  ink_buffer file;      /* of a model with `start` and an embedding */
  ink_model *model;     /* loaded from it, with memory */
  ink_buffer elsewhere; /* of a model of another program */
  ink_session *session;
  uint8_t *saved; /* the session's state */
  ink_trainer *trainer;
} program;

static ink_status do_load(const program *p, ink_error *error) {
  ink_model *model;
  ink_status status = ink_model_load((const uint8_t *)p->file.bytes, p->file.size, NULL, 0,
                                     INK_KERNEL_AUTO, &model, error);
  CHECK((status == INK_OK) == (model != NULL));
  ink_model_free(model);
  return status;
}

static ink_status do_session(const program *p, ink_error *error) {
  ink_session *session, *fork = NULL;
  ink_status status = ink_session_new(p->model, &session, error);
  if (status == INK_OK) status = ink_session_feed(session, "!\"#", 3, 0, error);
  if (status == INK_OK) status = ink_session_fork(session, &fork, error);
  ink_session_free(session);
  ink_session_free(fork);
  return status;
}

static ink_status do_feed(const program *p, ink_error *error) {
  return ink_session_feed(p->session, "!\"", 2, 1, error);
}

static ink_status do_trace(const program *p, ink_error *error) {
  ink_trace trace;
  ink_status status = ink_session_trace(p->session, "!\"", 2, 1, INK_TRACE_GATES, &trace, error);
  ink_release(trace.memory);
  return status;
}

static ink_status do_saliency(const program *p, ink_error *error) {
  float *saliency;
  ink_status status = ink_saliency(p->model, (const uint8_t *)p->file.bytes, p->file.size, "!\"#",
                                   3, 0, 2, &saliency, error);
  ink_release(saliency);
  return status;
}

static ink_status do_generation(const program *p, ink_error *error) {
  ink_generation *generation;
  ink_status status = ink_generation_new(p->session, NULL, 20, "z\0zz", 5, &generation, error);
  if (status == INK_OK) status = ink_generation_keep_tokens(generation, error);
  while (status == INK_OK && !ink_generation_done(generation)) {
    const char *text;
    size_t bytes;
    status = ink_generation_next(generation, 3, &text, &bytes, error);
  }
  ink_generation_free(generation);
  return status;
}

static ink_status do_together(const program *p, ink_error *error) {
  ink_session *forks[2] = {NULL};
  ink_generation *generations[2] = {NULL};
  ink_status status = INK_OK;
  for (int i = 0; i < 2 && status == INK_OK; i++) {
    status = ink_session_fork(p->session, &forks[i], error);
    if (status == INK_OK) {
      status = ink_generation_new(forks[i], NULL, 20, NULL, 0, &generations[i], error);
    }
  }
  const char *texts[2];
  size_t bytes[2];
  if (status == INK_OK) status = ink_generations_next(generations, 2, 9, texts, bytes, error);
  for (int i = 0; i < 2; i++) {
    ink_generation_free(generations[i]);
    ink_session_free(forks[i]);
  }
  return status;
}

static ink_status search(const program *p, uint32_t length, ink_error *error) {
  const ink_beam_options options = {3, length, 0.6f};
  ink_hypothesis *best;
  size_t count;
  ink_status status = ink_beam_search(p->session, &options, "!!", 3, &best, &count, error);
  CHECK((status == INK_OK) == (best != NULL));
  ink_release(best);
  return status;
}

static ink_status do_beam(const program *p, ink_error *error) { return search(p, 9, error); }

static ink_status do_quantize(const program *p, ink_error *error) {
  uint8_t *file;
  size_t size;
  ink_status status = ink_quantize((const uint8_t *)p->file.bytes, p->file.size, INK_WEIGHTS_INT8,
                                   &file, &size, error);
  CHECK((status == INK_OK) == (file != NULL));
  ink_release(file);
  return status;
}

/* Counts beside the network, and the model with them. */
static ink_status do_count(const program *p, ink_error *error) {
  static const char text[] = "!\"!!\"#\"!\"#!\"!!\"\"#!\"\"!\"!!\"#\"!\"#!\"!!\"\"#!\"\"!\"!!\"#";
  ink_count_options options;
  ink_count_options_default(&options);
  options.order = 4;
  uint8_t *file;
  size_t size;
  ink_model *model = NULL;
  ink_evaluation evaluation;
  ink_status status = ink_count((const uint8_t *)p->file.bytes, p->file.size, text, strlen(text),
                                text, strlen(text), &options, &file, &size, error);
  CHECK((status == INK_OK) == (file != NULL));
  if (status == INK_OK) {
    status = ink_model_load(file, size, NULL, 0, INK_KERNEL_AUTO, &model, error);
  }
  if (status == INK_OK) status = ink_evaluate(model, text, strlen(text), 0, &evaluation, error);
  ink_model_free(model);
  ink_release(file);
  return status;
}

static ink_status do_mix(const program *p, ink_error *error) {
  const ink_model *const models[] = {p->model, p->model, p->model};
  const float weights[] = {0.5f, 0.25f, 0.25f};
  ink_model *mixed;
  ink_evaluation evaluation;
  ink_status status = ink_model_mix(models, weights, 3, &mixed, error);
  if (status == INK_OK) status = ink_evaluate(mixed, "!\"#!", 4, 0, &evaluation, error);
  ink_model_free(mixed);
  return status;
}

static ink_status do_evaluation(const program *p, ink_error *error) {
  ink_evaluation evaluation;
  char *reading;
  size_t bytes;
  ink_status status = ink_model_reading(p->model, "!z\"#!\"", 6, &reading, &bytes, error);
  CHECK((status == INK_OK) == (reading != NULL));
  if (status == INK_OK) status = ink_evaluate(p->model, reading, bytes, 0, &evaluation, error);
  ink_release(reading);
  return status;
}

static ink_status do_dynamic(const program *p, ink_error *error) {
  ink_evaluation evaluation;
  ink_dynamic options;
  ink_dynamic_default(&options);
  uint8_t *adapted;
  size_t bytes;
  ink_status status =
      ink_evaluate_dynamic(p->model, (const uint8_t *)p->file.bytes, p->file.size, &options,
                           "!\"#!\"", 5, &evaluation, &adapted, &bytes, error);
  CHECK((status == INK_OK) == (adapted != NULL));
  ink_release(adapted);
  return status;
}

/* Every option that allocates, a validation, a split, a checkpoint and the model made of it. */
static ink_status do_training(const program *p, ink_error *error) {
  (void)p;
  static const char text[] = "abcabcabcabcabcabcabcabc\nabcabcabcabcabcabcabcabc\nabcabc\nabc\n";
  ink_train_options options;
  ink_train_options_default(&options);
  options.hidden = 4;
  options.embed = 2;
  options.batch = 2;
  options.nchars = 5;
  options.steps = 2;
  options.validate_every = 1;
  options.dropout = options.weight_drop = options.average = 0.5f;
  options.lines = 1;
  ink_trainer *trainer, *resumed = NULL;
  uint8_t *checkpoint = NULL, *model = NULL;
  char *held_out = NULL;
  size_t checkpoint_bytes = 0, bytes;
  ink_status status = ink_trainer_new(
      &options, &(ink_material){.text = text, .bytes = strlen(text)}, &trainer, error);
  if (status == INK_OK) status = ink_trainer_split(trainer, 0, 2, error);
  if (status == INK_OK) status = ink_trainer_step(trainer, NULL, error);
  if (status == INK_OK) {
    status = ink_trainer_checkpoint(trainer, NULL, &checkpoint, &checkpoint_bytes, error);
  }
  if (status == INK_OK) {
    status = ink_trainer_resume(checkpoint, checkpoint_bytes,
                                &(ink_material){.text = text, .bytes = strlen(text)}, NULL,
                                &resumed, error);
  }
  if (status == INK_OK) status = ink_trainer_model(resumed, 1, NULL, 0, &model, &bytes, error);
  if (status == INK_OK) {
    status = ink_held_out(&options, text, strlen(text), &held_out, &bytes, error);
  }
  ink_release(held_out);
  ink_release(model);
  ink_release(checkpoint);
  ink_trainer_free(resumed);
  ink_trainer_free(trainer);
  return status;
}

/* A table of labelled texts, by itself and by the labels of a model. */
static ink_status do_columns(const program *p, ink_error *error) {
  (void)p;
  static const char text[] = "text,label\na,x\n\"b\",y\nc,x\nd,y\ne,x\nf,y\n";
  static const char *const known[] = {"x", "y"};
  ink_columns columns;
  ink_status status = ink_columns_read(text, strlen(text), NULL, 0, &columns, error);
  CHECK((status == INK_OK) == (columns.text != NULL));
  ink_release(columns.text);
  if (status == INK_OK) {
    status = ink_columns_read(text, strlen(text), known, 2, &columns, error);
    ink_release(columns.text);
  }
  ink_column listed[INK_COLUMNS_MOST];
  size_t count, rows, bytes, left_out;
  int header = 1, column = 1;
  char *taken = NULL;
  if (status == INK_OK) {
    status = ink_columns_list(text, strlen(text), listed, &count, &rows, &header, error);
  }
  if (status == INK_OK) {
    status =
        ink_columns_take(text, strlen(text), &column, 1, header, &taken, &bytes, &left_out, error);
  }
  ink_release(taken);
  return status;
}

/* A text of words to a model, which reads one and writes. */
static ink_status do_words(const program *p, ink_error *error) {
  (void)p;
  static const char text[] = "the cat, the dog and the cat\nthe dog, the cat\nthe cow and a cat\n";
  ink_train_options options;
  ink_train_options_default(&options);
  options.level = INK_LEVEL_WORD;
  options.min_count = 2;
  options.hidden = 3;
  options.batch = 2;
  options.nchars = 3;
  options.validation = 0;
  ink_trainer *trainer;
  uint8_t *file = NULL;
  ink_model *model = NULL;
  ink_session *session = NULL;
  ink_generation *generation = NULL;
  size_t bytes;
  const char *piece;
  ink_status status = ink_trainer_new(
      &options, &(ink_material){.text = text, .bytes = strlen(text)}, &trainer, error);
  if (status == INK_OK) status = ink_trainer_model(trainer, 0, NULL, 0, &file, &bytes, error);
  if (status == INK_OK) {
    status = ink_model_load(file, bytes, NULL, 0, INK_KERNEL_AUTO, &model, error);
  }
  if (status == INK_OK) status = ink_session_new(model, &session, error);
  if (status == INK_OK) status = ink_session_feed(session, "The nobody", 10, 0, error);
  if (status == INK_OK) status = ink_generation_new(session, NULL, 9, NULL, 0, &generation, error);
  if (status == INK_OK) status = ink_generation_next(generation, 9, &piece, &bytes, error);
  ink_generation_free(generation);
  ink_session_free(session);
  ink_model_free(model);
  ink_release(file);
  ink_trainer_free(trainer);
  return status;
}

/* Captions and pictures to a model, which looks at one and writes. */
static ink_status do_pictures(const program *p, ink_error *error) {
  (void)p;
  static const uint8_t pictures[] = "P6 2 1 255\nabcdefP6 2 1 255\nghijkl";
  static const char captions[] = "one\ntwo\n";
  ink_train_options options;
  ink_train_options_default(&options);
  options.task = INK_TASK_CAPTIONER;
  options.hidden = options.batch = options.channels = 3;
  options.picture = 8;
  options.blocks = 2;
  options.validation = 0;
  ink_trainer *trainer;
  uint8_t *file = NULL;
  ink_model *model = NULL;
  ink_source *source = NULL;
  ink_session *session = NULL;
  size_t bytes;
  const ink_material material = {.text = captions,
                                 .bytes = strlen(captions),
                                 .pictures = pictures,
                                 .pictures_bytes = sizeof pictures - 1};
  ink_status status = ink_trainer_new(&options, &material, &trainer, error);
  if (status == INK_OK) status = ink_trainer_model(trainer, 0, NULL, 0, &file, &bytes, error);
  ink_trainer_free(trainer);
  if (status == INK_OK) {
    status = ink_model_load(file, bytes, NULL, 0, INK_KERNEL_AUTO, &model, error);
  }
  if (status == INK_OK) status = ink_source_picture(model, pictures, 2, 2, 4, &source, error);
  if (status == INK_OK) status = ink_session_new(model, &session, error);
  if (status == INK_OK) status = ink_session_start(session, source, error);
  if (status == INK_OK) CHECK(ink_session_logits(session) != NULL);
  const ink_beam_options beam = {.width = 2, .length = 5};
  ink_captioning score;
  if (status == INK_OK) {
    status = ink_evaluate_captions(model, captions, strlen(captions), pictures, sizeof pictures - 1,
                                   &beam, &score, error);
  }
  ink_session_free(session);
  ink_source_free(source);
  ink_model_free(model);
  ink_release(file);
  return status;
}

/* A model with what only other programs' models have. */
static ink_status do_elsewhere(const program *p, ink_error *error) {
  ink_model *model;
  ink_session *session = NULL, *fork = NULL;
  ink_status status = ink_model_load((const uint8_t *)p->elsewhere.bytes, p->elsewhere.size, NULL,
                                     0, INK_KERNEL_AUTO, &model, error);
  if (status == INK_OK) status = ink_session_new(model, &session, error);
  if (status == INK_OK) status = ink_session_feed(session, "!\"!", 3, 0, error);
  if (status == INK_OK) CHECK(ink_session_logits(session) != NULL);
  if (status == INK_OK) status = ink_session_fork(session, &fork, error);
  ink_session_free(fork);
  ink_session_free(session);
  ink_model_free(model);
  return status;
}

static ink_status do_ngram(const program *p, ink_error *error) {
  (void)p;
  ink_ngram *ngram;
  ink_model *model = NULL;
  ink_evaluation evaluation;
  ink_status status = ink_ngram_new("abracadabra", 11, NULL, 0, 4, &ngram, error);
  CHECK((status == INK_OK) == (ngram != NULL));
  if (status == INK_OK) status = ink_ngram_evaluate(ngram, "abba", 4, 0, &evaluation, error);
  if (status == INK_OK) status = ink_ngram_model(ngram, &model, error);
  ink_model_free(model);
  ink_ngram_free(ngram);
  return status;
}

static ink_status do_baseline(const program *p, ink_error *error) {
  ink_evaluation evaluation;
  uint32_t order = 3;
  ink_status status = ink_trainer_ngram(p->trainer, &order, &evaluation, error);
  if (status != INK_OK) return status;
  return ink_model_ngram(p->model, "!\"#!\"", 5, "!\"#", 3, 0, &order, &evaluation, error);
}

static ink_status do_novelty(const program *p, ink_error *error) {
  (void)p;
  ink_overlap overlap;
  return ink_novelty("abracadabra", 11, "abracadabracadabra", 18, &overlap, error);
}

static ink_status do_naive_bayes(const program *p, ink_error *error) {
  (void)p;
  static const char examples[] = "vowels\taeiou\nothers\tbcdfg\nvowels\tooooh\n";
  ink_naive_bayes *bayes;
  ink_classification result;
  ink_status status =
      ink_naive_bayes_new(examples, strlen(examples), INK_FEATURES_CHARACTERS, 1, &bayes, error);
  CHECK((status == INK_OK) == (bayes != NULL));
  if (status == INK_OK) {
    status = ink_naive_bayes_evaluate(bayes, examples, strlen(examples), &result, error);
  }
  ink_naive_bayes_free(bayes);
  return status;
}

static ink_status do_scores(const program *p, ink_error *error) {
  (void)p;
  const char *references[] = {"The dog bit the man.", "The dog had bit the man."};
  const size_t bytes[] = {20, 24};
  ink_bleu bleu = {0};
  double f1;
  ink_status status = ink_bleu_add(&bleu, references[0], bytes[0], references, bytes, 2, error);
  CHECK((status == INK_OK) == (bleu.length == 6));
  if (status == INK_OK) {
    status = ink_word_f1(references[0], bytes[0], references[1], bytes[1], &f1, error);
  }
  return status;
}

/* A feed that succeeds changes the session, so only failures are compared. */
static void check_unchanged(const program *p) {
  size_t size = ink_session_state_size(p->session);
  uint8_t *now = malloc(size);
  CHECK(now != NULL);
  ink_session_save(p->session, now);
  CHECK(memcmp(now, p->saved, size) == 0);
  free(now);
}

static void test_every_allocation(const program *p,
                                  ink_status (*act)(const program *p, ink_error *error)) {
  for (long n = 0;; n++) {
    CHECK(n < 1000);
    ink_error error = {INK_OK, ""};
    long before = live;
    allocations_left = n;
    has_failed = false;
    ink_status status = act(p, &error);
    allocations_left = -1;
    CHECK(live == before);
    if (!has_failed) {
      CHECK(status == INK_OK && n > 0);
      break;
    }
    CHECK(status == INK_ERROR_MEMORY && error.status == INK_ERROR_MEMORY);
    CHECK_TEXT(error.message, "out of memory");
    check_unchanged(p);
  }
  CHECK(act(p, NULL) == INK_OK);
  ink_session_save(p->session, p->saved);
}

/* No step allocates. */
static void test_steps(const program *p) {
  ink_error error;
  ink_generation *generation;
  CHECK_OK(ink_generation_new(p->session, NULL, 1000, "z\0zz", 5, &generation, &error));
  CHECK_OK(ink_generation_keep_tokens(generation, &error));
  allocations_left = 0;
  has_failed = false;
  const ink_sampling sampling = {1.2f, 64, 0.8f, 5, 0.9f, 0.01f, 0};
  const float *probabilities;
  uint32_t id;
  for (int i = 0; i < 100; i++) {
    const char *text;
    size_t bytes;
    CHECK_OK(ink_generation_next(generation, 5, &text, &bytes, &error));
    CHECK_OK(ink_session_feed_token(p->session, 1, &error));
    CHECK_OK(ink_session_distribution(p->session, &sampling, &probabilities, &error));
    CHECK_OK(ink_session_sample(p->session, &sampling, &id, &error));
    ink_session_save(p->session, p->saved);
    CHECK_OK(ink_session_restore(p->session, p->saved, ink_session_state_size(p->session), &error));
    ink_session_reset(p->session);
  }
  allocations_left = -1;
  CHECK(!has_failed);
  ink_generation_free(generation);
}

/* How many allocations a beam search makes does not depend on its steps. */
static void test_beam_steps(const program *p) {
  enum { MANY = 1000 };
  ink_error error;
  long made[2];
  for (uint32_t i = 0; i < 2; i++) {
    allocations_left = MANY;
    CHECK_OK(search(p, 1 + 99 * i, &error));
    made[i] = MANY - allocations_left;
    allocations_left = -1;
  }
  CHECK(made[0] > 0 && made[0] == made[1]);
}

int main(void) {
  network n = network_new(INK_CELL_LSTM, 10, 5, 2, 3, 0.5f, 1);
  const char *metadata[] = {"start", "\n", "end", "\n"};
  network other = network_elsewhere(INK_CELL_LSTM, 0.5f, 2);
  program p = {.file = network_file(&n, metadata, 2),
               .elsewhere = network_file(&other, network_elsewhere_says, NETWORK_ELSEWHERE)};
  ink_error error;
  CHECK_OK(ink_model_load((const uint8_t *)p.file.bytes, p.file.size, NULL, 0, INK_KERNEL_AUTO,
                          &p.model, &error));
  CHECK_OK(ink_session_new(p.model, &p.session, &error));
  p.saved = malloc(ink_session_state_size(p.session));
  CHECK(p.saved != NULL);
  ink_session_save(p.session, p.saved);

  ink_train_options options;
  ink_train_options_default(&options);
  options.hidden = options.batch = options.nchars = options.threads = 1;
  options.validation = 0.4f;
  CHECK_OK(ink_trainer_new(&options, &(ink_material){.text = "abracadabra", .bytes = 11},
                           &p.trainer, &error));

  test_every_allocation(&p, do_load);
  test_every_allocation(&p, do_session);
  test_every_allocation(&p, do_feed);
  test_every_allocation(&p, do_trace);
  test_every_allocation(&p, do_saliency);
  test_every_allocation(&p, do_generation);
  test_every_allocation(&p, do_together);
  test_every_allocation(&p, do_beam);
  test_every_allocation(&p, do_count);
  test_every_allocation(&p, do_mix);
  test_every_allocation(&p, do_quantize);
  test_every_allocation(&p, do_evaluation);
  test_every_allocation(&p, do_dynamic);
  test_every_allocation(&p, do_training);
  test_every_allocation(&p, do_columns);
  test_every_allocation(&p, do_words);
  test_every_allocation(&p, do_pictures);
  test_every_allocation(&p, do_elsewhere);
  test_every_allocation(&p, do_ngram);
  test_every_allocation(&p, do_baseline);
  test_every_allocation(&p, do_novelty);
  test_every_allocation(&p, do_naive_bayes);
  test_every_allocation(&p, do_scores);
  test_steps(&p);
  test_beam_steps(&p);

  ink_trainer_free(p.trainer);
  free(p.saved);
  ink_session_free(p.session);
  ink_model_free(p.model);
  ink_buffer_free(&p.file);
  ink_buffer_free(&p.elsewhere);
  network_free(&n);
  network_free(&other);
  CHECK(live == 0);
  return 0;
}
