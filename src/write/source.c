/*
 * Sources: what a model writes from. See inkling.h; the encoders are the networks' own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inkling_text.h"
#include "write/session.h"

static ink_status encode(const ink_network *network, const uint32_t *ids, size_t count,
                         ink_source **source, ink_error *error) {
  if (count == 0) return ink_fail(error, INK_ERROR_TEXT, "there is no text to translate");
  ink_status status = ink_source_new(network, count, true, source, error);
  if (status != INK_OK) return status;
  memcpy((*source)->ids, ids, count * sizeof *ids);
  status = network->kind->encode_text(*source, error);
  if (status == INK_OK) return INK_OK;
  ink_source_free(*source);
  *source = NULL;
  return status;
}

ink_status ink_source_text(const ink_model *model, const char *text, size_t bytes, int skip_unknown,
                           ink_source **source, ink_error *error) {
  const ink_network *network = &model->network;
  *source = NULL;
  if (network->kind->encode_text == NULL) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "a %s does not translate a text",
                    network->kind->name);
  }
  uint32_t *ids;
  size_t count;
  ink_text_trim(&text, &bytes);
  ink_status status =
      ink_prompt_encode(network->source_vocabulary, text, bytes, skip_unknown, &ids, &count, error);
  if (status != INK_OK) return status;
  status = encode(network, ids, count, source, error);
  free(ids);
  return status;
}

ink_status ink_source_picture(const ink_model *model, const uint8_t *pixels, uint32_t width,
                              uint32_t height, uint32_t channels, ink_source **source,
                              ink_error *error) {
  const ink_network *network = &model->network;
  *source = NULL;
  if (network->kind->encode_picture == NULL) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "a %s does not look at pictures",
                    network->kind->name);
  }
  return network->kind->encode_picture(network, pixels, width, height, channels, source, error);
}

const char *ink_source_token(const ink_source *source, size_t index) {
  if (source->ids == NULL || index >= source->positions) return NULL;
  return ink_vocabulary_token(source->network->source_vocabulary, source->ids[index]);
}
