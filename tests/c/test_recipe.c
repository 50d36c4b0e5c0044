/*
 * The recipe from outside: what a text is taken for, that every choice is one that can be trained
 * with and repeated, that it learns more than an n-gram does, and that runs end when they have
 * turned.
 */
#include <math.h>

#include "check.h"
#include "inkling_scores.h"
#include "train/options.h"

enum { MOST = 1 << 17 };

static uint32_t random_state;

static uint32_t random_below(uint32_t n) {
  random_state = random_state * 1664525u + 1013904223u;
  return (uint32_t)((uint64_t)random_state * n >> 32);
}

/* Paragraphs of words whose endings are all the same within one. A network remembers the ending;
 * the longest n-gram does not see back to the last one. */
static size_t write_prose(char *text, size_t bytes) {
  static const char *const stems[] = {"dreamt", "walked", "hunted", "sighed"};
  size_t at = 0;
  random_state = 7;
  while (at + 110 < bytes) {
    char ending = "aoiu"[random_below(4)];
    for (int word = 0; word < 8; word++) {
      int n = snprintf(text + at, bytes - at, "%s%c%s", stems[random_below(4)], ending,
                       word < 7 ? " " : ".\n\n");
      at += (size_t)n;
    }
  }
  return at;
}

static size_t write_lines(char *text, uint32_t lines, const char *const *starts, uint32_t count) {
  size_t at = 0;
  random_state = 11;
  for (uint32_t i = 0; i < lines; i++) {
    const char *start = count == 0 ? "" : starts[random_below(count)];
    int n = sprintf(text + at, "%s%c%c%c%s\n", start, 'a' + (int)random_below(20),
                    'e' + (int)random_below(5), 'k' + (int)random_below(9), i % 3 ? "in" : "olas");
    at += (size_t)n;
  }
  return at;
}

static ink_train_options choose(const char *text, size_t bytes, double work, char *note) {
  ink_train_options o;
  ink_error error;
  ink_material material = {.text = text, .bytes = bytes};
  ink_train_options_default(&o);
  CHECK_OK(ink_train_options_choose(&o, &material, work, note, &error));
  for (size_t i = 0; i < ink_train_options_table.count; i++) {
    CHECK(!ink_option_is_auto(&ink_train_options_table.rows[i], &o));
  }
  return o;
}

static void check_readings(char *text) {
  char note[INK_NOTE];
  static const char *const labels[] = {"cat\t", "dog\t", "cow\t"};
  CHECK(choose(text, write_prose(text, 20000), 0, note).lines == 0);
  CHECK_TEXT(note, "");
  CHECK(choose(text, write_lines(text, 1200, NULL, 0), 0, note).lines == 1);
  CHECK_TEXT(note, "1,200 lines of 6 characters: read as a list");
  ink_train_options o = choose(text, write_lines(text, 90, labels, 3), 0, note);
  CHECK(o.task == INK_TASK_CLASSIFIER && o.lines == 0);
  CHECK_TEXT(note,
             "90 lines of a label, a tab and a text, with 3 labels: read as examples for a "
             "classifier");
  /* One line amiss among many is named, several are what the text is. */
  size_t bytes = write_lines(text, 90, labels, 3);
  bytes += (size_t)sprintf(text + bytes, "\nowl\n");
  CHECK(choose(text, bytes, 0, note).task == INK_TASK_GENERATOR);
  CHECK_TEXT(note, "line 92 is not text, tab and text, as nearly all others are: read as a list");
  bytes += (size_t)sprintf(text + bytes, "owl\nowl\nowl\nowl\n");
  CHECK(choose(text, bytes, 0, note).lines == 1 && strstr(note, "read as a list") != NULL);
  CHECK(strstr(note, "line 92") == NULL);
  CHECK(choose("x\tab\nx\tac\nx\tad\ny\tba\ny\tbc\ny\tbd\n", 30, 0, note).lines == 1); /* grouped */
  CHECK(choose("ab\tx\nac\ty\nad\tz\nba\tu\nbc\tv\nbd\tw\n", 30, 0, note).task ==
        INK_TASK_TRANSLATOR);
}

/* Twenty-four lines, of `lines` [count] by turns. */
static bool is_read_as_list(const char *const *lines, size_t count) {
  char text[4000];
  size_t bytes = 0;
  for (size_t i = 0; i < 24; i++) {
    bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "%s\n", lines[i % count]);
  }
  return choose(text, bytes, 0, NULL).lines == 1;
}

#define IS_LIST(...)                                  \
  is_read_as_list((const char *const[]){__VA_ARGS__}, \
                  sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* Short lines without a blank one are a list unless something joins them. */
static void check_joints(void) {
  CHECK(IS_LIST("Anna", "Bert", "Carla Diaz", "Dora"));
  CHECK(IS_LIST("- Anna", "- Bert", "- Carla Diaz"));
  CHECK(IS_LIST("Dune: the novel", "Heat", "Up", "Big", "Alien: a film", "It", "Ran"));
  CHECK(IS_LIST("ab,F,12", "cd,M,13", "ef,F,2"));
  CHECK(!IS_LIST("if (a)", "  b = 1;", "else", "  c = 2;"));
  CHECK(!IS_LIST("{", "\"a\": 1,", "\"b\": 2", "}"));
  CHECK(!IS_LIST("Rose is the red,", "and violet blue", "sugar is sweet,", "and so are you"));
  CHECK(!IS_LIST("First Citizen: Speak.", "All: Speak, speak.", "First Citizen: You are all?"));
  CHECK(!IS_LIST("X:1", "T:A tune", "M:4/4", "K:C", "abc def|gab c2|", "def abc|efg a2|"));
  CHECK(!IS_LIST("[03/01/24, 10:06] Oli: later", "[03/01/24, 11:52] Anna: yes"));
  CHECK(!IS_LIST("Biryani", "- 2 cups rice", "- 1 leek", "1. Heat it.", "2. Stir it."));
}

/* From 300 characters to 120,000 the choice trains; so does what is given beside it. */
static void check_sizes(char *text) {
  static const size_t sizes[] = {300, 1000, 5000, 20000, 120000};
  uint32_t batch = 0;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    size_t bytes = write_prose(text, sizes[i]);
    ink_material material = {.text = text, .bytes = bytes};
    ink_train_options o = choose(text, bytes, 0, NULL);
    CHECK(o.batch >= batch);
    batch = o.batch;
    ink_train_options given;
    ink_trainer *trainer;
    ink_error error;
    ink_train_options_default(&given);
    given.hidden = 8;
    given.threads = 3;
    given.nchars_start = 20;
    CHECK_OK(ink_trainer_new(&given, &material, &trainer, &error));
    CHECK_OK(ink_trainer_step(trainer, NULL, &error));
    CHECK(ink_trainer_options(trainer)->hidden == 8);
    ink_trainer_free(trainer);
  }
}

/* Little text is given passes and dropout, a long list more units than a short one; what is between
 * a short text and a book is an LSTM's. */
static void check_rows(char *text) {
  ink_train_options o = choose(text, write_prose(text, 700), 0, NULL);
  CHECK(o.cell == INK_CELL_LSTM && o.hidden == 64 && o.epochs == 200);
  o = choose(text, write_prose(text, 2500), 0, NULL);
  CHECK(o.hidden == 160 && o.epochs == 100 && o.dropout == 0.6f && o.weight_drop == 0.6f);
  o = choose(text, write_prose(text, 79000), 0, NULL);
  CHECK(o.cell == INK_CELL_LSTM && o.hidden == 256);
  o = choose(text, write_prose(text, 82000), 0, NULL);
  CHECK(o.cell == INK_CELL_GRU && o.hidden == 224);
  o = choose(text, write_lines(text, 500, NULL, 0), 0, NULL);
  CHECK(o.lines == 1 && o.hidden == 96 && o.epochs == 70);
  o = choose(text, write_lines(text, 1200, NULL, 0), 0, NULL);
  CHECK(o.lines == 1 && o.hidden == 128 && o.epochs == 55);
}

/* More time, a larger network; and what was chosen, when it is given, is chosen again. */
static void check_work(char *text) {
  size_t bytes = write_prose(text, 20000);
  ink_material material = {.text = text, .bytes = bytes};
  ink_error error;
  ink_train_options little = choose(text, bytes, 1e9, NULL), much = choose(text, bytes, 1e13, NULL);
  CHECK(little.hidden < much.hidden);
  ink_train_options again = much;
  CHECK_OK(ink_train_options_choose(&again, &material, 0, NULL, &error));
  CHECK(memcmp(&again, &much, sizeof much) == 0);
  ink_train_options some = choose(text, bytes, 0, NULL), same;
  ink_train_options_default(&same);
  same.hidden = some.hidden;
  same.learning_rate = some.learning_rate;
  CHECK_OK(ink_train_options_choose(&same, &material, 0, NULL, &error));
  CHECK(memcmp(&some, &same, sizeof same) == 0);
  ink_trainer *trainer;
  CHECK_OK(ink_trainer_new(&little, &material, &trainer, &error));
  CHECK(ink_trainer_work(trainer) > 0);
  CHECK(ink_trainer_steps_in(trainer, 0.01, 1) >= 75 &&
        ink_trainer_steps_in(trainer, 0.01, 1) <= 100);
  ink_trainer_free(trainer);
}

/* Of little nothing is held out: lines, characters or examples. */
static void check_held_out(char *text) {
  static const char *const labels[] = {"cat\t", "dog\t", "cow\t"};
  CHECK(choose(text, write_prose(text, 14000), 0, NULL).validation == 0);
  CHECK(choose(text, write_prose(text, 16000), 0, NULL).validation == 0.1f);
  CHECK(choose(text, write_lines(text, 490, NULL, 0), 0, NULL).validation == 0);
  CHECK(choose(text, write_lines(text, 510, NULL, 0), 0, NULL).validation == 0.1f);
  CHECK(choose(text, write_lines(text, 90, labels, 3), 0, NULL).validation == 0);
  CHECK(choose(text, write_lines(text, 120, labels, 3), 0, NULL).validation == 0.1f);
}

/* For a given time a short text or list is learnt no longer than it takes to know it by heart; what
 * somebody holds nothing out of, and pairs, as long as there is time. */
static void check_time(char *text) {
  ink_train_options o = choose(text, write_prose(text, 2500), 1e13, NULL);
  CHECK(o.hidden == 160 && o.epochs == 100);
  o = choose(text, write_lines(text, 400, NULL, 0), 1e13, NULL);
  CHECK(o.lines == 1 && o.hidden == 96 && o.epochs == 70);
  ink_train_options given;
  ink_error error;
  ink_train_options_default(&given);
  given.validation = 0;
  ink_material material = {.text = text, .bytes = write_prose(text, 20000)};
  CHECK_OK(ink_train_options_choose(&given, &material, 1e13, NULL, &error));
  CHECK(given.hidden == 384 && given.epochs == 120);
  ink_train_options_default(&given);
  given.task = INK_TASK_TRANSLATOR;
  static const char pairs[] = "ab\tx\nac\ty\nad\tz\nba\tu\nbc\tv\nbd\tw\n";
  material = (ink_material){.text = pairs, .bytes = strlen(pairs)};
  CHECK_OK(ink_train_options_choose(&given, &material, 1e13, NULL, &error));
  CHECK(given.validation == 0 && given.epochs == 200);
}

/* With nothing but a text and a part held out a network is better than the n-gram. */
static void check_learns(char *text) {
  size_t bytes = write_prose(text, 8000);
  ink_train_options o;
  ink_trainer *trainer;
  ink_error error;
  ink_evaluation ngram;
  ink_progress progress = {0};
  uint32_t order = 0;
  ink_train_options_default(&o);
  o.validation = 0.1f;
  CHECK_OK(ink_trainer_new(&o, &(ink_material){.text = text, .bytes = bytes}, &trainer, &error));
  CHECK_OK(ink_trainer_ngram(trainer, &order, &ngram, &error));
  while (!ink_trainer_done(trainer)) CHECK_OK(ink_trainer_step(trainer, &progress, &error));
  printf("loss %.4f, n-gram of order %u %.4f, step %u of %u\n", progress.best_loss, order,
         ngram.nats, progress.step, progress.steps);
  CHECK(progress.best_loss < ngram.nats);
  ink_trainer_free(trainer);
}

/* Letters by chance are learnt by heart soon, and then the held-out loss rises. */
static void check_turns(char *text) {
  for (int i = 0; i < 600; i++) text[i] = (char)('a' + random_below(26));
  ink_train_options o;
  ink_trainer *trainer;
  ink_error error;
  ink_progress progress = {0};
  ink_train_options_default(&o);
  o.dropout = o.weight_drop = 0;
  o.validation = 0.1f;
  ink_material material = {.text = text, .bytes = 600};
  CHECK_OK(ink_trainer_new(&o, &material, &trainer, &error));
  uint32_t half = ink_trainer_options(trainer)->patience;
  while (!ink_trainer_done(trainer)) CHECK_OK(ink_trainer_step(trainer, &progress, &error));
  CHECK(progress.step < progress.steps && progress.best_loss < progress.validation_loss);
  /* A checkpoint keeps how long it is that nothing was gained. */
  uint8_t *bytes;
  size_t size;
  CHECK_OK(ink_trainer_checkpoint(trainer, NULL, &bytes, &size, &error));
  ink_trainer_free(trainer);
  CHECK_OK(ink_trainer_resume(bytes, size, &material, NULL, &trainer, &error));
  CHECK(half > 0 && ink_trainer_done(trainer));
  ink_trainer_free(trainer);
  ink_release(bytes);
  o.patience = 0;
  o.steps = progress.steps;
  CHECK_OK(ink_trainer_new(&o, &material, &trainer, &error));
  while (!ink_trainer_done(trainer)) CHECK_OK(ink_trainer_step(trainer, &progress, &error));
  CHECK(progress.step == progress.steps);
  ink_trainer_free(trainer);
}

static void refuse(const char *text, const char *what) {
  ink_train_options o;
  ink_error error;
  ink_train_options_default(&o);
  ink_material material = {.text = text, .bytes = strlen(text)};
  CHECK(ink_train_options_choose(&o, &material, 0, NULL, &error) == INK_ERROR_TEXT);
  CHECK(strstr(error.message, what) != NULL);
}

int main(void) {
  char *text = malloc(MOST);
  CHECK(text != NULL);
  check_readings(text);
  check_joints();
  check_sizes(text);
  check_rows(text);
  check_held_out(text);
  check_time(text);
  check_work(text);
  check_turns(text);
  check_learns(text);
  refuse("", "empty");
  refuse("a", "one character");
  refuse("aaaaaaaaaaaa", "one character");
  refuse("The quick brown fox jumps over the lazy dog, twice", "50 characters");
  free(text);
  return 0;
}
