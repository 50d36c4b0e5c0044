/*
 * The command line: options by table, as --name VALUE or --name=VALUE, and positional arguments.
 */
#ifndef INK_CLI_ARGUMENTS_H
#define INK_CLI_ARGUMENTS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "inkling.h"

typedef enum ink_argument_type {
  INK_ARGUMENT_FLAG,   /* bool: no value follows */
  INK_ARGUMENT_TEXT,   /* const char * */
  INK_ARGUMENT_TEXTS,  /* ink_buffer of strings, each with its NUL; may be given again */
  INK_ARGUMENT_NUMBER, /* float */
  INK_ARGUMENT_COUNT,  /* uint32_t */
  INK_ARGUMENT_SEED,   /* uint64_t */
  INK_ARGUMENT_TRAIN   /* ink_train_options: the option of this name; --no-NAME: a switch, off */
} ink_argument_type;

typedef struct ink_argument {
  const char *name; /* without the dashes */
  ink_argument_type type;
  void *target;
  bool *given; /* set when it occurs; may be NULL */
} ink_argument;

enum { INK_ARGUMENTS_MOST = 128 }; /* rows of a table */

/* Reads arguments[1..]; positional ones are stored in `positional` [positional_count], where those
 * that are missing leave what was there. False after one line on stderr that names what is
 * wrong. An option with a value is given once. */
bool ink_arguments_read(int count, char **arguments, const ink_argument *table, size_t table_count,
                        const char **positional, size_t positional_count);

#endif
