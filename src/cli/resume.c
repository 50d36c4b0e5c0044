/*
 * Going on with a run. See resume.h.
 */
#include "cli/resume.h"

#include <string.h>

#include "cli/print.h"

static bool may_change(const char *name) {
  return strcmp(name, "threads") == 0 || strcmp(name, "steps") == 0 || strcmp(name, "epochs") == 0;
}

/* Whether the option has another value than the run, which kept this text of its own. */
static bool differs(const char *name, const ink_train_options *options, const char *kept,
                    bool tells) {
  ink_train_options other = *options;
  char value[INK_OPTION_TEXT], others[INK_OPTION_TEXT];
  if (kept == NULL || may_change(name)) return false;
  ink_train_options_get(options, name, value);
  bool known = ink_train_options_set(&other, name, kept, NULL) == INK_OK;
  ink_train_options_get(&other, name, others);
  if (known && strcmp(value, others) == 0) return false;
  if (tells) {
    ink_complain("train", "--%s is %s, and the run to go on with has %s, which stays", name, value,
                 kept);
  }
  return true;
}

bool ink_resume_differs(const char *checkpoint, size_t size, const ink_train_options *options,
                        const bool given[INK_OPTIONS_MOST], bool tells) {
  ink_model *model; /* a checkpoint opens as a model, too */
  bool other = false;
  if (ink_model_load((const uint8_t *)checkpoint, size, NULL, 0, INK_KERNEL_AUTO, &model, NULL) !=
      INK_OK) {
    return false; /* whoever opens it to go on says what is wrong */
  }
  const char *name;
  for (size_t i = 0; (name = ink_train_option(i)) != NULL && i < INK_OPTIONS_MOST && !other; i++) {
    other = given[i] && differs(name, options, ink_model_metadata(model, name), tells);
  }
  ink_model_free(model);
  return other;
}
