/*
 * Dynamic evaluation for the verbs that offer it. See dynamic.h.
 */
#include "cli/dynamic.h"

#include "cli/files.h"
#include "inkling_scores.h"

void ink_dynamic_arguments(ink_dynamic_request *request,
                           ink_argument table[INK_DYNAMIC_ARGUMENTS]) {
  ink_dynamic *options = &request->options;
  ink_dynamic_default(options);
  request->wanted = false;
  table[0] = (ink_argument){"dynamic", INK_ARGUMENT_FLAG, &request->wanted, NULL};
  table[1] = (ink_argument){"dynamic-rate", INK_ARGUMENT_NUMBER, &options->learning_rate,
                            &request->wanted};
  table[2] =
      (ink_argument){"dynamic-decay", INK_ARGUMENT_NUMBER, &options->decay, &request->wanted};
  table[3] =
      (ink_argument){"dynamic-segment", INK_ARGUMENT_COUNT, &options->segment, &request->wanted};
}

int ink_dynamic_read(const ink_model *model, const ink_text_part *file, const ink_dynamic *options,
                     const char *text, size_t bytes, ink_evaluation *evaluation,
                     ink_model **adapted) {
  size_t adapted_size = 0;
  uint8_t *adapted_bytes = NULL;
  ink_error error;
  ink_status status = ink_evaluate_dynamic(
      model, (const uint8_t *)file->text, file->bytes, options, text, bytes, evaluation,
      adapted == NULL ? NULL : &adapted_bytes, &adapted_size, &error);
  if (status == INK_OK && adapted != NULL) {
    ink_info info;
    ink_kernel kernel = INK_KERNEL_AUTO;
    ink_model_info(model, &info);
    ink_kernel_find(info.kernel, &kernel);
    status = ink_model_load(adapted_bytes, adapted_size, NULL, 0, kernel, adapted, &error);
  }
  ink_release(adapted_bytes);
  return status == INK_OK ? INK_EXIT_OK : ink_report("--dynamic", &error);
}
