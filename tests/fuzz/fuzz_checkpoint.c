/*
 * Fuzzing checkpoints: any bytes are a run to go on with or an error.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  ink_material material = {.text = fuzz_text, .bytes = sizeof fuzz_text - 1};
  ink_train_options changes;
  memset(&changes, 0, sizeof changes);
  ink_trainer *trainer;
  ink_error error;
  ink_progress progress;
  ink_status status = ink_trainer_resume(bytes, size, &material, &changes, &trainer, &error);
  fuzz_agree(status, &error);
  if (status != INK_OK) return 0;
  if (!ink_trainer_done(trainer)) {
    fuzz_agree(ink_trainer_step(trainer, &progress, &error), &error);
  }
  ink_trainer_free(trainer);
  return 0;
}
