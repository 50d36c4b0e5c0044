/*
 * The training options as a table. What depends on the material is AUTO here, until the recipe
 * chooses it (recipe.c); the optimiser's own numbers follow the usual practice (Loshchilov and
 * Hutter 2019).
 */
#include "train/options.h"

#include <errno.h>
#include <string.h>

#include "base/number.h"
#include "base/print.h"
#include "base/status.h"
#include "layers/bag.h"
#include "layers/cell.h"
#include "parts/parameters.h"

static const char *const tasks[] = {"generator", "classifier", "translator", "captioner", NULL};
static const char *const levels[] = {"char", "word", NULL};
#define NAME(symbol, name) name,
static const char *const cells[] = {INK_EVERY_CELL(NAME) NULL};
static const char *const schedules[] = {"cosine", "constant", NULL};
static const char *const bits[] = {"32", "4", NULL};
static const char *const switches[] = {"off", "on", NULL};

#define AUTO INK_OPTION_AUTO
#define OPTION(kind, title, member, low, high, first)                                        \
  .name = title, .type = kind, .offset = offsetof(ink_train_options, member), .lowest = low, \
  .highest = high, .initial = first
#define OPTION_COUNT(...) \
  { OPTION(INK_OPTION_COUNT, __VA_ARGS__) }
#define OPTION_NUMBER(...) \
  { OPTION(INK_OPTION_NUMBER, __VA_ARGS__) }
#define OPTION_CHOICE(title, member, low, high, first, names) \
  { OPTION(INK_OPTION_CHOICE, title, member, low, high, first), .choices = names }

static const ink_option rows[] = {
    OPTION_CHOICE("task", task, 0, 3, AUTO, tasks),
    OPTION_CHOICE("level", level, 0, 1, AUTO, levels),
    OPTION_COUNT("min-count", min_count, 1, UINT32_MAX - 1, AUTO),
    OPTION_COUNT("max-vocabulary", max_vocabulary, 0, UINT32_MAX, 0),
    OPTION_CHOICE("lower-case", lower_case, 0, 1, 0, switches),
    OPTION_CHOICE("cell", cell, 0, INK_CELLS - 1, AUTO, cells),
    OPTION_COUNT("hidden", hidden, 1, 8192, AUTO),
    OPTION_COUNT("layers", layers, 1, INK_LAYERS_MAX, AUTO),
    OPTION_COUNT("embed", embed, 0, 8192, AUTO),
    OPTION_COUNT("bag", bag, 0, INK_BAG_ORDER_MAX, AUTO),
    OPTION_CHOICE("tied", tied, 0, 1, 0, switches),
    OPTION_COUNT("batch", batch, 1, 65536, AUTO),
    OPTION_COUNT("nchars", nchars, 1, 65536, AUTO),
    OPTION_COUNT("nchars-start", nchars_start, 0, 65536, 0),
    OPTION_COUNT("steps", steps, 0, UINT32_MAX, 0),
    OPTION_COUNT("epochs", epochs, 0, UINT32_MAX - 1, AUTO),
    OPTION_NUMBER("learning-rate", learning_rate, 1e-12, 1e6, AUTO),
    OPTION_CHOICE("schedule", schedule, 0, 1, INK_SCHEDULE_COSINE, schedules),
    OPTION_NUMBER("final-fraction", final_fraction, 0, 1, 0.01),
    OPTION_COUNT("warmup", warmup, 0, UINT32_MAX, 20),
    OPTION_NUMBER("beta1", beta1, 0, 0.999999, 0.9),
    OPTION_NUMBER("beta2", beta2, 0, 0.999999, 0.99),
    OPTION_NUMBER("epsilon", epsilon, 1e-30, 1, 1e-8),
    OPTION_NUMBER("weight-decay", weight_decay, 0, 1e6, 0.01),
    OPTION_NUMBER("clip", clip, 0, 1e30, 1),
    OPTION_NUMBER("dropout", dropout, 0, 0.99, AUTO),
    OPTION_CHOICE("variational", variational, 0, 1, AUTO, switches),
    OPTION_NUMBER("embed-dropout", embed_dropout, 0, 0.99, 0),
    OPTION_NUMBER("weight-drop", weight_drop, 0, 0.99, AUTO),
    OPTION_NUMBER("average", average, 0, 0.999999, AUTO),
    OPTION_CHOICE("bits", bits, 0, 1, 0, bits),
    OPTION_NUMBER("validation", validation, 0, 0.5, AUTO),
    OPTION_COUNT("validate-every", validate_every, 0, UINT32_MAX - 1, AUTO),
    OPTION_COUNT("patience", patience, 0, UINT32_MAX - 1, AUTO),
    OPTION_CHOICE("reset-state", reset_state, 0, 1, 0, switches),
    OPTION_CHOICE("lines", lines, 0, 1, AUTO, switches),
    OPTION_COUNT("picture", picture, 8, INK_PICTURE_MAX, 32),
    OPTION_COUNT("blocks", blocks, 1, INK_BLOCKS_MAX, 4),
    OPTION_COUNT("channels", channels, 1, 1024, 32),
    OPTION_COUNT("shift", shift, 0, 8, 0),
    OPTION_CHOICE("flip", flip, 0, 1, 0, switches),
    OPTION_NUMBER("contrast", contrast, 0, 1, 0),
    OPTION_NUMBER("brightness", brightness, 0, 0.5, 0),
    OPTION_COUNT("seed", seed, 0, UINT32_MAX, 0),
    OPTION_COUNT("threads", threads, 1, 256, 1),
};

enum { OPTIONS = sizeof rows / sizeof rows[0] };
_Static_assert((OPTIONS + 1) * 4 == sizeof(ink_train_options), "all but pretrained have a row");

const ink_option_table ink_train_options_table = {rows, OPTIONS};

void ink_option_choose(const ink_option *option, double value, ink_train_options *options) {
  if (ink_option_is_auto(option, options)) ink_option_put(option, value, options);
}

void ink_train_options_default(ink_train_options *options) {
  *options = (ink_train_options){0};
  ink_options_default(&ink_train_options_table, options);
}

ink_status ink_train_options_check(const ink_train_options *options, ink_error *error) {
  ink_status status = ink_options_check(&ink_train_options_table, options, error);
  if (status != INK_OK) return status;
  if (options->steps == 0 && options->epochs == 0) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "steps and epochs are both 0: nothing to train");
  }
  if (options->nchars_start > options->nchars) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "nchars-start is %u; it must not be more than nchars, which is %u",
                    (unsigned)options->nchars_start, (unsigned)options->nchars);
  }
  if (options->embed_dropout > 0 && options->embed == 0) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "embed-dropout needs an embedding: embed must not be 0");
  }
  bool counts_words = options->min_count > 1 && options->min_count != INK_AUTO;
  if (options->level == INK_LEVEL_CHAR && (counts_words || options->max_vocabulary > 0)) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "min-count and max-vocabulary are of words: level must be word");
  }
  bool classifies = options->task == INK_TASK_CLASSIFIER || options->task == INK_AUTO;
  if (options->lower_case && !(classifies && options->level == INK_LEVEL_WORD)) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "lower-case is of words to classify: task must be classifier and level word");
  }
  if (options->bag > 0 && options->bag != INK_AUTO && !classifies) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "bag is of a classifier: task must be classifier");
  }
  if (options->max_vocabulary == 1) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "max-vocabulary is 1; one word cannot be predicted");
  }
  if (options->picture >> (options->blocks - 1) == 0) {
    return ink_fail(
        error, INK_ERROR_ARGUMENT,
        "blocks is %u; nothing would be left of a picture of %u pixels, halved by every "
        "block but the last",
        (unsigned)options->blocks, (unsigned)options->picture);
  }
  if (options->threads > options->batch) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "threads is %u; it must not be more than batch, which is %u",
                    (unsigned)options->threads, (unsigned)options->batch);
  }
  return INK_OK;
}

enum { MANY = 8 }; /* choices; of more the first three are named */

ink_status ink_option_parse(const ink_option *option, const char *text, ink_train_options *options,
                            ink_error *error) {
  if (option->initial == AUTO && strcmp(text, "auto") == 0) {
    ink_option_put(option, AUTO, options);
    return INK_OK;
  }
  if (option->type == INK_OPTION_CHOICE) {
    for (uint32_t i = 0; option->choices[i] != NULL; i++) {
      if (strcmp(option->choices[i], text) != 0) continue;
      ink_option_put(option, i, options);
      return INK_OK;
    }
    uint32_t count = 0, shown;
    while (option->choices[count] != NULL) count++;
    shown = count > MANY ? 3 : count;
    ink_buffer names = {0};
    for (uint32_t i = 0; i < shown; i++) {
      ink_buffer_format(&names, "%s%s", i > 0 ? ", " : "", option->choices[i]);
    }
    if (shown < count) ink_buffer_format(&names, " and %u others", (unsigned)(count - shown));
    ink_status status = ink_fail(error, INK_ERROR_ARGUMENT, "%s is \"%s\"; it must be one of %.*s",
                                 option->name, text, (int)names.size, names.bytes);
    ink_buffer_free(&names);
    return status;
  }
  const char *end;
  double value = ink_number_read(text, &end);
  if (*text == '\0' || *end != '\0') {
    return ink_fail(error, INK_ERROR_ARGUMENT, "%s is \"%s\", which is not a number", option->name,
                    text);
  }
  ink_status status = ink_option_check(option, value, error);
  if (status == INK_OK) ink_option_put(option, value, options);
  return status;
}

size_t ink_train_options_size(void) { return sizeof(ink_train_options); }

ink_status ink_train_options_set(ink_train_options *options, const char *name, const char *value,
                                 ink_error *error) {
  const ink_option *option = ink_option_find(&ink_train_options_table, name);
  if (option == NULL) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "unknown training option \"%s\"", name);
  }
  return ink_option_parse(option, value, options, error);
}

const char *ink_train_option(size_t index) { return index < OPTIONS ? rows[index].name : NULL; }

/* The fewest digits that are the float exactly. */
static void format_number(double value, char text[INK_OPTION_TEXT]) {
  for (int precision = 4; precision <= 9; precision++) {
    const char *end;
    ink_number_decimal(value, precision, text);
    if ((double)(float)ink_number_read(text, &end) == value) break;
  }
}

void ink_option_format(const ink_option *option, const ink_train_options *options,
                       char text[INK_OPTION_TEXT]) {
  double value = ink_option_get(option, options);
  if (ink_option_is_auto(option, options)) {
    ink_snprintf(text, INK_OPTION_TEXT, "auto");
  } else if (option->type == INK_OPTION_CHOICE) {
    ink_snprintf(text, INK_OPTION_TEXT, "%s", option->choices[(size_t)value]);
  } else if (option->type == INK_OPTION_NUMBER) {
    format_number(value, text);
  } else {
    ink_snprintf(text, INK_OPTION_TEXT, "%u", (unsigned)value);
  }
}

int ink_train_options_get(const ink_train_options *options, const char *name,
                          char text[INK_OPTION_TEXT]) {
  const ink_option *option = ink_option_find(&ink_train_options_table, name);
  if (option == NULL) return -1;
  ink_option_format(option, options, text);
  return ink_option_get(option, options) == option->lowest;
}
