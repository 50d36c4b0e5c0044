/*
 * What is asked of inkling generate. See generate_request.h.
 */
#include "cli/generate_request.h"

#include <string.h>

#include "cli/notes.h"

int ink_generate_fail(const ink_error *error) {
  ink_notes notes = {0};
  return ink_notes_fail(&notes, &(ink_pair){0}, error);
}

ink_status ink_generate_prompt(const ink_model *model, const ink_generate_request *request,
                               ink_session **session, ink_error *error) {
  ink_status status = ink_session_new(model, session, error);
  if (status != INK_OK) return status;
  ink_notes notes = {.model = model};
  ink_pair prompt = {.right = request->prompt, .right_bytes = strlen(request->prompt)};
  if (request->item) status = ink_session_feed(*session, "\n", 1, false, error);
  if (status == INK_OK) {
    status =
        ink_session_feed(*session, prompt.right, prompt.right_bytes, request->skip_unknown, error);
  }
  if (status == INK_OK) ink_notes_show(&notes, &prompt);
  return status;
}

void ink_generate_tokens(ink_buffer *json, const ink_model *model, size_t count,
                         const uint32_t *ids, const double *log_probabilities) {
  for (size_t i = 0; i < count; i++) {
    const char *token = ink_model_token(model, ids[i]);
    ink_buffer_format(json, "%s{\"token\":", json->size > 0 ? "," : "");
    ink_buffer_json_string(json, token, strlen(token));
    ink_buffer_format(json, ",\"logProbability\":%.9g}", log_probabilities[i]);
  }
}
