/*
 * Fuzzing n-grams: any text is counted, scored and written from, or an error. The first byte is the
 * order.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (size < 1 || size > 4096) return 0;
  ink_ngram *ngram;
  ink_model *model;
  ink_session *session;
  ink_evaluation evaluation;
  ink_error error;
  const char *text = (const char *)bytes + 1;
  ink_status status = ink_ngram_new(text, size - 1, NULL, 0, bytes[0] % 10, &ngram, &error);
  fuzz_agree(status, &error);
  if (status != INK_OK) return 0;
  fuzz_agree(ink_ngram_evaluate(ngram, text, size - 1, bytes[0] / 10, &evaluation, &error), &error);
  fuzz_must(ink_ngram_model(ngram, &model, &error), &error);
  fuzz_must(ink_session_new(model, &session, &error), &error);
  for (int i = 0; i < 5; i++) {
    uint32_t id;
    fuzz_must(ink_session_sample(session, NULL, &id, &error), &error);
  }
  ink_session_free(session);
  ink_model_free(model);
  ink_ngram_free(ngram);
  return 0;
}
