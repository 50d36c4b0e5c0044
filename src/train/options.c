/*
 * The training options as a table. What depends on the material is AUTO here, until the recipe
 * chooses it (recipe.c); the optimiser's own numbers follow the usual practice (Loshchilov and
 * Hutter 2019).
 */
#include "train/options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "layers/bag.h"
#include "model/parameters.h"

static const char *const tasks[] = {"generator", "classifier", "translator", "captioner", NULL};
static const char *const levels[] = {"char", "word", NULL};
static const char *const cells[] = {"rnn", "gru", "lstm", NULL};
static const char *const schedules[] = {"cosine", "constant", NULL};
static const char *const switches[] = {"off", "on", NULL};

/* Of an option's initial value: INK_AUTO or INK_AUTO_NUMBER. */
#define AUTO (-1.0)

#define AT(member) offsetof(ink_train_options, member)

static const ink_option table[] = {
    {"task", INK_OPTION_CHOICE, AT(task), 0, 3, AUTO, tasks},
    {"level", INK_OPTION_CHOICE, AT(level), 0, 1, INK_LEVEL_CHAR, levels},
    {"min-count", INK_OPTION_COUNT, AT(min_count), 1, UINT32_MAX - 1, AUTO, NULL},
    {"max-vocabulary", INK_OPTION_COUNT, AT(max_vocabulary), 0, UINT32_MAX, 0, NULL},
    {"lower-case", INK_OPTION_CHOICE, AT(lower_case), 0, 1, 0, switches},
    {"cell", INK_OPTION_CHOICE, AT(cell), 0, 2, AUTO, cells},
    {"hidden", INK_OPTION_COUNT, AT(hidden), 1, 8192, AUTO, NULL},
    {"layers", INK_OPTION_COUNT, AT(layers), 1, INK_LAYERS_MAX, AUTO, NULL},
    {"embed", INK_OPTION_COUNT, AT(embed), 0, 8192, AUTO, NULL},
    {"bag", INK_OPTION_COUNT, AT(bag), 0, INK_BAG_ORDER_MAX, AUTO, NULL},
    {"tied", INK_OPTION_CHOICE, AT(tied), 0, 1, 0, switches},
    {"batch", INK_OPTION_COUNT, AT(batch), 1, 65536, AUTO, NULL},
    {"nchars", INK_OPTION_COUNT, AT(nchars), 1, 65536, AUTO, NULL},
    {"nchars-start", INK_OPTION_COUNT, AT(nchars_start), 0, 65536, 0, NULL},
    {"steps", INK_OPTION_COUNT, AT(steps), 0, UINT32_MAX, 0, NULL},
    {"epochs", INK_OPTION_COUNT, AT(epochs), 0, UINT32_MAX - 1, AUTO, NULL},
    {"learning-rate", INK_OPTION_NUMBER, AT(learning_rate), 0, 1e6, AUTO, NULL},
    {"schedule", INK_OPTION_CHOICE, AT(schedule), 0, 1, INK_SCHEDULE_COSINE, schedules},
    {"final-fraction", INK_OPTION_NUMBER, AT(final_fraction), 0, 1, 0.01, NULL},
    {"warmup", INK_OPTION_COUNT, AT(warmup), 0, UINT32_MAX, 20, NULL},
    {"beta1", INK_OPTION_NUMBER, AT(beta1), 0, 0.999999, 0.9, NULL},
    {"beta2", INK_OPTION_NUMBER, AT(beta2), 0, 0.999999, 0.99, NULL},
    {"epsilon", INK_OPTION_NUMBER, AT(epsilon), 1e-30, 1, 1e-8, NULL},
    {"weight-decay", INK_OPTION_NUMBER, AT(weight_decay), 0, 1e6, 0.01, NULL},
    {"clip", INK_OPTION_NUMBER, AT(clip), 0, 1e30, 1, NULL},
    {"dropout", INK_OPTION_NUMBER, AT(dropout), 0, 0.99, AUTO, NULL},
    {"variational", INK_OPTION_CHOICE, AT(variational), 0, 1, AUTO, switches},
    {"embed-dropout", INK_OPTION_NUMBER, AT(embed_dropout), 0, 0.99, 0, NULL},
    {"weight-drop", INK_OPTION_NUMBER, AT(weight_drop), 0, 0.99, AUTO, NULL},
    {"average", INK_OPTION_NUMBER, AT(average), 0, 0.999999, AUTO, NULL},
    {"validation", INK_OPTION_NUMBER, AT(validation), 0, 0.5, AUTO, NULL},
    {"validate-every", INK_OPTION_COUNT, AT(validate_every), 0, UINT32_MAX - 1, AUTO, NULL},
    {"patience", INK_OPTION_COUNT, AT(patience), 0, UINT32_MAX - 1, AUTO, NULL},
    {"reset-state", INK_OPTION_CHOICE, AT(reset_state), 0, 1, 0, switches},
    {"lines", INK_OPTION_CHOICE, AT(lines), 0, 1, AUTO, switches},
    {"picture", INK_OPTION_COUNT, AT(picture), 8, INK_PICTURE_MAX, 32, NULL},
    {"blocks", INK_OPTION_COUNT, AT(blocks), 1, INK_BLOCKS_MAX, 4, NULL},
    {"channels", INK_OPTION_COUNT, AT(channels), 1, 1024, 32, NULL},
    {"shift", INK_OPTION_COUNT, AT(shift), 0, 8, 0, NULL},
    {"flip", INK_OPTION_CHOICE, AT(flip), 0, 1, 0, switches},
    {"contrast", INK_OPTION_NUMBER, AT(contrast), 0, 1, 0, NULL},
    {"brightness", INK_OPTION_NUMBER, AT(brightness), 0, 0.5, 0, NULL},
    {"seed", INK_OPTION_COUNT, AT(seed), 0, UINT32_MAX, 0, NULL},
    {"threads", INK_OPTION_COUNT, AT(threads), 1, 256, 1, NULL},
};

enum { OPTIONS = sizeof table / sizeof table[0] };
_Static_assert(OPTIONS * 4 == sizeof(ink_train_options), "every member has a row");

size_t ink_option_count(void) { return OPTIONS; }

const ink_option *ink_option_at(size_t index) { return &table[index]; }

const ink_option *ink_option_find(const char *name) {
  for (size_t i = 0; i < OPTIONS; i++) {
    if (strcmp(table[i].name, name) == 0) return &table[i];
  }
  return NULL;
}

static double option_get(const ink_option *option, const ink_train_options *options) {
  const char *member = (const char *)options + option->offset;
  if (option->type == INK_OPTION_NUMBER) {
    float number;
    memcpy(&number, member, sizeof number);
    return (double)number;
  }
  uint32_t count;
  memcpy(&count, member, sizeof count);
  return count;
}

/* value is in the option's range, or AUTO. */
static void option_set(const ink_option *option, double value, ink_train_options *options) {
  char *member = (char *)options + option->offset;
  if (option->type == INK_OPTION_NUMBER) {
    float number = value == AUTO ? INK_AUTO_NUMBER : (float)value;
    memcpy(member, &number, sizeof number);
  } else {
    uint32_t count = value == AUTO ? INK_AUTO : (uint32_t)value;
    memcpy(member, &count, sizeof count);
  }
}

bool ink_option_is_auto(const ink_option *option, const ink_train_options *options) {
  double none =
      option->type == INK_OPTION_NUMBER ? (double)INK_AUTO_NUMBER : (double)(uint32_t)INK_AUTO;
  return option->initial == AUTO && option_get(option, options) == none;
}

void ink_option_choose(const ink_option *option, double value, ink_train_options *options) {
  if (ink_option_is_auto(option, options)) option_set(option, value, options);
}

void ink_option_leave_out(const ink_option *option, ink_train_options *options) {
  option_set(option, option->lowest, options);
}

static ink_status option_check(const ink_option *option, double value, ink_error *error) {
  bool whole = option->type == INK_OPTION_NUMBER || value == floor(value);
  /* A float option is compared as the float it is kept as. */
  double highest =
      option->type == INK_OPTION_NUMBER ? (double)(float)option->highest : option->highest;
  double lowest =
      option->type == INK_OPTION_NUMBER ? (double)(float)option->lowest : option->lowest;
  if (whole && value >= lowest && value <= highest) return INK_OK;
  return ink_fail(error, INK_ERROR_ARGUMENT, "%s is %g; it must be %s from %g to %g", option->name,
                  value, option->type == INK_OPTION_NUMBER ? "a number" : "a whole number",
                  option->lowest, option->highest);
}

void ink_train_options_default(ink_train_options *options) {
  for (size_t i = 0; i < OPTIONS; i++) option_set(&table[i], table[i].initial, options);
}

ink_status ink_train_options_check(const ink_train_options *options, ink_error *error) {
  for (size_t i = 0; i < OPTIONS; i++) {
    if (ink_option_is_auto(&table[i], options)) continue;
    ink_status status = option_check(&table[i], option_get(&table[i], options), error);
    if (status != INK_OK) return status;
  }
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

ink_status ink_option_parse(const ink_option *option, const char *text, ink_train_options *options,
                            ink_error *error) {
  if (option->initial == AUTO && strcmp(text, "auto") == 0) {
    option_set(option, AUTO, options);
    return INK_OK;
  }
  if (option->type == INK_OPTION_CHOICE) {
    for (uint32_t i = 0; option->choices[i] != NULL; i++) {
      if (strcmp(option->choices[i], text) != 0) continue;
      option_set(option, i, options);
      return INK_OK;
    }
    ink_buffer names = {0};
    for (uint32_t i = 0; option->choices[i] != NULL; i++) {
      ink_buffer_format(&names, "%s%s", i > 0 ? ", " : "", option->choices[i]);
    }
    ink_status status = ink_fail(error, INK_ERROR_ARGUMENT, "%s is \"%s\"; it must be one of %.*s",
                                 option->name, text, (int)names.size, names.bytes);
    ink_buffer_free(&names);
    return status;
  }
  char *end = NULL;
  double value = strtod(text, &end);
  if (*text == '\0' || *end != '\0') {
    return ink_fail(error, INK_ERROR_ARGUMENT, "%s is \"%s\", which is not a number", option->name,
                    text);
  }
  ink_status status = option_check(option, value, error);
  if (status == INK_OK) option_set(option, value, options);
  return status;
}

size_t ink_train_options_size(void) { return sizeof(ink_train_options); }

ink_status ink_train_options_set(ink_train_options *options, const char *name, const char *value,
                                 ink_error *error) {
  const ink_option *option = ink_option_find(name);
  if (option == NULL) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "unknown training option \"%s\"", name);
  }
  return ink_option_parse(option, value, options, error);
}

/* The fewest digits that are the float exactly. */
static void format_number(double value, ink_buffer *text) {
  char digits[32];
  for (int precision = 4; precision <= 9; precision++) {
    snprintf(digits, sizeof digits, "%.*g", precision, value);
    if ((double)strtof(digits, NULL) == value) break;
  }
  ink_buffer_append(text, digits, strlen(digits));
}

void ink_option_format(const ink_option *option, const ink_train_options *options,
                       ink_buffer *text) {
  double value = option_get(option, options);
  if (ink_option_is_auto(option, options)) {
    ink_buffer_format(text, "auto");
  } else if (option->type == INK_OPTION_CHOICE) {
    ink_buffer_format(text, "%s", option->choices[(size_t)value]);
  } else if (option->type == INK_OPTION_NUMBER) {
    format_number(value, text);
  } else {
    ink_buffer_format(text, "%.0f", value);
  }
}
