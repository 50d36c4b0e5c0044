/*
 * inkling info: what a model is.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cli/arguments.h"
#include "cli/files.h"
#include "cli/print.h"
#include "cli/verbs.h"

/* How many, and what the first are called. */
static void print_classes(const ink_model *model, uint32_t classes) {
  enum { NAMED = 10 };
  for (uint32_t id = 0; id < classes && id < NAMED; id++) {
    if (id == 0) printf("classes     %u: ", (unsigned)classes);
    if (id > 0) fputs(", ", stdout);
    ink_print_string(stdout, ink_model_label(model, id));
  }
  if (classes > NAMED) printf(" and %u more", (unsigned)(classes - NAMED));
  if (classes > 0) putchar('\n');
}

static void print_info(const ink_model *model) {
  ink_info info;
  ink_model_info(model, &info);
  printf("task        %s, %s level\n", info.task, info.level);
  printf("network     %s, %u layer%s of %u units\n", info.cell, (unsigned)info.layers,
         info.layers == 1 ? "" : "s", (unsigned)info.hidden);
  if (info.embed > 0) {
    printf("input       embedding of %u\n", (unsigned)info.embed);
  } else {
    printf("input       one-hot\n");
  }
  if (info.bag == 1) printf("bag         single tokens\n");
  if (info.bag > 1) printf("bag         runs of 1 to %u tokens\n", (unsigned)info.bag);
  if (info.counts > 0) {
    printf("counts      of n-grams of up to %u tokens, weight %.3g\n", (unsigned)info.counts,
           (double)info.counts_weight);
  }
  print_classes(model, info.classes);
  printf("vocabulary  %u tokens\n", (unsigned)info.vocabulary);
  printf("parameters  %" PRIu64 "\n", info.parameters);
  printf("stored as   %s\n", info.dtype);
  printf("bytes       %" PRIu64 "\n", info.bytes);
  printf("kernels     %s\n", info.kernel);
  static const char *const keys[] = {"name", "trained_on", "license", "validation_loss"};
  for (int i = 0; i < 4; i++) {
    const char *value = ink_model_metadata(model, keys[i]);
    if (value == NULL) continue;
    printf("%-11s ", i == 3 ? "validation" : keys[i]);
    ink_print_string(stdout, value);
    putchar('\n');
  }
}

int ink_verb_info(int count, char **arguments) {
  const char *path = NULL, *vocabulary = NULL, *kernel = NULL;
  bool json = false;
  const ink_argument table[] = {{"vocabulary", INK_ARGUMENT_TEXT, &vocabulary, NULL},
                                {"kernel", INK_ARGUMENT_TEXT, &kernel, NULL},
                                {"json", INK_ARGUMENT_FLAG, &json, NULL}};
  if (!ink_arguments_read(count, arguments, table, sizeof table / sizeof table[0], &path, 1)) {
    return INK_EXIT_USAGE;
  }
  int exit_status;
  ink_model *model = ink_file_model(path, vocabulary, kernel, NULL, &exit_status);
  if (model == NULL) return exit_status;
  if (json) {
    printf("%s\n", ink_model_info_json(model));
  } else {
    print_info(model);
  }
  ink_model_free(model);
  return INK_EXIT_OK;
}
