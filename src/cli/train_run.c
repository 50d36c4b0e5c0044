/*
 * What a run of inkling train is asked by its files. See train_run.h.
 */
#include "cli/train_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool ink_train_is_typed(const ink_train_run *r, const char *name) {
  size_t row = 0;
  while (strcmp(ink_train_option(row), name) != 0) row++;
  return r->typed[row];
}

static void add_metadata(ink_buffer *metadata, const char *key, const char *value) {
  if (value == NULL) return;
  ink_buffer_append(metadata, key, strlen(key) + 1);
  ink_buffer_append(metadata, value, strlen(value) + 1);
}

ink_status ink_train_model_bytes(const ink_train_run *r, bool best, uint8_t **bytes, size_t *size,
                                 ink_error *error) {
  ink_buffer metadata = {0};
  add_metadata(&metadata, "name", r->name);
  add_metadata(&metadata, "license", r->license);
  add_metadata(&metadata, "trained_on", r->trained_on);
  add_metadata(&metadata, "read_as", r->note[0] == '\0' ? NULL : r->note);
  char loss[32];
  snprintf(loss, sizeof loss, "%.4f", r->progress.best_loss);
  add_metadata(&metadata, "validation_loss", isnan(r->progress.best_loss) ? NULL : loss);
  ink_status status =
      ink_trainer_model(r->trainer, best, metadata.bytes, metadata.size, bytes, size, error);
  ink_buffer_free(&metadata);
  return status;
}
