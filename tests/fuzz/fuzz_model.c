/*
 * Fuzzing the loader: any bytes are a model or an error, never a crash, a hang or a leak. What
 * loads writes a few characters, goes through a saved state, and is looked into; its mixture with
 * itself writes, too.
 */
#include <stdlib.h>
#include <string.h>

#include "inkling.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void use(const ink_model *model) {
  ink_session *session = NULL;
  ink_generation *generation = NULL;
  if (ink_session_new(model, &session, NULL) == INK_OK &&
      ink_generation_new(session, NULL, 8, "a", 2, &generation, NULL) == INK_OK) {
    const char *text;
    size_t text_size;
    while (!ink_generation_done(generation) &&
           ink_generation_next(generation, 3, &text, &text_size, NULL) == INK_OK) {
    }
    size_t state_size = ink_session_state_size(session);
    uint8_t *state = malloc(state_size);
    if (state != NULL) {
      const float *by_network, *by_counts;
      ink_session_parts(session, &by_network, &by_counts);
      ink_session_save(session, state);
      /* Refused when the weights overflow: then the state is not finite. */
      ink_session_restore(session, state, state_size, NULL);
    }
    free(state);
  }
  ink_generation_free(generation);
  ink_session_free(session);
}

/* Its first tokens are traced, and asked what spoke for the last of them. */
static void look_inside(const ink_model *model, const uint8_t *bytes, size_t size) {
  char text[256] = "";
  for (uint32_t id = 0; id < 3 && ink_model_token(model, id) != NULL; id++) {
    strncat(text, ink_model_token(model, id), 60);
  }
  ink_session *session = NULL;
  ink_trace trace;
  float *saliency;
  if (ink_session_new(model, &session, NULL) != INK_OK) return;
  ink_session_trace(session, text, strlen(text), 1, INK_TRACE_GATES | INK_TRACE_LOGITS, &trace,
                    NULL);
  if (trace.memory != NULL && trace.hidden == NULL) abort();
  ink_release(trace.memory);
  ink_session_set_state(session, INK_STATE_CELL, 0, 0, 0.5f, NULL);
  if (ink_saliency(model, bytes, size, text, strlen(text), 1, 1, &saliency, NULL) == INK_OK) {
    ink_release(saliency);
  }
  ink_session_free(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  ink_model *model;
  ink_error error = {INK_OK, ""};
  ink_status status = ink_model_load(bytes, size, NULL, 0, INK_KERNEL_SCALAR, &model, &error);
  if ((status == INK_OK) != (model != NULL) || error.status != status ||
      (status != INK_OK && error.message[0] == '\0')) {
    abort();
  }
  if (model != NULL) {
    const ink_model *const both[] = {model, model};
    const float halves[] = {0.5f, 0.5f};
    ink_model *mixed;
    use(model);
    look_inside(model, bytes, size);
    if (ink_model_mix(both, halves, 2, &mixed, NULL) == INK_OK) use(mixed);
    ink_model_free(mixed);
  }
  ink_model_free(model);
  return 0;
}
