/*
 * The command line. See arguments.h.
 */
#include "cli/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/files.h"
#include "cli/nearest.h"
#include "cli/print.h"

/* Whether it is a training option that its mere name switches on, and --no-NAME off. */
static bool is_switch(const ink_argument *argument) {
  ink_train_options any;
  return argument->type == INK_ARGUMENT_TRAIN &&
         ink_train_options_set(&any, argument->name, "off", NULL) == INK_OK;
}

static bool takes_value(const ink_argument *argument) {
  return argument->type != INK_ARGUMENT_FLAG && !is_switch(argument);
}

static const ink_argument *find(const ink_argument *table, size_t count, const char *name,
                                size_t length) {
  for (size_t i = 0; i < count; i++) {
    if (strlen(table[i].name) == length && strncmp(table[i].name, name, length) == 0) {
      return &table[i];
    }
  }
  return NULL;
}

static bool fail_value(const char *verb, const char *name, const char *value,
                       const char *expected) {
  ink_complain(verb, "--%s is \"%s\", which is not %s", name, value, expected);
  return false;
}

static bool store(const char *verb, const ink_argument *argument, const char *value) {
  char *end = NULL;
  errno = 0;
  switch (argument->type) {
    case INK_ARGUMENT_FLAG: *(bool *)argument->target = true; return true;
    case INK_ARGUMENT_TEXT: *(const char **)argument->target = value; return true;
    case INK_ARGUMENT_TEXTS:
      ink_buffer_append(argument->target, value, strlen(value) + 1);
      return true;
    case INK_ARGUMENT_NUMBER:
      *(float *)argument->target = strtof(value, &end);
      if (end == value || *end != '\0') return fail_value(verb, argument->name, value, "a number");
      return true;
    case INK_ARGUMENT_COUNT:
    case INK_ARGUMENT_SEED: {
      unsigned long long whole = strtoull(value, &end, 10);
      bool large = argument->type == INK_ARGUMENT_COUNT && whole > UINT32_MAX;
      if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || large) {
        return fail_value(verb, argument->name, value,
                          argument->type == INK_ARGUMENT_COUNT
                              ? "a whole number from 0 to 4294967295"
                              : "a whole number from 0 to 18446744073709551615");
      }
      if (argument->type == INK_ARGUMENT_COUNT) {
        *(uint32_t *)argument->target = (uint32_t)whole;
      } else {
        *(uint64_t *)argument->target = whole;
      }
      return true;
    }
    case INK_ARGUMENT_TRAIN: {
      ink_error error;
      if (ink_train_options_set(argument->target, argument->name, value, &error) == INK_OK) {
        return true;
      }
      ink_complain(verb, "--%s", error.message);
      return false;
    }
  }
  return false;
}

static void fail_name(const char *verb, const char *text, size_t length, const ink_argument *table,
                      size_t table_count) {
  ink_nearest nearest = {0};
  for (size_t i = 0; i < table_count; i++) {
    ink_nearest_try(&nearest, text + 2, length, table[i].name);
  }
  if (nearest.name == NULL) {
    ink_complain(verb, "unknown option \"%.*s\"; see inkling %s --help", (int)length + 2, text,
                 verb);
  } else {
    ink_complain(verb, "unknown option \"%.*s\": is it --%s?", (int)length + 2, text, nearest.name);
  }
}

/* The option that "--NAME" or "--NAME=VALUE" names; `off` where it is "--no-NAME" of a switch. NULL
 * after one line. */
static const ink_argument *read_name(const char *verb, const char *text, size_t length,
                                     const ink_argument *table, size_t table_count, bool *off) {
  const ink_argument *argument = find(table, table_count, text + 2, length);
  *off = argument == NULL && length > 3 && strncmp(text, "--no-", 5) == 0;
  if (*off) {
    argument = find(table, table_count, text + 5, length - 3);
    if (argument != NULL && !is_switch(argument)) argument = NULL;
  }
  if (argument == NULL) fail_name(verb, text, length, table, table_count);
  return argument;
}

/* Of an option with two values one would be lost; one line where this is the second. A flag says
 * the same twice. */
static bool is_again(const char *verb, const ink_argument *argument, bool *seen) {
  bool again = *seen && argument->type != INK_ARGUMENT_FLAG && argument->type != INK_ARGUMENT_TEXTS;
  if (again) ink_complain(verb, "--%s is given twice", argument->name);
  *seen = true;
  return again;
}

/* A word that no place is left for: what it may have been meant for. */
static void fail_position(const char *verb, const char *text, const ink_argument *table,
                          size_t table_count, const bool *seen, bool reads_text) {
  static const char *const meant[] = {"prompt", "text"};
  bool another = false;
  if (text[0] == '-' && text[1] != '\0') {
    ink_complain(verb, "unknown option \"%s\"; see inkling %s --help", text, verb);
    return;
  }
  for (size_t i = 0; i < sizeof meant / sizeof meant[0]; i++) {
    const ink_argument *argument = find(table, table_count, meant[i], strlen(meant[i]));
    if (argument == NULL) continue;
    reads_text = true;
    if (seen[argument - table]) {
      another = another || (strcmp(meant[i], "text") == 0 && ink_file_is(text));
      continue;
    }
    ink_complain(verb, "\"%s\" is one argument too many: is it --%s \"%s\"?", text, meant[i], text);
    return;
  }
  if (another) {
    ink_complain(verb,
                 "\"%s\" is one argument too many: several files are one text after "
                 "cat FILE ... > TEXT",
                 text);
    return;
  }
  ink_complain(verb, "\"%s\" is one argument too many%s", text,
               reads_text ? "; several words are one in quotes" : "");
}

bool ink_arguments_read(int count, char **arguments, const ink_argument *table, size_t table_count,
                        const char **positional, size_t positional_count) {
  const char *verb = arguments[0];
  size_t positions = 0;
  bool seen[INK_ARGUMENTS_MOST] = {false};
  for (int i = 1; i < count; i++) {
    const char *text = arguments[i];
    if (strncmp(text, "--", 2) != 0) {
      if (positions == positional_count) {
        fail_position(verb, text, table, table_count, seen, positional_count > 1);
        return false;
      }
      positional[positions++] = text;
      continue;
    }
    const char *equals = strchr(text, '=');
    size_t length = equals == NULL ? strlen(text + 2) : (size_t)(equals - text) - 2;
    bool off;
    const ink_argument *argument = read_name(verb, text, length, table, table_count, &off);
    if (argument == NULL) return false;
    const char *value = equals == NULL ? NULL : equals + 1;
    if (!takes_value(argument)) {
      if (value != NULL) {
        ink_complain(verb, "--%s takes no value", argument->name);
        return false;
      }
      value = off ? "off" : "on";
    } else if (value == NULL) {
      if (i + 1 == count) {
        ink_complain(verb, "--%s needs a value", argument->name);
        return false;
      }
      value = arguments[++i];
    }
    if (is_again(verb, argument, &seen[argument - table])) return false;
    if (!store(verb, argument, value)) return false;
    if (argument->given != NULL) *argument->given = true;
  }
  return true;
}
