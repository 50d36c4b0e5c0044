/*
 * Training from outside: it learns, it is the same from run to run, a resumed run reaches exactly
 * what an uninterrupted one reaches, and bad input is refused.
 */
#include "check.h"
#include "inkling_scores.h"
#include "train/options.h"

static const char line[] = "the quick brown fox jumps over the lazy dog\n";
enum { REPEATS = 60, STEPS = 24 };
static char text[sizeof line * REPEATS];

static ink_train_options small_options(void) {
  ink_train_options o;
  ink_train_options_default(&o);
  o.hidden = 13;
  o.layers = 2;
  o.embed = 5;
  o.batch = 5;
  o.nchars = 20;
  o.nchars_start = 8;
  o.steps = STEPS;
  o.dropout = 0.2f;
  o.variational = 1;
  o.weight_drop = 0.1f;
  o.average = 0.9f;
  o.learning_rate = 0.01f;
  o.warmup = 3;
  o.validate_every = 6;
  o.validation = 0.1f;
  return o;
}

static ink_trainer *new_trainer(const ink_train_options *options) {
  ink_trainer *trainer;
  ink_error error;
  CHECK_OK(ink_trainer_new(options, &(ink_material){.text = text, .bytes = strlen(text)}, &trainer,
                           &error));
  return trainer;
}

/* Steps until `until` and stores each loss; returns the last progress. */
static ink_progress train(ink_trainer *trainer, uint32_t until, double *losses) {
  ink_progress progress = {0};
  ink_error error;
  while (progress.step < until) {
    CHECK_OK(ink_trainer_step(trainer, &progress, &error));
    losses[progress.step - 1] = progress.loss;
  }
  return progress;
}

static void check_learns(void) {
  for (uint32_t cell = INK_CELL_RNN; cell <= INK_CELL_LSTM; cell++) {
    ink_train_options o = small_options();
    o.cell = cell;
    o.hidden = 32;
    o.layers = 1;
    o.embed = 0;
    o.dropout = 0;
    o.steps = 300;
    double losses[300];
    ink_trainer *trainer = new_trainer(&o);
    ink_progress p = train(trainer, 300, losses);
    CHECK(ink_trainer_done(trainer) && losses[0] > 3.0 && p.loss < 0.3 && p.best_loss < 0.3);
    uint8_t *bytes;
    size_t size;
    ink_error error;
    static const char metadata[] =
        "name\0"
        "fox\0"
        "license\0"
        "CC0";
    CHECK_OK(ink_trainer_model(trainer, 1, metadata, sizeof metadata, &bytes, &size, &error));
    ink_model *model;
    CHECK_OK(ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, &model, &error));
    CHECK_TEXT(ink_model_metadata(model, "name"), "fox");
    CHECK_TEXT(ink_model_metadata(model, "format"), "inkling");
    ink_evaluation e; /* what it wrote predicts as well as it was seen to do */
    CHECK_OK(ink_evaluate(model, line, strlen(line), 0, &e, &error));
    CHECK(e.nats < 0.6 && e.tokens == (double)strlen(line) - 1);
    ink_model_free(model);
    ink_release(bytes);
    CHECK(ink_trainer_step(trainer, &p, &error) == INK_ERROR_ARGUMENT);
    ink_trainer_free(trainer);
  }
}

static void check_deterministic(void) {
  ink_train_options o = small_options();
  double one[STEPS], again[STEPS], three[STEPS];
  o.threads = 1;
  ink_trainer *trainer = new_trainer(&o);
  train(trainer, STEPS, one);
  ink_trainer_free(trainer);
  o.threads = 3;
  trainer = new_trainer(&o);
  train(trainer, STEPS, three);
  ink_trainer_free(trainer);
  trainer = new_trainer(&o);
  train(trainer, STEPS, again);
  ink_trainer_free(trainer);
  CHECK(memcmp(three, again, sizeof three) == 0);
  for (int i = 0; i < STEPS; i++) CHECK_NEAR(three[i], one[i], 1e-4);
  o.seed = 1;
  trainer = new_trainer(&o);
  train(trainer, STEPS, again);
  ink_trainer_free(trainer);
  CHECK(memcmp(three, again, sizeof three) != 0);
}

/* What the recipe had yet to choose is no run: a checkpoint's options are all chosen. */
static void check_left_open(const uint8_t *checkpoint, size_t size) {
  static const char lstm[] = "\"cell\":\"lstm\"", open[] = "\"cell\":\"auto\"";
  uint8_t *copy = malloc(size);
  CHECK(copy != NULL);
  memcpy(copy, checkpoint, size);
  size_t at = 0;
  while (at + sizeof lstm < size && memcmp(copy + at, lstm, sizeof lstm - 1) != 0) at++;
  CHECK(at + sizeof lstm < size);
  memcpy(copy + at, open, sizeof open - 1);
  ink_trainer *trainer;
  ink_error error;
  CHECK(ink_trainer_resume(copy, size, &(ink_material){.text = text, .bytes = strlen(text)}, NULL,
                           &trainer, &error) == INK_ERROR_FORMAT);
  CHECK(strstr(error.message, "\"cell\"") != NULL);
  free(copy);
}

static void check_resume(void) {
  for (uint32_t cell = INK_CELL_RNN; cell <= INK_CELL_LSTM; cell++) {
    ink_train_options o = small_options();
    o.cell = cell;
    o.threads = 2;
    double whole[STEPS], parts[STEPS];
    ink_error error;
    ink_trainer *trainer = new_trainer(&o);
    ink_progress straight = train(trainer, STEPS, whole);
    uint8_t *expected, *got;
    size_t expected_size, got_size;
    CHECK_OK(ink_trainer_model(trainer, 1, NULL, 0, &expected, &expected_size, &error));
    ink_trainer_free(trainer);

    trainer = new_trainer(&o);
    train(trainer, 10, parts);
    uint8_t *checkpoint;
    size_t size;
    CHECK_OK(ink_trainer_checkpoint(trainer, NULL, &checkpoint, &size, &error));
    ink_trainer_free(trainer);
    CHECK_OK(ink_trainer_resume(checkpoint, size,
                                &(ink_material){.text = text, .bytes = strlen(text)}, NULL,
                                &trainer, &error));
    ink_progress resumed = {.step = 10};
    while (!ink_trainer_done(trainer)) {
      CHECK_OK(ink_trainer_step(trainer, &resumed, &error));
      parts[resumed.step - 1] = resumed.loss;
    }
    CHECK(memcmp(whole, parts, sizeof whole) == 0);
    CHECK(resumed.best_loss == straight.best_loss);
    CHECK_OK(ink_trainer_model(trainer, 1, NULL, 0, &got, &got_size, &error));
    CHECK(got_size == expected_size && memcmp(got, expected, got_size) == 0);
    ink_trainer_free(trainer);

    /* A checkpoint opens as a model; another text, a cut file and a plain model do not resume. */
    ink_model *model;
    CHECK_OK(ink_model_load(checkpoint, size, NULL, 0, INK_KERNEL_AUTO, &model, &error));
    ink_model_free(model);
    text[0] = 'T';
    CHECK(ink_trainer_resume(checkpoint, size, &(ink_material){.text = text, .bytes = strlen(text)},
                             NULL, &trainer, &error) == INK_ERROR_TEXT);
    text[0] = 't';
    CHECK(ink_trainer_resume(checkpoint, size - 4,
                             &(ink_material){.text = text, .bytes = strlen(text)}, NULL, &trainer,
                             &error) == INK_ERROR_FORMAT);
    CHECK(ink_trainer_resume(got, got_size, &(ink_material){.text = text, .bytes = strlen(text)},
                             NULL, &trainer, &error) == INK_ERROR_FORMAT);
    CHECK(trainer == NULL);
    if (cell == INK_CELL_LSTM) check_left_open(checkpoint, size);
    /* More steps and other threads may be asked for. */
    ink_train_options changes = {.threads = 1, .steps = STEPS + 2};
    CHECK_OK(ink_trainer_resume(checkpoint, size,
                                &(ink_material){.text = text, .bytes = strlen(text)}, &changes,
                                &trainer, &error));
    CHECK_OK(ink_trainer_step(trainer, &resumed, &error));
    CHECK(resumed.step == 11 && resumed.steps == STEPS + 2);
    ink_trainer_free(trainer);
    ink_release(checkpoint);
    ink_release(expected);
    ink_release(got);
  }
}

/* The same run in three parts of 2, 2 and 1 streams, with the sums made here. */
static void check_split(void) {
  enum { PARTS = 3 };
  ink_train_options o = small_options();
  double whole[STEPS], sum = 0;
  ink_error error;
  ink_trainer *trainer = new_trainer(&o), *parts[PARTS];
  ink_progress straight = train(trainer, STEPS, whole), progress = {0};
  size_t state_size = ink_trainer_state_size(trainer), count = 0;
  ink_trainer_free(trainer);
  for (uint32_t p = 0; p < PARTS; p++) {
    parts[p] = new_trainer(&o);
    CHECK_OK(ink_trainer_split(parts[p], p, PARTS, &error));
  }
  float *states[PARTS + 1];
  for (int p = 0; p <= PARTS; p++) states[p] = malloc(state_size * sizeof(float));
  for (int step = 0; step < STEPS; step++) {
    float *gradients[PARTS];
    sum = 0;
    for (int p = 0; p < PARTS; p++) {
      double loss;
      CHECK_OK(ink_trainer_gradients(parts[p], &gradients[p], &count, &loss, &error));
      sum += loss;
    }
    CHECK_NEAR(sum, whole[step], 1e-4);
    for (size_t i = 0; i < count; i++) gradients[0][i] += gradients[1][i] + gradients[2][i];
    for (int p = 0; p < PARTS; p++) {
      memmove(gradients[p], gradients[0], count * sizeof(float));
      CHECK_OK(ink_trainer_update(parts[p], sum, p == 0 ? &progress : NULL, &error));
    }
    if (step != 9) continue;
    /* What a checkpoint needs of the others: each has only its own streams' state. */
    for (int p = 0; p < PARTS; p++) ink_trainer_state_get(parts[p], states[p]);
    for (size_t i = 0; i < state_size; i++) {
      CHECK((states[0][i] != 0) + (states[1][i] != 0) + (states[2][i] != 0) <= 1);
      states[PARTS][i] = states[0][i] + states[1][i] + states[2][i];
    }
    uint8_t *checkpoint;
    size_t size;
    CHECK_OK(ink_trainer_checkpoint(parts[0], states[PARTS], &checkpoint, &size, &error));
    CHECK_OK(ink_trainer_resume(checkpoint, size,
                                &(ink_material){.text = text, .bytes = strlen(text)}, NULL,
                                &trainer, &error));
    ink_release(checkpoint);
  }
  /* Part 0 alone reads the held-out text, as two streams where the whole has five. */
  CHECK_NEAR(progress.validation_loss, straight.validation_loss, 0.05);
  ink_progress resumed = {.step = 10};
  while (!ink_trainer_done(trainer)) CHECK_OK(ink_trainer_step(trainer, &resumed, &error));
  CHECK_NEAR(resumed.loss, whole[STEPS - 1], 1e-4);
  ink_trainer_free(trainer);

  double loss;
  float *gradients;
  CHECK(ink_trainer_gradients(parts[0], &gradients, &count, &loss, &error) == INK_ERROR_ARGUMENT);
  CHECK(ink_trainer_update(parts[0], 1, NULL, &error) == INK_ERROR_ARGUMENT);
  CHECK(ink_trainer_split(parts[0], 0, 6, &error) == INK_ERROR_ARGUMENT);
  CHECK(ink_trainer_split(parts[0], 3, 3, &error) == INK_ERROR_ARGUMENT);
  for (int p = 0; p < PARTS; p++) ink_trainer_free(parts[p]);
  for (int p = 0; p <= PARTS; p++) free(states[p]);
}

/* Dropping weights and holding what is dropped change a run; an average is what is validated. */
static void check_regularisation(void) {
  ink_train_options o = small_options();
  double with[STEPS], without[STEPS];
  for (int i = 0; i < 3; i++) {
    ink_train_options other = o;
    if (i == 0) other.variational = 0;
    if (i == 1) other.weight_drop = 0;
    if (i == 2) other.average = 0;
    ink_trainer *trainer = new_trainer(&o);
    double averaged = train(trainer, STEPS, with).validation_loss;
    ink_trainer_free(trainer);
    trainer = new_trainer(&other);
    double plain = train(trainer, STEPS, without).validation_loss;
    ink_trainer_free(trainer);
    CHECK((memcmp(with, without, sizeof with) != 0) == (i != 2));
    CHECK(averaged != plain);
  }
}

static void check_diverged(void) {
  ink_train_options o = small_options();
  o.cell = INK_CELL_RNN;
  o.steps = 400;
  o.schedule = INK_SCHEDULE_CONSTANT;
  o.validate_every = 1;
  o.warmup = 3;
  o.learning_rate = 1e6f;
  o.weight_decay = 1e4f;
  o.clip = 0;
  ink_trainer *trainer = new_trainer(&o);
  ink_progress p = {0};
  ink_error error;
  ink_status status = INK_OK;
  while (status == INK_OK && !ink_trainer_done(trainer)) {
    status = ink_trainer_step(trainer, &p, &error);
  }
  CHECK(status == INK_ERROR_DIVERGED && strstr(error.message, "learning rate") != NULL);
  CHECK(ink_trainer_step(trainer, &p, &error) == INK_ERROR_DIVERGED);
  uint8_t *bytes; /* the last good weights are kept */
  size_t size;
  ink_model *model;
  CHECK_OK(ink_trainer_model(trainer, 0, NULL, 0, &bytes, &size, &error));
  CHECK_OK(ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, &model, &error));
  ink_model_free(model);
  ink_release(bytes);
  ink_trainer_free(trainer);
}

/* A loss that is a number, but that of a network that knows less than nothing; nothing
 * validated. */
static void check_diverged_early(void) {
  ink_train_options o = small_options();
  o.steps = 400;
  o.validate_every = 1000;
  o.learning_rate = 10;
  ink_trainer *trainer = new_trainer(&o);
  ink_progress p = {0}, first = {0};
  ink_error error;
  CHECK_OK(ink_trainer_step(trainer, &first, &error));
  ink_status status = INK_OK;
  while (status == INK_OK && !ink_trainer_done(trainer)) {
    status = ink_trainer_step(trainer, &p, &error);
  }
  CHECK(status == INK_ERROR_DIVERGED && strstr(error.message, "has grown to") != NULL);
  uint8_t *bytes;
  size_t size;
  ink_model *model;
  ink_evaluation evaluation;
  CHECK_OK(ink_trainer_model(trainer, 0, NULL, 0, &bytes, &size, &error));
  CHECK_OK(ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, &model, &error));
  CHECK_OK(ink_evaluate(model, text, strlen(text), 0, &evaluation, &error));
  CHECK(evaluation.nats < first.loss + 0.1);
  ink_model_free(model);
  ink_release(bytes);
  ink_trainer_free(trainer);
}

static void check_lines_and_reset(void) {
  ink_train_options o = small_options();
  o.lines = 1;
  o.validation = 0.1f;
  o.reset_state = 1;
  double losses[STEPS];
  ink_trainer *trainer = new_trainer(&o);
  train(trainer, STEPS, losses);
  uint8_t *bytes;
  size_t size;
  ink_model *model;
  ink_error error;
  CHECK_OK(ink_trainer_model(trainer, 1, NULL, 0, &bytes, &size, &error));
  CHECK_OK(ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, &model, &error));
  CHECK_TEXT(ink_model_metadata(model, "start"), "\n");
  CHECK_TEXT(ink_model_metadata(model, "lines"), "on");
  ink_model_free(model);
  ink_release(bytes);
  ink_trainer_free(trainer);
  char *held_out;
  CHECK_OK(ink_held_out(&o, text, strlen(text), &held_out, &size, &error));
  CHECK(size == strlen(text) / 10);
  CHECK(memcmp(held_out + size - 4, "dog\n", 4) == 0);
  free(held_out);
}

static void expect(ink_train_options o, const char *t, size_t bytes, ink_status status,
                   const char *named) {
  ink_trainer *trainer;
  ink_error error;
  CHECK(ink_trainer_new(&o, &(ink_material){.text = t, .bytes = bytes}, &trainer, &error) ==
            status &&
        trainer == NULL);
  if (strstr(error.message, named) == NULL) printf("%s\n", error.message);
  CHECK(strstr(error.message, named) != NULL);
}

static void check_bad_input(void) {
  ink_train_options good = small_options(), o;
  expect(good, "", 0, INK_ERROR_TEXT, "empty");
  expect(good, "abc", 3, INK_ERROR_TEXT, "lower nchars or batch");
  expect(good, "ab\xff", 3, INK_ERROR_TEXT, "byte 2");
  o = good, o.validation = 0.001f;
  expect(o, text, strlen(text), INK_ERROR_TEXT, "held out");
  o = good, o.hidden = 0;
  expect(o, text, strlen(text), INK_ERROR_ARGUMENT, "hidden is 0");
  o = good, o.dropout = NAN;
  expect(o, text, strlen(text), INK_ERROR_ARGUMENT, "dropout");
  o = good, o.learning_rate = 0;
  expect(o, text, strlen(text), INK_ERROR_ARGUMENT, "learning-rate is 0");
  o = good, o.learning_rate = -1;
  expect(o, text, strlen(text), INK_ERROR_ARGUMENT, "learning-rate is -1");
  o = good, o.threads = 6;
  expect(o, text, strlen(text), INK_ERROR_ARGUMENT, "threads is 6");
  o = good, o.nchars_start = 21;
  expect(o, text, strlen(text), INK_ERROR_ARGUMENT, "nchars-start is 21");
  o = good, o.steps = 0, o.epochs = 0;
  expect(o, text, strlen(text), INK_ERROR_ARGUMENT, "nothing to train");
  o = good, o.steps = 0, o.epochs = UINT32_MAX - 1;
  expect(o, text, strlen(text), INK_ERROR_ARGUMENT, "too many");
  ink_trainer *trainer;
  ink_error error;
  CHECK_OK(ink_trainer_new(&good, &(ink_material){.text = text, .bytes = strlen(text)}, &trainer,
                           &error));
  CHECK(ink_trainer_bytes(trainer) > 13 * 13 * 4 * 4 * 4);
  ink_trainer_free(trainer);
}

/* Every option's default is in its range and survives being written and read. */
static void check_options(void) {
  ink_train_options o = small_options(), back;
  ink_error error;
  ink_train_options_default(&back);
  const char *name;
  char value[INK_OPTION_TEXT];
  size_t count = 0;
  for (; (name = ink_train_option(count)) != NULL; count++) {
    CHECK(ink_train_options_get(&o, name, value) >= 0);
    CHECK_OK(ink_train_options_set(&back, name, value, &error));
  }
  CHECK(count + 1 == sizeof o / 4); /* pretrained has no name */
  CHECK(memcmp(&o, &back, sizeof o) == 0);
  o.lines = 0;
  CHECK(ink_train_options_get(&o, "lines", value) == 1);
  CHECK_TEXT(value, "off");
  CHECK(ink_train_options_get(&o, "leaves", value) == -1);
  CHECK(ink_option_parse(ink_option_find(&ink_train_options_table, "cell"), "tree", &back,
                         &error) == INK_ERROR_ARGUMENT);
  CHECK_TEXT(error.message, "cell is \"tree\"; it must be one of rnn, gru, lstm and 15 others");
  CHECK(ink_option_parse(ink_option_find(&ink_train_options_table, "hidden"), "12.5", &back,
                         &error) == INK_ERROR_ARGUMENT);
  CHECK(ink_option_parse(ink_option_find(&ink_train_options_table, "hidden"), "x", &back, &error) ==
        INK_ERROR_ARGUMENT);
}

/* Of a held-out part that nothing has prepared for, the first weights are kept: what is trained on
 * is learnt. */
static void check_unlike(void) {
  enum { LONG = 2000 };
  static char unlike[LONG + 1];
  for (size_t i = 0; i < LONG; i++) unlike[i] = "abcd"[i % 2 + (i < LONG * 4 / 5 ? 0 : 2)];
  ink_train_options o = small_options();
  o.dropout = 0;
  o.average = 0;
  o.steps = 200;
  o.validation = 0.2f;
  o.validate_every = 200;
  ink_trainer *trainer;
  ink_progress p = {0};
  ink_error error;
  CHECK_OK(ink_trainer_new(&o, &(ink_material){.text = unlike, .bytes = LONG}, &trainer, &error));
  while (!ink_trainer_done(trainer)) CHECK_OK(ink_trainer_step(trainer, &p, &error));
  CHECK(p.loss < 0.5 && p.validated);
  CHECK(p.validation_loss > log(4) && p.validation_loss > 2 + p.loss);
  CHECK(p.best_loss == p.validation_loss);
  ink_trainer_free(trainer);
}

/* Weights that have run away before the first validation are not the best. */
static void check_run_away(void) {
  ink_train_options o = small_options();
  o.steps = 400;
  o.validate_every = 1;
  o.warmup = 0;
  o.average = 0;
  o.learning_rate = 3;
  ink_trainer *trainer = new_trainer(&o);
  ink_progress p = {0};
  ink_error error;
  while (!p.validated) CHECK_OK(ink_trainer_step(trainer, &p, &error));
  CHECK(p.validation_loss > 5 && isnan(p.best_loss));
  ink_trainer_free(trainer);
}

int main(void) {
  for (int i = 0; i < REPEATS; i++) strcat(text, line);
  check_options();
  check_bad_input();
  check_learns();
  check_deterministic();
  check_resume();
  check_split();
  check_regularisation();
  check_diverged();
  check_diverged_early();
  check_unlike();
  check_run_away();
  check_lines_and_reset();
  return 0;
}
