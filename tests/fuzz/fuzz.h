/*
 * What the fuzz targets share: small models of every task, trained for a step on a text of their
 * own, and the rule that a status and an error agree.
 */
#ifndef INK_TESTS_FUZZ_H
#define INK_TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inkling.h"
#include "inkling_scores.h"
#include "inkling_train.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A failure names itself; nothing else does. */
static inline void fuzz_agree(ink_status status, const ink_error *error) {
  if (status == INK_OK) return;
  if (error->status != status || error->message[0] == '\0') abort();
  if (strpbrk(error->message, "\n\r\x1b") != NULL) abort();
}

static inline void fuzz_must(ink_status status, const ink_error *error) {
  if (status == INK_OK) return;
  fprintf(stderr, "%s\n", error->message);
  abort();
}

static const char fuzz_text[] =
    "a cat sat; a dog ran. \xc3\xa9t\xc3\xa9!\na dog sat, a cat ran. \xc3\xa9t\xc3\xa9?\n";
static const char fuzz_pairs[] = "a\ta cat\nb\ta dog\na\tthe cat\nb\tthe dog\n";

static inline ink_train_options fuzz_options(ink_task task, ink_level level) {
  static const char *const set[][2] = {{"hidden", "3"},  {"layers", "1"},     {"embed", "0"},
                                       {"batch", "1"},   {"nchars", "4"},     {"steps", "2"},
                                       {"picture", "8"}, {"blocks", "2"},     {"channels", "2"},
                                       {"bag", "0"},     {"validation", "0"}, {"lines", "off"}};
  ink_train_options options;
  ink_train_options_default(&options);
  ink_error error;
  for (size_t i = 0; i < sizeof set / sizeof set[0]; i++) {
    fuzz_must(ink_train_options_set(&options, set[i][0], set[i][1], &error), &error);
  }
  options.task = task;
  options.level = level;
  return options;
}

/* A trainer of this task on its own text. */
static inline ink_trainer *fuzz_trainer(ink_task task, ink_level level) {
  static uint8_t pictures[4 * (11 + 192)];
  ink_material material = {.text = fuzz_text, .bytes = sizeof fuzz_text - 1};
  if (task == INK_TASK_CLASSIFIER || task == INK_TASK_TRANSLATOR || task == INK_TASK_CAPTIONER) {
    material.text = fuzz_pairs;
    material.bytes = sizeof fuzz_pairs - 1;
  }
  if (task == INK_TASK_CAPTIONER) {
    for (size_t i = 0; i < 4; i++) memcpy(pictures + i * 203, "P6 8 8 255\n", 11);
    material.pictures = pictures;
    material.pictures_bytes = sizeof pictures;
  }
  ink_train_options options = fuzz_options(task, level);
  ink_trainer *trainer;
  ink_error error;
  fuzz_must(ink_trainer_new(&options, &material, &trainer, &error), &error);
  return trainer;
}

static inline ink_model *fuzz_model(ink_task task, ink_level level) {
  ink_trainer *trainer = fuzz_trainer(task, level);
  uint8_t *bytes;
  size_t size;
  ink_model *model;
  ink_error error;
  fuzz_must(ink_trainer_model(trainer, 0, NULL, 0, &bytes, &size, &error), &error);
  fuzz_must(ink_model_load(bytes, size, NULL, 0, INK_KERNEL_SCALAR, &model, &error), &error);
  ink_release(bytes);
  ink_trainer_free(trainer);
  return model;
}

#endif
