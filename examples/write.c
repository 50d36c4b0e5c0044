/* Writes on after a prompt: write MODEL PROMPT. Build it against an installed library by
 *   cc write.c $(pkg-config --cflags --libs inkling) */
#include <inkling.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **arguments) {
  static uint8_t bytes[1 << 24];
  if (count != 3) return fprintf(stderr, "usage: write MODEL PROMPT\n"), 2;
  FILE *file = fopen(arguments[1], "rb");
  if (file == NULL) return perror(arguments[1]), 1;
  size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  ink_model *model = NULL;
  ink_session *session = NULL;
  ink_generation *generation = NULL;
  ink_sampling sampling;
  ink_sampling_default(&sampling);
  const char *prompt = arguments[2], *piece;
  ink_error error;
  if (ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, &model, &error) ||
      ink_session_new(model, &session, &error) ||
      ink_session_feed(session, prompt, strlen(prompt), 0, &error) ||
      ink_generation_new(session, &sampling, 200, NULL, 0, &generation, &error)) {
    return fprintf(stderr, "%s\n", error.message), 1;
  }
  while (!ink_generation_done(generation)) {
    if (ink_generation_next(generation, 16, &piece, &size, &error)) {
      return fprintf(stderr, "%s\n", error.message), 1;
    }
    fwrite(piece, 1, size, stdout);
  }
  ink_generation_free(generation);
  ink_session_free(session);
  ink_model_free(model);
  return 0;
}
