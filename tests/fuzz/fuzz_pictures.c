/*
 * Fuzzing pictures: any bytes are PPM or an error, and what is one can be captioned.
 */
#include "base/ppm.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static ink_model *model;
  if (model == NULL) model = fuzz_model(INK_TASK_CAPTIONER, INK_LEVEL_CHAR);
  size_t count, at = 0;
  ink_error error;
  ink_status status = ink_ppm_check(bytes, size, &count, &error);
  fuzz_agree(status, &error);
  if (status != INK_OK) return 0;
  for (size_t i = 0; i < count && i < 3; i++) {
    ink_ppm picture;
    ink_source *source;
    fuzz_must(ink_ppm_next(bytes, size, i + 1, &at, &picture, &error), &error);
    status = ink_source_picture(model, picture.pixels, (uint32_t)picture.width,
                                (uint32_t)picture.height, 3, &source, &error);
    fuzz_agree(status, &error);
    if (status == INK_OK) ink_source_free(source);
  }
  return 0;
}
