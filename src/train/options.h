/*
 * The training options as a table: names, ranges and defaults in one place, for checking, for the
 * metadata of a model and for a command line.
 */
#ifndef INK_TRAIN_OPTIONS_H
#define INK_TRAIN_OPTIONS_H

#include "base/option.h"

extern const ink_option_table ink_train_options_table;

/* Gives an option without a value one that is in its range. */
void ink_option_choose(const ink_option *option, double value, ink_train_options *options);

/* Sets an option from its text. INK_ERROR_ARGUMENT says what was expected. */
ink_status ink_option_parse(const ink_option *option, const char *text, ink_train_options *options,
                            ink_error *error);

/* An option's value as text that ink_option_parse() reads back exactly. */
void ink_option_format(const ink_option *option, const ink_train_options *options,
                       char text[INK_OPTION_TEXT]);

#endif
