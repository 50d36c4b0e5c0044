/* A run whose steps change on the way, by the clock of a machine that becomes slower or faster. */
#include <math.h>
#include <string.h>

#include "check.h"
#include "inkling.h"

enum { STEPS = 400, TURN = 100 };
static const char text[] =
    "the cat sat on the mat and the dog sat on the cat, and the cow jumped over the moon and the "
    "little dog laughed to see such fun and the dish ran away with the spoon, so they say\n";

static ink_trainer *open_run(void) {
  ink_train_options options;
  ink_trainer *trainer;
  ink_error error;
  ink_train_options_default(&options);
  options.cell = INK_CELL_GRU;
  options.hidden = 4;
  options.batch = 1;
  options.nchars = 6;
  options.nchars_start = 2;
  options.steps = STEPS;
  options.patience = 0;
  options.lines = 0;
  options.validate_every = 50;
  const ink_material material = {.text = text, .bytes = strlen(text)};
  CHECK_OK(ink_trainer_new(&options, &material, &trainer, &error));
  return trainer;
}

/* The file of the present weights, and its size. */
static uint8_t *file_of(const ink_trainer *trainer, size_t *size) {
  uint8_t *bytes;
  ink_error error;
  CHECK_OK(ink_trainer_model(trainer, 0, NULL, 0, &bytes, size, &error));
  return bytes;
}

/* The trainers have the same weights and say the same of themselves. */
static void check_same(const ink_trainer *a, const ink_trainer *b) {
  size_t size, other;
  uint8_t *left = file_of(a, &size), *right = file_of(b, &other);
  CHECK(size == other && memcmp(left, right, size) == 0);
  ink_release(left);
  ink_release(right);
}

/* The text of the changes in the file of a run; the caller releases the model, whose it is. */
static const char *changes_of(const ink_trainer *trainer, ink_model **model) {
  size_t size;
  uint8_t *bytes = file_of(trainer, &size);
  ink_error error;
  CHECK_OK(ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, model, &error));
  ink_release(bytes);
  return ink_model_metadata(*model, "replan");
}

/* Seconds that a run planned for STEPS steps of a tenth of a second takes when from step TURN on
 * one takes `slower` times as long. */
static double simulate(double slower, ink_trainer **trainer) {
  ink_trainer *t = open_run();
  double passed = 0, rate = INFINITY;
  while (!ink_trainer_done(t)) {
    ink_progress p;
    ink_error error;
    CHECK_OK(ink_trainer_step(t, &p, &error));
    passed += p.step <= TURN ? 0.1 : 0.1 * slower;
    CHECK(p.learning_rate <= rate || p.step <= 20); /* after the warm-up it falls, and only falls */
    rate = p.learning_rate;
    ink_trainer_keep_time(t, passed, 0.1 * STEPS, 20 * STEPS);
  }
  CHECK(rate < 0.1 * (double)ink_trainer_options(t)->learning_rate); /* to the end of its way */
  *trainer = t;
  return passed;
}

static void check_speeds(void) {
  static const double speeds[] = {0.25, 0.5, 0.97, 1, 1.03, 2, 4, 10};
  for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
    ink_trainer *changed, *repeated = open_run();
    double whole = 0.1 * STEPS, passed = simulate(speeds[i], &changed);
    CHECK_NEAR(passed, whole, 0.15 * whole);
    ink_model *model;
    ink_error error;
    const char *changes = changes_of(changed, &model);
    CHECK((changes == NULL) == (fabs(speeds[i] - 1) < 0.1));
    if (changes != NULL) CHECK_OK(ink_trainer_follow(repeated, changes, &error));
    while (!ink_trainer_done(repeated)) CHECK_OK(ink_trainer_step(repeated, NULL, &error));
    check_same(changed, repeated);
    ink_model_free(model);
    ink_trainer_free(changed);
    ink_trainer_free(repeated);
  }
}

/* A run that is followed goes on from a checkpoint as it would have without a break. */
static void check_resumed(void) {
  ink_trainer *whole = open_run(), *resumed;
  ink_error error;
  uint8_t *checkpoint = NULL;
  size_t size;
  CHECK_OK(ink_trainer_follow(whole, "30:60,45:300", &error));
  for (int i = 0; i < 40; i++) CHECK_OK(ink_trainer_step(whole, NULL, &error));
  CHECK_OK(ink_trainer_checkpoint(whole, NULL, &checkpoint, &size, &error));
  const ink_material material = {.text = text, .bytes = strlen(text)};
  CHECK_OK(ink_trainer_resume(checkpoint, size, &material, NULL, &resumed, &error));
  ink_progress p;
  for (int i = 0; i < 10; i++) {
    CHECK_OK(ink_trainer_step(whole, NULL, &error));
    CHECK_OK(ink_trainer_step(resumed, &p, &error));
  }
  CHECK(p.steps == 300);
  check_same(whole, resumed);
  ink_release(checkpoint);
  ink_trainer_free(whole);
  ink_trainer_free(resumed);
}

static void check_refusals(void) {
  static const char *const wrong[] = {"",     "5",        "5:",      ":9",           "9:5",
                                      "5:9,", "5:9;",     "0:9",     "-5:9",         "5:9,5:9",
                                      "5:-9", "5:9,9:12", "400:500", "5:99999999999"};
  ink_trainer *trainer = open_run();
  ink_error error;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    CHECK_FAILS(ink_trainer_follow(trainer, wrong[i], &error), INK_ERROR_ARGUMENT, "replan is");
  }
  CHECK_FAILS(ink_trainer_replan(trainer, 5, &error), INK_ERROR_ARGUMENT, "0 steps");
  for (int i = 0; i < 3; i++) CHECK_OK(ink_trainer_step(trainer, NULL, &error));
  CHECK_FAILS(ink_trainer_replan(trainer, 3, &error), INK_ERROR_ARGUMENT, "3 steps");
  CHECK_OK(ink_trainer_replan(trainer, 4, &error));
  CHECK_OK(ink_trainer_step(trainer, NULL, &error));
  CHECK(ink_trainer_done(trainer));
  ink_trainer_free(trainer);
}

int main(void) {
  check_speeds();
  check_resumed();
  check_refusals();
  return 0;
}
