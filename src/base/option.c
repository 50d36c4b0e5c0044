/*
 * Options as a table. See option.h.
 */
#include "base/option.h"

#include <string.h>

#include "base/status.h"

const ink_option *ink_option_find(const ink_option_table *table, const char *name) {
  for (size_t i = 0; i < table->count; i++) {
    if (strcmp(table->rows[i].name, name) == 0) return &table->rows[i];
  }
  return NULL;
}

double ink_option_get(const ink_option *option, const void *options) {
  const char *member = (const char *)options + option->offset;
  float number;
  uint32_t count;
  memcpy(&number, member, sizeof number);
  memcpy(&count, member, sizeof count);
  return option->type == INK_OPTION_NUMBER ? (double)number : count;
}

void ink_option_put(const ink_option *option, double value, void *options) {
  char *member = (char *)options + option->offset;
  bool none = value == INK_OPTION_AUTO;
  if (option->type == INK_OPTION_NUMBER) {
    float number = none ? INK_AUTO_NUMBER : (float)value;
    memcpy(member, &number, sizeof number);
  } else {
    uint32_t count = none ? INK_AUTO : (uint32_t)value;
    memcpy(member, &count, sizeof count);
  }
}

bool ink_option_is_auto(const ink_option *option, const void *options) {
  bool number = option->type == INK_OPTION_NUMBER;
  double none = number ? (double)INK_AUTO_NUMBER : (double)(uint32_t)INK_AUTO;
  return option->initial == INK_OPTION_AUTO && ink_option_get(option, options) == none;
}

/* Written so that NaN is out of every range. */
ink_status ink_option_check(const ink_option *option, double value, ink_error *error) {
  bool number = option->type == INK_OPTION_NUMBER;
  /* A float option is compared as the float it is kept as. */
  double highest = number ? (double)(float)option->highest : option->highest;
  double lowest = number ? (double)(float)option->lowest : option->lowest;
  bool within = (value >= lowest && value <= highest) || (option->or_zero && value == 0);
  if (within && (number || value == (double)(uint32_t)value)) return INK_OK;
  if (option->expected != NULL) return ink_fail(error, INK_ERROR_ARGUMENT, "%s", option->expected);
  return ink_fail(error, INK_ERROR_ARGUMENT, "%s is %.10g; it must be %s from %.10g to %.10g",
                  option->name, value, number ? "a number" : "a whole number", option->lowest,
                  option->highest);
}

ink_status ink_options_check(const ink_option_table *table, const void *options, ink_error *error) {
  for (size_t i = 0; i < table->count; i++) {
    const ink_option *option = &table->rows[i];
    if (ink_option_is_auto(option, options)) continue;
    ink_status status = ink_option_check(option, ink_option_get(option, options), error);
    if (status != INK_OK) return status;
  }
  return INK_OK;
}

void ink_options_default(const ink_option_table *table, void *options) {
  for (size_t i = 0; i < table->count; i++) {
    ink_option_put(&table->rows[i], table->rows[i].initial, options);
  }
}

ink_status ink_options_set(const ink_option_table *table, void *options, const char *name,
                           double value, ink_error *error) {
  const ink_option *option = ink_option_find(table, name);
  if (option == NULL) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "there is no option \"%.40s\"", name);
  }
  float kept = (float)value; /* as it is compared */
  if (option->type == INK_OPTION_NUMBER) value = (double)kept;
  ink_status status = ink_option_check(option, value, error);
  if (status == INK_OK) ink_option_put(option, value, options);
  return status;
}
