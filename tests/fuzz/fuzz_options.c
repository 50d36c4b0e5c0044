/*
 * Fuzzing options: any names and values are options or an error. Of each pair of lines the first is
 * a name and the second a value.
 */
#include "fuzz.h"

/* The next line, ended by a NUL; NULL after the last. */
static char *next_line(char **at) {
  char *line = *at;
  if (*line == '\0') return NULL;
  char *end = strchr(line, '\n');
  *at = end == NULL ? line + strlen(line) : end + 1;
  if (end != NULL) *end = '\0';
  return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  char *text = calloc(size + 1, 1), *at = text;
  memcpy(text, bytes, size);
  ink_train_options options = fuzz_options(INK_TASK_GENERATOR, INK_LEVEL_CHAR);
  ink_sampling sampling;
  ink_beam_options beam;
  ink_error error;
  ink_sampling_default(&sampling);
  ink_beam_options_default(&beam);
  for (char *name; (name = next_line(&at)) != NULL;) {
    const char *value = next_line(&at);
    if (value == NULL) value = "";
    fuzz_agree(ink_train_options_set(&options, name, value, &error), &error);
    fuzz_agree(ink_sampling_set(&sampling, name, strtod(value, NULL), &error), &error);
    fuzz_agree(ink_beam_options_set(&beam, name, strtod(value, NULL), &error), &error);
  }
  fuzz_agree(ink_train_options_check(&options, &error), &error);
  static ink_model *model;
  if (model == NULL) model = fuzz_model(INK_TASK_GENERATOR, INK_LEVEL_CHAR);
  ink_session *session;
  const float *probabilities;
  fuzz_must(ink_session_new(model, &session, &error), &error);
  fuzz_agree(ink_session_distribution(session, &sampling, &probabilities, &error), &error);
  ink_session_free(session);
  free(text);
  return 0;
}
