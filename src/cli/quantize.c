/*
 * inkling quantize: a model file with smaller weights.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/print.h"
#include "cli/verbs.h"

static int quantize(const char *path, const char *out, ink_weights weights, bool json) {
  char *bytes;
  size_t size, file_size;
  uint8_t *file;
  ink_error error;
  if (!ink_output_check(out, &path, 1) || !ink_file_read(path, &bytes, &size)) {
    return INK_EXIT_FAILED;
  }
  ink_status status =
      ink_quantize((const uint8_t *)bytes, size, weights, &file, &file_size, &error);
  free(bytes);
  if (status != INK_OK) return ink_report(path, &error);
  bool written = ink_output_write(out, file, file_size);
  ink_release(file);
  if (!written) return INK_EXIT_FAILED;
  const char *dtype = weights == INK_WEIGHTS_F16 ? "F16" : "I8";
  if (strcmp(out, "-") == 0) return INK_EXIT_OK;
  if (json) {
    printf("{\"dtype\":\"%s\",\"bytes\":%zu,\"bytesBefore\":%zu}\n", dtype, file_size, size);
  } else {
    ink_print_string(stdout, out);
    printf(": %s weights, %zu bytes of %zu\n", dtype, file_size, size);
  }
  return INK_EXIT_OK;
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
    ink_complain(NULL, "quantize needs --out MODEL");
    return INK_EXIT_USAGE;
  }
  if (path == NULL) {
    ink_complain(NULL, "a model file is missing; see --help");
    return INK_EXIT_USAGE;
  }
  return quantize(path, out, f16 ? INK_WEIGHTS_F16 : INK_WEIGHTS_INT8, json);
}
