/*
 * Going on with a run. See resume.h.
 */
#include "cli/resume.h"

#include <string.h>

#include "cli/print.h"
#include "train/options.h"

static bool may_change(const char *name) {
  return strcmp(name, "threads") == 0 || strcmp(name, "steps") == 0 || strcmp(name, "epochs") == 0;
}

/* Whether the option has the value in this text. */
static bool has_value(const ink_option *option, const ink_train_options *options,
                      const char *text) {
  ink_train_options other = *options;
  ink_buffer a = {0}, b = {0};
  bool same = ink_option_parse(option, text, &other, NULL) == INK_OK;
  ink_option_format(option, options, &a);
  ink_option_format(option, &other, &b);
  same = same && a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
  ink_buffer_free(&a);
  ink_buffer_free(&b);
  return same;
}

static bool option_differs(const ink_option *option, const ink_train_options *options,
                           const char *kept) {
  if (kept == NULL || may_change(option->name) || has_value(option, options, kept)) return false;
  ink_buffer value = {0};
  ink_option_format(option, options, &value);
  ink_complain("train", "--%s is %.*s, and the run to go on with has %s, which stays", option->name,
               (int)value.size, value.bytes, kept);
  ink_buffer_free(&value);
  return true;
}

bool ink_resume_differs(const char *checkpoint, size_t size, const ink_train_options *options,
                        const bool given[INK_OPTIONS_MOST]) {
  ink_model *model; /* a checkpoint opens as a model, too */
  bool differs = false;
  if (ink_model_load((const uint8_t *)checkpoint, size, NULL, 0, INK_KERNEL_AUTO, &model, NULL) !=
      INK_OK) {
    return false; /* whoever opens it to go on says what is wrong */
  }
  for (size_t i = 0; i < ink_train_options_table.count && i < INK_OPTIONS_MOST && !differs; i++) {
    const ink_option *option = &ink_train_options_table.rows[i];
    differs = given[i] && option_differs(option, options, ink_model_metadata(model, option->name));
  }
  ink_model_free(model);
  return differs;
}
