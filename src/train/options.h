/*
 * The training options as a table: names, ranges and defaults in one place, for checking, for the
 * metadata of a model and for a command line.
 */
#ifndef INK_TRAIN_OPTIONS_H
#define INK_TRAIN_OPTIONS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "inkling.h"

typedef enum ink_option_type {
  INK_OPTION_COUNT,
  INK_OPTION_NUMBER,
  INK_OPTION_CHOICE
} ink_option_type;

typedef struct ink_option {
  const char *name; /* as on the command line, without the dashes */
  ink_option_type type;
  size_t offset; /* in ink_train_options; 4 bytes, uint32_t or float by type */
  double lowest, highest;
  double initial;             /* -1: chosen by the recipe, see INK_AUTO */
  const char *const *choices; /* names of the values 0, 1, …, NULL-ended, of INK_OPTION_CHOICE */
} ink_option;

size_t ink_option_count(void);
const ink_option *ink_option_at(size_t index);
const ink_option *ink_option_find(const char *name); /* or NULL */

/* Whether an option has no value yet: it is INK_AUTO. */
bool ink_option_is_auto(const ink_option *option, const ink_train_options *options);

/* Gives an option without a value one that is in its range. */
void ink_option_choose(const ink_option *option, double value, ink_train_options *options);

/* Gives an option its lowest value, which is to do without what it is for. */
void ink_option_leave_out(const ink_option *option, ink_train_options *options);

/* Sets an option from its text. INK_ERROR_ARGUMENT says what was expected. */
ink_status ink_option_parse(const ink_option *option, const char *text, ink_train_options *options,
                            ink_error *error);

/* Appends an option's value as text that ink_option_parse() reads back exactly. */
void ink_option_format(const ink_option *option, const ink_train_options *options,
                       ink_buffer *text);

#endif
