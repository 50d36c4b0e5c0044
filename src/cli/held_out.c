/*
 * The parts of a text in training: see held_out.h.
 */
#include "cli/held_out.h"

#include "cli/files.h"
#include "cli/print.h"
#include "inkling_scores.h"

int ink_split_text(const ink_model *model, const char *path, const ink_text_part *text,
                   ink_text_part *trained_on, ink_text_part *held_out) {
  static const char *const deciding[] = {"task", "level", "lines", "seed", "validation"};
  ink_train_options options;
  ink_train_options_default(&options);
  ink_error error;
  for (size_t i = 0; i < sizeof deciding / sizeof deciding[0]; i++) {
    const char *value = ink_model_metadata(model, deciding[i]);
    if (value == NULL) {
      ink_complain(NULL, "--held-out: the model does not say how it was trained (%s)", deciding[i]);
      return INK_EXIT_FAILED;
    }
    if (ink_train_options_set(&options, deciding[i], value, &error) != INK_OK) {
      return ink_report("--held-out", &error);
    }
  }
  if (options.validation == 0) {
    ink_complain(NULL, "--held-out: the model was trained on all of its text (--validation 0)");
    return INK_EXIT_FAILED;
  }
  ink_status status = ink_trained_on(&options, text->text, text->bytes, &trained_on->text,
                                     &trained_on->bytes, &error);
  if (status == INK_OK) {
    status =
        ink_held_out(&options, text->text, text->bytes, &held_out->text, &held_out->bytes, &error);
  }
  return status == INK_OK ? INK_EXIT_OK : ink_report(path, &error);
}
