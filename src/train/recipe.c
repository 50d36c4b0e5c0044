/*
 * The recipe: every option that is not given is chosen from the material, by the same rules in the
 * command, the module and the page. docs/recipe.md has the runs that the numbers come from; none of
 * them is on a text that the recipe is scored with.
 *
 * What holds for all of them:
 *   - A text is learnt in updates, not in passes: the fewer tokens, the smaller the batch, so that
 *     a run has thousands of updates. Windows of 64 characters learn as much a character as longer
 *     ones do, and give more updates.
 *   - In the same time a large network in few passes learns more than a small one in many, as long
 *     as the text is not learnt by heart.
 *   - Little text is overfitted long before it is learnt. An LSTM with much dropout and much of its
 *     recurrent weights dropped stands that best, below some 80,000 tokens and for lists; from
 *     there on a GRU learns faster. Dropout is variational: what is dropped stays so for a window.
 *   - A running average of the weights costs nothing and is better than any of them.
 *   - Characters want a wide embedding: 64 does better than 32 and 16, at any size.
 */
#include "train/recipe.h"

#include <math.h>

#include "base/log.h"
#include "base/number.h"
#include "base/print.h"
#include "base/status.h"
#include "inkling_text.h"
#include "networks/training.h"
#include "parts/stack.h"
#include "text/items.h"
#include "text/reading.h"
#include "train/options.h"

/* A row serves from so many tokens (or examples) on. `most` is the largest network that is worth
 * its time on so little, and `least` how many passes a larger network must have time for. */
typedef struct row {
  double from;
  ink_cell_kind cell;
  uint32_t hidden, most;
  uint32_t batch, nchars;
  uint32_t epochs, least;
  float learning_rate, dropout, weight_drop;
} row;

/* Characters that follow each other. */
static const row prose[] = {
    {0, INK_CELL_LSTM, 64, 128, 2, 16, 200, 40, 3e-3f, 0.5f, 0.5f},
    {1000, INK_CELL_LSTM, 160, 192, 2, 32, 100, 40, 3e-3f, 0.6f, 0.6f},
    {3000, INK_CELL_LSTM, 192, 256, 2, 64, 100, 30, 3e-3f, 0.5f, 0.5f},
    {10000, INK_CELL_LSTM, 256, 384, 4, 48, 60, 30, 4e-3f, 0.6f, 0.5f},
    {80000, INK_CELL_GRU, 224, 448, 8, 64, 40, 14, 4e-3f, 0.3f, 0.2f},
    {300000, INK_CELL_GRU, 384, 768, 8, 64, 7, 3, 3e-3f, 0.2f, 0.1f},
    {800000, INK_CELL_GRU, 512, 1024, 16, 64, 4, 1, 3e-3f, 0.15f, 0.05f},
    {3000000, INK_CELL_GRU, 512, 1024, 32, 64, 2, 1, 3e-3f, 0.1f, 0},
    {10000000, INK_CELL_GRU, 512, 1024, 64, 100, 1, 0, 3e-3f, 0, 0},
};

/* Characters of lines that stand each for itself: words are learnt sooner than sentences. */
static const row list[] = {
    {0, INK_CELL_LSTM, 96, 128, 2, 16, 70, 30, 3e-3f, 0.5f, 0.5f},
    {5000, INK_CELL_LSTM, 128, 192, 2, 16, 55, 30, 3e-3f, 0.55f, 0.55f},
    {10000, INK_CELL_LSTM, 160, 256, 4, 32, 40, 24, 3e-3f, 0.5f, 0.4f},
    {30000, INK_CELL_LSTM, 192, 320, 8, 32, 40, 14, 4e-3f, 0.45f, 0.3f},
    {200000, INK_CELL_LSTM, 256, 448, 16, 48, 14, 10, 4e-3f, 0.3f, 0.2f},
    {1000000, INK_CELL_GRU, 256, 640, 16, 64, 10, 6, 4e-3f, 0.2f, 0.1f},
    {5000000, INK_CELL_GRU, 320, 1024, 32, 100, 3, 2, 3e-3f, 0.1f, 0},
};

/* Words that follow each other: a vocabulary of thousands is overfitted the sooner. */
static const row words[] = {
    {0, INK_CELL_LSTM, 64, 128, 2, 16, 40, 20, 3e-3f, 0.5f, 0.4f},
    {2000, INK_CELL_LSTM, 128, 192, 4, 35, 40, 20, 3e-3f, 0.6f, 0.4f},
    {20000, INK_CELL_LSTM, 192, 320, 8, 35, 30, 16, 3e-3f, 0.5f, 0.4f},
    {100000, INK_CELL_LSTM, 256, 512, 16, 35, 16, 8, 3e-3f, 0.5f, 0.3f},
    {1000000, INK_CELL_LSTM, 320, 1024, 32, 50, 5, 3, 2e-3f, 0.3f, 0.1f},
    {10000000, INK_CELL_LSTM, 512, 1024, 64, 50, 1, 1, 2e-3f, 0.1f, 0},
};

/* Labelled texts, by examples. */
static const row classes[] = {
    {0, INK_CELL_GRU, 64, 64, 4, 1, 40, 40, 3e-3f, 0.5f, 0.2f},
    {200, INK_CELL_GRU, 64, 128, 8, 1, 24, 20, 3e-3f, 0.5f, 0.3f},
    {2000, INK_CELL_GRU, 128, 256, 32, 1, 14, 10, 3e-3f, 0.5f, 0.3f},
    {10000, INK_CELL_GRU, 192, 384, 32, 1, 10, 6, 3e-3f, 0.5f, 0.3f},
    {100000, INK_CELL_GRU, 256, 512, 64, 1, 4, 2, 2e-3f, 0.3f, 0.1f},
};

/* Pairs, by examples: the decoder has to learn where to look, which takes updates. */
static const row pairs[] = {
    {0, INK_CELL_GRU, 128, 192, 4, 1, 100, 40, 4e-3f, 0.2f, 0},
    {500, INK_CELL_GRU, 192, 256, 8, 1, 60, 30, 4e-3f, 0.3f, 0},
    {5000, INK_CELL_GRU, 128, 256, 32, 1, 12, 8, 4e-3f, 0.2f, 0},
    {30000, INK_CELL_GRU, 192, 384, 64, 1, 6, 4, 4e-3f, 0.1f, 0},
    {200000, INK_CELL_GRU, 256, 512, 64, 1, 2, 1, 3e-3f, 0.1f, 0},
};

/* Pictures with captions, by examples. */
static const row pictures[] = {
    {0, INK_CELL_GRU, 64, 128, 4, 1, 60, 40, 3e-3f, 0.4f, 0},
    {500, INK_CELL_GRU, 128, 256, 16, 1, 40, 30, 3e-3f, 0.4f, 0},
    {5000, INK_CELL_GRU, 192, 384, 32, 1, 30, 20, 4e-3f, 0.4f, 0},
};

#define FIND(rows, size) find(rows, sizeof(rows) / sizeof *(rows), size)

static row find(const row *rows, size_t count, double size) {
  row found = rows[0];
  for (size_t i = 1; i < count && rows[i].from <= size; i++) found = rows[i];
  return found;
}

static row row_of(const ink_train_options *o, const ink_reading *reading) {
  switch (o->task) {
    case INK_TASK_CLASSIFIER: return FIND(classes, (double)reading->pairs);
    case INK_TASK_TRANSLATOR: return FIND(pairs, (double)reading->pairs);
    case INK_TASK_CAPTIONER: return FIND(pictures, (double)reading->lines);
    default: break;
  }
  if (o->level == INK_LEVEL_WORD) return FIND(words, (double)reading->words);
  return o->lines ? FIND(list, (double)reading->characters)
                  : FIND(prose, (double)reading->characters);
}

/* ---- What the text is ------------------------------------------------------------------------ */

static void set(ink_train_options *o, const char *name, double value) {
  ink_option_choose(ink_option_find(&ink_train_options_table, name), value, o);
}

enum { FEW_PAIRS = 2000 };

/* Chooses the task, what a token is, and whether lines are items, and says why. */
static void choose_reading(ink_train_options *o, const ink_reading *reading, char *note) {
  char lines[32], more[32];
  bool open = o->task == INK_AUTO;
  /* A label is met several times; of texts and their translations few occur twice. */
  bool labelled = reading->labels * 3 <= reading->pairs;
  if (open && reading->pairs >= 6 && o->lines != 1 && !reading->table) {
    set(o, "task", labelled ? INK_TASK_CLASSIFIER : INK_TASK_TRANSLATOR);
    ink_with_commas(reading->pairs, lines);
    if (labelled) {
      ink_snprintf(note, INK_NOTE,
                   "%s lines of a label, a tab and a text, with %s labels: read as %s", lines,
                   ink_with_commas(reading->labels, more), "examples for a classifier");
    } else {
      ink_snprintf(note, INK_NOTE, "%s lines of a text, a tab and a text: read as pairs for a %s",
                   lines, "translator");
    }
  }
  set(o, "task", INK_TASK_GENERATOR);
  /* Sentences are translated word by word where they are so many that words are met again: 29,000
   * pairs of German and English are learnt in minutes so, and by characters they are not. Of
   * captions of two words and more (a line's end counts as one), each is met with many pictures. */
  bool sentences =
      o->task == INK_TASK_TRANSLATOR && reading->sentences && reading->pairs >= FEW_PAIRS;
  bool captions = o->task == INK_TASK_CAPTIONER && reading->words >= 3 * reading->lines;
  set(o, "level", sentences || captions ? INK_LEVEL_WORD : INK_LEVEL_CHAR);
  if (o->task == INK_TASK_CLASSIFIER) set(o, "lines", reading->grouped);
  /* What is sorted ends with what nothing before it is like. */
  if (o->task == INK_TASK_TRANSLATOR) set(o, "lines", 1);
  if (o->task != INK_TASK_GENERATOR || o->lines != INK_AUTO) {
    set(o, "lines", 0);
    return;
  }
  set(o, "lines", reading->list);
  if (open && reading->odd_line > 0) {
    ink_snprintf(note, INK_NOTE, "line %zu is not text, tab and text, as nearly all others are: %s",
                 reading->odd_line, reading->list ? "read as a list" : "read as prose");
    return;
  }
  if (!reading->list) return;
  ink_snprintf(note, INK_NOTE, "%s lines of %zu characters: read as a list",
               ink_with_commas(reading->lines, lines), reading->line_length);
}

static ink_status check_material(const ink_train_options *o, const ink_reading *reading,
                                 ink_error *error) {
  enum { LEAST = 100 };
  bool given = o->batch != INK_AUTO && o->nchars != INK_AUTO; /* who gives both knows better */
  if (o->task != INK_TASK_GENERATOR || given) return INK_OK;
  if (reading->distinct < 2) {
    return ink_fail(error, INK_ERROR_TEXT,
                    "the text is one character, again and again: there is nothing to learn");
  }
  if (reading->characters >= LEAST) return INK_OK;
  return ink_fail(error, INK_ERROR_TEXT,
                  "the text has %zu characters; a network learns nothing from fewer than %d, and "
                  "begins to write words after some 10,000",
                  reading->characters, LEAST);
}

/* ---- Sizes ----------------------------------------------------------------------------------- */

/* What a choice is made from: tokens, or examples. */
typedef struct amounts {
  double tokens;   /* that one pass predicts or reads, the held-out ones included */
  double units;    /* tokens of a generator, else examples */
  double alphabet; /* of the read-out */
  bool little;     /* too little for some of it to be held out */
} amounts;

static amounts amounts_of(const ink_train_options *o, const ink_reading *reading) {
  enum { FEW = 100, SHORT_LIST = 500 /* lines */, SHORT_TEXT = 15000 /* characters */ };
  bool by_words = o->level == INK_LEVEL_WORD, examples = o->task != INK_TASK_GENERATOR;
  double tokens = (double)(by_words ? reading->words : reading->characters);
  double units = o->task == INK_TASK_CAPTIONER ? (double)reading->lines : (double)reading->pairs;
  /* Of words the ones that are kept; Heaps' law, with what English has for its numbers. */
  double kept = fmin(10 * sqrt(tokens), 20000);
  if (o->max_vocabulary > 0) kept = fmin(kept, o->max_vocabulary);
  double alphabet = by_words ? kept : (double)reading->distinct;
  if (o->task == INK_TASK_CLASSIFIER) alphabet = (double)reading->labels;
  double few = o->task == INK_TASK_TRANSLATOR ? FEW_PAIRS : FEW;
  double least = examples ? few : o->lines ? SHORT_LIST : SHORT_TEXT;
  double size = (double)(o->lines ? reading->lines : reading->characters);
  bool little = (examples ? units : size) < least;
  return (amounts){tokens, examples ? fmax(units, 1) : tokens, alphabet, little};
}

/* A short text or list is known by heart soon, and nothing that is held out ends the run before. */
static bool is_known_soon(const ink_train_options *o, const amounts *all) {
  return all->little && o->task == INK_TASK_GENERATOR && o->validation == 0;
}

double ink_recipe_work(const ink_train_options *o, double alphabet) {
  double gates = ink_stack_cell(&(ink_shape){.cell = (ink_cell_kind)o->cell})->gates;
  double inputs = o->embed > 0 ? o->embed : 1, hidden = o->hidden;
  double stack = gates * hidden * (inputs + hidden + 2 * hidden * (o->layers - 1.0));
  return 3 * (stack + hidden * alphabet);
}

/* A network that can write goes on to a text. It loses what it knows where much of it is dropped,
 * and is best on others long before it knows the text by heart. */
static bool knows_prose(const ink_train_options *o) {
  return o->pretrained && o->task == INK_TASK_GENERATOR && !o->lines;
}

/* Chosen with hidden: more units overfit sooner, so that of each doubling a tenth more is dropped;
 * in steps of a twentieth. */
static double dropped(float at_row, double hidden, double row_hidden, double most) {
  if (at_row == 0 && hidden <= row_hidden) return 0;
  double share = (double)at_row + 0.1 * ink_log(hidden / row_hidden) / 0.6931471805599453;
  return round(20 * fmin(fmax(share, 0), most)) / 20;
}

static void choose_network(ink_train_options *o, const row *r, uint32_t hidden) {
  bool by_words = o->level == INK_LEVEL_WORD;
  set(o, "cell", r->cell);
  if (o->tied && o->embed != INK_AUTO) hidden = o->embed;
  set(o, "hidden", hidden);
  set(o, "layers", 1);
  set(o, "embed", o->tied ? o->hidden : by_words ? fmin(128, o->hidden) : 64);
  bool knows = knows_prose(o);
  set(o, "dropout", dropped(r->dropout, o->hidden, r->hidden, knows ? 0.3 : 0.65));
  set(o, "weight-drop", dropped(r->weight_drop, o->hidden, r->hidden, knows ? 0.2 : 0.65));
  set(o, "variational", o->dropout > 0);
}

/* Streams and windows that the text has enough of. */
static void choose_batch(ink_train_options *o, const row *r, const amounts *all) {
  double trained = (double)ink_training_tokens((size_t)all->units, o->validation);
  double held_out = all->units - trained;
  uint32_t batch = r->batch;
  bool streams = o->task == INK_TASK_GENERATOR;
  double window = o->nchars == INK_AUTO ? 8 : o->nchars;
  while (streams && batch > 1 &&
         (batch * window + 1 > trained || (o->validation > 0 && batch + 1 > held_out))) {
    batch /= 2;
  }
  set(o, "batch", fmax(batch, o->threads));
  double longest = streams ? fmax(1, floor((trained - 1) / o->batch)) : r->nchars;
  set(o, "nchars", fmax(fmin(r->nchars, longest), o->nchars_start));
}

/* Updates of one pass; of examples about, for they are batched by length. */
static double epoch_steps(const ink_train_options *o, const amounts *all) {
  double trained = (double)ink_training_tokens((size_t)all->units, o->validation);
  double each = o->task == INK_TASK_GENERATOR ? (double)o->batch * o->nchars : o->batch;
  return fmax(1, floor(trained / each));
}

/* ---- Time ------------------------------------------------------------------------------------ */

/* Updates that so much work pays for, validations paid first: one is a third as dear a token. */
static double steps_for(const ink_train_options *o, const amounts *all, double work) {
  double token = ink_recipe_work(o, all->alphabet);
  double pass = token * all->tokens, held_out = pass * (double)o->validation / 3;
  double step = pass * (1 - (double)o->validation) / epoch_steps(o, all);
  return floor(fmax(work - fmin(INK_RECIPE_VALIDATIONS * held_out, work / 4), 0) / step);
}

/* The network that gets furthest is the largest that reads each of `least` passes and, of a long
 * text, some tokens for each of its weights: of 1.2 million characters, 512 units in 3 passes (3.5
 * tokens a weight) learn more than 384 in 4 and much more than 256 in 10, in the same time. */
static uint32_t size_for(const ink_train_options *given, const row *r, const amounts *all,
                         double work) {
  enum { A_WEIGHT = 6 };
  static const uint32_t sizes[] = {48,  64,  96,  128, 160, 192, 224, 256,
                                   320, 384, 448, 512, 640, 768, 1024};
  uint32_t chosen = sizes[0], most = is_known_soon(given, all) ? r->hidden : r->most;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes && sizes[i] <= most; i++) {
    ink_train_options o = *given;
    choose_network(&o, r, sizes[i]);
    choose_batch(&o, r, all);
    double pass = epoch_steps(&o, all), steps = steps_for(&o, all, work);
    double tokens = steps / pass * all->tokens, weights = ink_recipe_work(&o, all->alphabet) / 3;
    if (steps >= r->least * pass && tokens >= A_WEIGHT * weights) chosen = sizes[i];
  }
  return chosen;
}

/* For a given time, twice the recipe's passes are the most: then the text is learnt by heart. Of
 * what is known sooner the recipe's own passes are, with its own units. */
static void choose_length(ink_train_options *o, const row *r, const amounts *all, bool timed) {
  double pass = epoch_steps(o, all);
  bool longer = timed && !is_known_soon(o, all);
  set(o, "epochs", o->steps > 0 ? 0 : longer ? 2 * r->epochs : r->epochs);
  double steps = o->steps > 0 ? o->steps : o->epochs * pass;
  /* Validations: some fifty at most and twenty at least, where possible after each pass. */
  double every = floor(steps / (steps / pass > 50 ? 50 : INK_RECIPE_VALIDATIONS));
  bool each_pass = o->steps == 0 && o->epochs >= INK_RECIPE_VALIDATIONS && o->epochs <= 50;
  set(o, "validate-every", each_pass ? 0 : fmax(every, 1));
  /* The loss of a small held-out part goes up and down; a fifth of the run decides that it has
   * turned. */
  double validations = steps / (o->validate_every > 0 ? o->validate_every : pass);
  set(o, "patience", fmax(5, round(validations / 5)));
  /* An average over some hundredth of the run. */
  set(o, "average", steps < 500 ? 0.95 : steps < 2000 ? 0.98 : steps < 20000 ? 0.99 : 0.998);
}

/* ---- The whole ------------------------------------------------------------------------------- */

/* Held out is a tenth, of long material no more than its losses' digits need. Of little none: who
 * has but that wants all of it learnt. What is held out would tell nothing, end a run of pairs that
 * cannot be guessed, and find best a network that can hardly spell yet. */
static double validation_of(const ink_train_options *o, const amounts *all) {
  if (all->little && !knows_prose(o)) return 0;
  double enough = o->task == INK_TASK_GENERATOR ? 200000 : 5000;
  return all->units < 10 * enough ? 0.1 : round(1000 * enough / all->units) / 1000;
}

/* Words that are met so rarely are not learnt: the more of a text the more of them there are. */
static double rarest_of(const ink_train_options *o, const ink_reading *reading) {
  if (o->level != INK_LEVEL_WORD || o->task == INK_TASK_CLASSIFIER) return 1;
  double tokens = (double)reading->words;
  return tokens < 5000 ? 1 : tokens < 100000 ? 2 : tokens < 1000000 ? 3 : 8;
}

static bool is_open(const ink_train_options *o) {
  for (size_t i = 0; i < ink_train_options_table.count; i++) {
    if (ink_option_is_auto(&ink_train_options_table.rows[i], o)) return true;
  }
  return false;
}

static ink_status choose(ink_train_options *o, const ink_material *opened, double work,
                         char note[INK_NOTE], ink_error *error) {
  *note = '\0';
  ink_status status = ink_train_options_check(o, error);
  if (status != INK_OK || !is_open(o)) return status;
  ink_reading reading;
  status = ink_reading_of(opened->text, opened->bytes, &reading, error);
  if (status != INK_OK) return status;
  if (opened->pictures != NULL) set(o, "task", INK_TASK_CAPTIONER);
  choose_reading(o, &reading, note);
  status = check_material(o, &reading, error);
  if (status != INK_OK) return status;
  amounts all = amounts_of(o, &reading);
  row r = row_of(o, &reading);
  set(o, "min-count", rarest_of(o, &reading));
  set(o, "bag", o->task != INK_TASK_CLASSIFIER ? 0 : o->level == INK_LEVEL_WORD ? 2 : 4);
  set(o, "learning-rate", (double)r.learning_rate);
  set(o, "validation", validation_of(o, &all));
  choose_network(o, &r, work > 0 ? size_for(o, &r, &all, work) : r.hidden);
  choose_batch(o, &r, &all);
  choose_length(o, &r, &all, work > 0);
  return ink_train_options_check(o, error);
}

ink_status ink_train_options_choose(ink_train_options *options, const ink_material *material,
                                    double work, char *note, ink_error *error) {
  char unused[INK_NOTE];
  ink_text text;
  ink_status status = ink_text_open(material->text, material->bytes, 0, &text, error);
  ink_material opened = *material;
  opened.text = text.text;
  opened.bytes = text.bytes;
  if (status == INK_OK) {
    status = choose(options, &opened, work, note != NULL ? note : unused, error);
  }
  ink_text_close(&text);
  return status;
}
