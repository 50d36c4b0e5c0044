/*
 * Fuzzing texts: any bytes are read, scored, translated, classified and trained on, or an error.
 */
#include "fuzz.h"
#include "inkling_text.h"

static void feed(const ink_model *model, const char *text, size_t size, int skip) {
  ink_session *session;
  ink_error error;
  fuzz_must(ink_session_new(model, &session, &error), &error);
  fuzz_agree(ink_session_feed(session, text, size, skip, &error), &error);
  ink_session_free(session);
}

static void open(const char *text, size_t size) {
  ink_text opened, again;
  ink_error error;
  ink_text_encoding(text, size);
  ink_status status = ink_text_open(text, size, 0, &opened, &error);
  fuzz_agree(status, &error);
  if (status == INK_OK) {
    /* What has been read reads as itself, but for a second mark. */
    fuzz_must(ink_text_open(opened.text, opened.bytes, INK_KEEP_MARK, &again, &error), &error);
    if (again.bytes != opened.bytes || memcmp(again.text, opened.text, again.bytes) != 0) abort();
    ink_text_close(&again);
    ink_text_trim(&opened.text, &opened.bytes);
  }
  ink_text_close(&opened);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static ink_model *models[4];
  static const ink_task tasks[] = {INK_TASK_GENERATOR, INK_TASK_GENERATOR, INK_TASK_CLASSIFIER,
                                   INK_TASK_TRANSLATOR};
  const char *text = (const char *)bytes;
  open(text, size);
  for (int i = 0; i < 4; i++) {
    if (models[i] == NULL) models[i] = fuzz_model(tasks[i], i == 1 ? 1 : 0);
    ink_error error;
    ink_lacks lacks;
    ink_evaluation evaluation;
    fuzz_agree(ink_model_lacks(models[i], text, size, &lacks, &error), &error);
    if (i < 3) {
      feed(models[i], text, size, 0);
      feed(models[i], text, size, 1);
    }
    if (i < 2) fuzz_agree(ink_evaluate(models[i], text, size, 0, &evaluation, &error), &error);
    ink_source *source = NULL;
    if (i == 3) fuzz_agree(ink_source_text(models[i], text, size, 1, &source, &error), &error);
    ink_source_free(source);
  }
  ink_overlap overlap;
  ink_error error;
  if (size < 2000) {
    fuzz_agree(ink_novelty(text, size, fuzz_text, sizeof fuzz_text - 1, &overlap, &error), &error);
  }
  return 0;
}
