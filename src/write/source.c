/*
 * Sources: what a model writes from. See inkling.h; the encoders are the networks' own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/print.h"
#include "base/size.h"
#include "base/status.h"
#include "base/utf8.h"
#include "inkling_text.h"
#include "parts/pictures.h"
#include "text/words.h"
#include "write/session.h"

static void lay_out(void *object, ink_arena *arena) {
  ink_source *s = object;
  bool text = s->network->kind->encode_text != NULL;
  if (text) s->ids = ink_arena_take(arena, s->positions, 1, sizeof *s->ids);
  s->state = ink_arena_floats(arena, ink_stack_state_floats(&s->network->stack), 1);
  ink_memory_lay_out(s->network->attention, s->positions, arena, &s->memory);
}

/* From the tokens ids [positions] of a text, or from pixels. */
static ink_status encode(const ink_network *network, size_t positions, const uint32_t *ids,
                         const ink_pixels *pixels, ink_source **source, ink_error *error) {
  ink_source begun = {.network = network, .positions = positions};
  ink_source *s = ink_arena_make(lay_out, &begun, sizeof begun, error);
  if (s == NULL) return INK_ERROR_MEMORY;
  float *rows = ink_size_malloc(positions, network->shape.memory * sizeof *rows);
  ink_status status = INK_OK;
  if (rows == NULL) {
    status = ink_fail_memory(error);
  } else if (pixels != NULL) {
    status = network->kind->encode_picture(s, pixels, rows, error);
  } else {
    memcpy(s->ids, ids, positions * sizeof *ids);
    status = network->kind->encode_text(s, rows, error);
  }
  if (status == INK_OK) status = ink_memory_fill(network->attention, rows, &s->memory, error);
  free(rows);
  if (status == INK_OK) {
    *source = s;
  } else {
    free(s);
  }
  return status;
}

/* Of a token that begins with a small letter the one with a capital, if there is one. */
static uint32_t capitalise(const ink_vocabulary *v, uint32_t id) {
  char capital[256];
  uint32_t c = 0;
  ink_snprintf(capital, sizeof capital, "%s", ink_vocabulary_token(v, id));
  ink_utf8_decode(capital, strlen(capital), &c);
  ink_utf8_encode(ink_letter_recase(c, true), capital);
  uint32_t found = ink_vocabulary_find_token(v, capital, strlen(capital));
  return found == UINT32_MAX ? id : found;
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
  if (count > 0 && ink_model_metadata(model, "source_begins") != NULL) {
    ids[0] = capitalise(network->source_vocabulary, ids[0]);
  }
  status = count == 0 ? ink_fail(error, INK_ERROR_TEXT, "there is no text to translate")
                      : encode(network, count, ids, NULL, source, error);
  free(ids);
  return status;
}

ink_status ink_source_picture(const ink_model *model, const uint8_t *pixels, uint32_t width,
                              uint32_t height, uint32_t channels, ink_source **source,
                              ink_error *error) {
  const ink_network *network = &model->network;
  const ink_pixels picture = {pixels, width, height, channels};
  *source = NULL;
  if (network->kind->encode_picture == NULL) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "a %s does not look at pictures",
                    network->kind->name);
  }
  size_t positions = ink_pictures_positions(&network->shape, network->picture);
  return encode(network, positions, NULL, &picture, source, error);
}

void ink_source_free(ink_source *source) { free(source); }

const char *ink_source_token(const ink_source *source, size_t index) {
  if (source->ids == NULL || index >= source->positions) return NULL;
  return ink_vocabulary_token(source->network->source_vocabulary, source->ids[index]);
}
