/*
 * What a model lacks of a text.
 */
#include "write/model.h"

ink_status ink_model_lacks(const ink_model *model, const char *text, size_t bytes, ink_lacks *lacks,
                           ink_error *error) {
  const ink_network *network = &model->network;
  const ink_vocabulary *vocabulary =
      network->source_vocabulary != NULL ? network->source_vocabulary : network->vocabulary;
  return ink_vocabulary_lacks(vocabulary, text, bytes, lacks, error);
}
