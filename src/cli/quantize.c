/*
 * inkling quantize: a model file with smaller weights.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/arguments.h"
#include "cli/files.h"
#include "cli/verbs.h"

static int quantize(const char *path, const char *out, ink_weights weights, bool json) {
  char *bytes;
  size_t size, file_size;
  uint8_t *file;
  ink_error error;
  if (!ink_file_read(path, &bytes, &size)) return INK_EXIT_FAILED;
  ink_status status =
      ink_quantize((const uint8_t *)bytes, size, weights, &file, &file_size, &error);
  free(bytes);
  if (status != INK_OK) return ink_report(path, &error);
  bool written = ink_file_write(out, file, file_size);
  ink_release(file);
  if (!written) return INK_EXIT_FAILED;
  const char *dtype = weights == INK_WEIGHTS_F16 ? "F16" : "I8";
  if (json) {
    printf("{\"dtype\":\"%s\",\"bytes\":%zu,\"bytesBefore\":%zu}\n", dtype, file_size, size);
  } else {
    printf("%s: %s weights, %zu bytes of %zu\n", out, dtype, file_size, size);
  }
  return fflush(stdout) == 0 ? INK_EXIT_OK : INK_EXIT_FAILED;
}

int ink_verb_quantize(int count, char **arguments) {
  const char *path = NULL, *out = NULL;
  bool f16 = false, json = false;
  const ink_argument table[] = {{"out", INK_ARGUMENT_TEXT, &out, NULL},
                                {"f16", INK_ARGUMENT_FLAG, &f16, NULL},
                                {"json", INK_ARGUMENT_FLAG, &json, NULL}};
  if (!ink_arguments_read(count, arguments, table, sizeof table / sizeof table[0], &path, 1)) {
    return INK_EXIT_USAGE;
  }
  if (out == NULL) {
    fprintf(stderr, "inkling: quantize needs --out MODEL\n");
    return INK_EXIT_USAGE;
  }
  return quantize(path, out, f16 ? INK_WEIGHTS_F16 : INK_WEIGHTS_INT8, json);
}
