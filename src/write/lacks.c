/*
 * What a model lacks of a text, and what it reads of it.
 */
#include "inkling_text.h"
#include "write/model.h"

/* What it reads with: a translator has another one for what it writes. */
static const ink_vocabulary *reader(const ink_model *model) {
  const ink_network *network = &model->network;
  return network->source_vocabulary != NULL ? network->source_vocabulary : network->vocabulary;
}

ink_status ink_model_lacks(const ink_model *model, const char *text, size_t bytes, ink_lacks *lacks,
                           ink_error *error) {
  return ink_vocabulary_lacks(reader(model), text, bytes, lacks, error);
}

ink_status ink_model_reading(const ink_model *model, const char *text, size_t bytes, char **reading,
                             size_t *reading_bytes, ink_error *error) {
  return ink_vocabulary_reading(reader(model), text, bytes, reading, reading_bytes, error);
}
