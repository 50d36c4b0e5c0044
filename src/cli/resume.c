/*
 * Going on with a run. See resume.h.
 */
#include "cli/resume.h"

#include <stdlib.h>
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

static double number(const ink_model *model, const char *key) {
  const char *value = ink_model_metadata(model, key);
  return value == NULL ? 0 : strtod(value, NULL);
}

/* Whether the run is to be shorter than it is already. */
static bool is_past(const ink_model *model, const ink_train_options *options, bool steps_given,
                    bool epochs_given, bool tells) {
  bool by_steps = steps_given && options->steps > 0;
  double made = number(model, "step"), passes = number(model, "training.epoch");
  passes += number(model, "training.position") > 0; /* with the one that has begun */
  double wanted = by_steps ? options->steps : options->epochs;
  bool given = by_steps || (epochs_given && wanted > 0);
  if (!given || wanted >= (by_steps ? made : passes)) return false;
  if (!tells) return true;
  if (by_steps) {
    ink_complain("train", "--steps is %.0f, but this run has made %.0f; --steps %.0f ends it here",
                 wanted, made, made);
  } else {
    ink_complain("train",
                 "--epochs is %.0f, but this run is in epoch %.0f; --steps %.0f ends it "
                 "here, after the steps it has made",
                 wanted, passes, made);
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
  bool steps = false, epochs = false;
  if (ink_model_metadata(model, "training.text") == NULL) {
    other = true;
    if (tells) {
      ink_complain("train",
                   "--resume goes on from a checkpoint, and this is a model; --from begins a run "
                   "with what one has learnt");
    }
  }
  for (size_t i = 0; (name = ink_train_option(i)) != NULL && i < INK_OPTIONS_MOST && !other; i++) {
    steps = steps || (given[i] && strcmp(name, "steps") == 0);
    epochs = epochs || (given[i] && strcmp(name, "epochs") == 0);
    other = given[i] && differs(name, options, ink_model_metadata(model, name), tells);
  }
  other = other || is_past(model, options, steps, epochs, tells);
  ink_model_free(model);
  return other;
}
