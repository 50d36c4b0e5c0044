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
#include "cli/train_run.h"
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
  static const char *const dtypes[] = {
      [INK_WEIGHTS_INT8] = "I8", [INK_WEIGHTS_F16] = "F16", [INK_WEIGHTS_INT4] = "I4"};
  const char *dtype = dtypes[weights];
  if (strcmp(out, "-") == 0) return INK_EXIT_OK;
  if (json) {
    printf("{\"dtype\":\"%s\",\"bytes\":%zu,\"bytesBefore\":%zu}\n", dtype, file_size, size);
  } else {
    ink_print_string(stdout, out);
    printf(": %s weights; %zu bytes, %zu before\n", dtype, file_size, size);
  }
  return INK_EXIT_OK;
}

static int tune(const char *path, const char *text, const char *out, bool json) {
  char *bytes;
  size_t size;
  ink_model *model;
  ink_error error;
  if (!ink_file_read(path, &bytes, &size)) return INK_EXIT_FAILED;
  ink_status status =
      ink_model_load((uint8_t *)bytes, size, NULL, 0, INK_KERNEL_AUTO, &model, &error);
  free(bytes);
  if (status != INK_OK) return ink_report(path, &error);
  ink_info info;
  ink_model_info(model, &info);
  int exit_status = INK_EXIT_USAGE;
  if (strcmp(info.task, "generator") == 0) {
    exit_status = ink_train_tune(path, model, text, out, json);
  } else {
    ink_complain("quantize", "--tune is for a generator, and this is a %s", info.task);
  }
  ink_model_free(model);
  return exit_status;
}

static int fail_usage(const char *what) {
  ink_complain(NULL, "%s", what);
  return INK_EXIT_USAGE;
}

int ink_verb_quantize(int count, char **arguments) {
  const char *path = NULL, *out = NULL, *text = NULL;
  bool f16 = false, json = false, given = false;
  uint32_t bits = 8;
  const ink_argument table[] = {{"out", INK_ARGUMENT_TEXT, &out, NULL},
                                {"bits", INK_ARGUMENT_COUNT, &bits, &given},
                                {"tune", INK_ARGUMENT_TEXT, &text, NULL},
                                {"f16", INK_ARGUMENT_FLAG, &f16, NULL},
                                {"json", INK_ARGUMENT_FLAG, &json, NULL}};
  if (!ink_arguments_read(count, arguments, table, sizeof table / sizeof table[0], &path, 1)) {
    return INK_EXIT_USAGE;
  }
  if (out == NULL) return fail_usage("quantize needs --out MODEL");
  if (path == NULL) return fail_usage("a model file is missing; see --help");
  if (bits != 8 && bits != 4) return fail_usage("--bits must be 8 or 4");
  if (f16 && given) return fail_usage("--f16 and --bits are two kinds of weights: give one");
  if (text != NULL && bits != 4) return fail_usage("--tune is for --bits 4");
  if (text != NULL) return tune(path, text, out, json);
  ink_weights small = bits == 4 ? INK_WEIGHTS_INT4 : INK_WEIGHTS_INT8;
  return quantize(path, out, f16 ? INK_WEIGHTS_F16 : small, json);
}
