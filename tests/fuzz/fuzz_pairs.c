/*
 * Fuzzing lines of pairs: any bytes are examples to train on, count and score, or an error.
 */
#include "fuzz.h"
#include "inkling_text.h"

static void train(ink_task task, const ink_material *material) {
  ink_train_options options = fuzz_options(task, INK_LEVEL_CHAR);
  ink_trainer *trainer;
  ink_error error;
  ink_progress progress;
  ink_status status = ink_trainer_new(&options, material, &trainer, &error);
  fuzz_agree(status, &error);
  if (status != INK_OK) return;
  fuzz_agree(ink_trainer_step(trainer, &progress, &error), &error);
  ink_trainer_free(trainer);
}

/* By themselves, and by labels that are often in the corpus. */
static void read_columns(const ink_material *material) {
  static const char *const known[] = {"a", "b", "x"};
  for (size_t count = 0; count <= 3; count += 3) {
    ink_columns columns;
    ink_error error;
    ink_status status = ink_columns_read(material->text, material->bytes, count > 0 ? known : NULL,
                                         count, &columns, &error);
    fuzz_agree(status, &error);
    if (status == INK_OK) ink_release(columns.text);
  }
}

static void take_columns(const ink_material *material) {
  ink_column columns[INK_COLUMNS_MOST];
  size_t count, rows, bytes, left_out;
  int header, chosen[INK_COLUMNS_MOST];
  char *taken;
  ink_error error;
  fuzz_agree(
      ink_columns_list(material->text, material->bytes, columns, &count, &rows, &header, &error),
      &error);
  for (int i = 0; i < (int)count; i++) {
    chosen[i] = (int)count - 1 - i;
    ink_status status = ink_columns_take(material->text, material->bytes, chosen, (size_t)i + 1,
                                         header, &taken, &bytes, &left_out, &error);
    fuzz_agree(status, &error);
    if (status == INK_OK) ink_release(taken);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  ink_material material = {.text = (const char *)bytes, .bytes = size};
  if (size > 4096) return 0;
  train(INK_TASK_CLASSIFIER, &material);
  train(INK_TASK_TRANSLATOR, &material);
  ink_extra_columns(material.text, material.bytes);
  read_columns(&material);
  take_columns(&material);
  for (uint32_t features = 0; features <= INK_FEATURES_WORDS; features++) {
    ink_naive_bayes *bayes;
    ink_classification result;
    ink_error error;
    ink_status status =
        ink_naive_bayes_new(material.text, material.bytes, features, 0.1, &bayes, &error);
    fuzz_agree(status, &error);
    if (status != INK_OK) continue;
    fuzz_agree(ink_naive_bayes_evaluate(bayes, fuzz_pairs, sizeof fuzz_pairs - 1, &result, &error),
               &error);
    ink_naive_bayes_free(bayes);
  }
  return 0;
}
