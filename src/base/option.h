/*
 * Options as a table: of a struct of 4-byte members, the names, ranges and defaults in one place,
 * for checking, for a command line, and for callers who set them by name.
 */
#ifndef INK_BASE_OPTION_H
#define INK_BASE_OPTION_H

#include <stdbool.h>

#include "inkling.h"

typedef enum ink_option_type {
  INK_OPTION_COUNT,  /* uint32_t */
  INK_OPTION_NUMBER, /* float */
  INK_OPTION_CHOICE  /* uint32_t: an index into `choices` */
} ink_option_type;

/* An initial value: INK_AUTO, or INK_AUTO_NUMBER. */
#define INK_OPTION_AUTO (-1.0)

typedef struct ink_option {
  const char *name; /* as on the command line, without the dashes */
  ink_option_type type;
  size_t offset; /* in the struct */
  double lowest, highest;
  double initial;             /* INK_OPTION_AUTO: chosen later */
  const char *const *choices; /* names of the values 0, 1, …, NULL-ended, of INK_OPTION_CHOICE */
  bool or_zero;               /* 0 is a value too, below the lowest */
  const char *expected;       /* what is said of a value out of range; NULL: the range */
} ink_option;

typedef struct ink_option_table {
  const ink_option *rows;
  size_t count;
} ink_option_table;

const ink_option *ink_option_find(const ink_option_table *table, const char *name); /* or NULL */

double ink_option_get(const ink_option *option, const void *options);

/* A value in the option's range, or INK_OPTION_AUTO. */
void ink_option_put(const ink_option *option, double value, void *options);

/* Whether the option has no value yet. */
bool ink_option_is_auto(const ink_option *option, const void *options);

/* INK_ERROR_ARGUMENT names the option that is out of its range. */
ink_status ink_option_check(const ink_option *option, double value, ink_error *error);
ink_status ink_options_check(const ink_option_table *table, const void *options, ink_error *error);

void ink_options_default(const ink_option_table *table, void *options);

/* Sets an option by its name. INK_ERROR_ARGUMENT: there is none, or the value is out of range. */
ink_status ink_options_set(const ink_option_table *table, void *options, const char *name,
                           double value, ink_error *error);

#endif
