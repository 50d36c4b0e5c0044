/*
 * Fuzzing a session's state: any bytes are one or an error, after which the session goes on.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static ink_model *models[2];
  for (int level = 0; level < 2; level++) {
    if (models[level] == NULL) models[level] = fuzz_model(INK_TASK_GENERATOR, (ink_level)level);
    ink_session *session;
    ink_error error;
    uint32_t id;
    fuzz_must(ink_session_new(models[level], &session, &error), &error);
    fuzz_agree(ink_session_restore(session, bytes, size, &error), &error);
    fuzz_agree(ink_session_sample(session, NULL, &id, &error), &error);
    size_t saved = ink_session_state_size(session);
    uint8_t *state = malloc(saved);
    ink_session_save(session, state);
    free(state);
    ink_session_free(session);
  }
  return 0;
}
