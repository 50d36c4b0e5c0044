/*
 * Texts as tokens. See tokens.h.
 */
#include "text/tokens.h"

#include <stdlib.h>

#include "base/size.h"
#include "base/status.h"
#include "base/utf8.h"

static void put(const ink_tokens *tokens, size_t at, const uint32_t *ids, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (tokens->width == 1) ((uint8_t *)tokens->ids)[at + i] = (uint8_t)ids[i];
    if (tokens->width == 2) ((uint16_t *)tokens->ids)[at + i] = (uint16_t)ids[i];
    if (tokens->width == 4) ((uint32_t *)tokens->ids)[at + i] = ids[i];
  }
}

/* Makes room for so many tokens, or gives back what is not needed of it. */
static bool resize(ink_tokens *tokens, size_t count) {
  size_t size;
  if (!ink_size_multiply(count > 0 ? count : 1, tokens->width, &size)) return false;
  void *ids = realloc(tokens->ids, size);
  if (ids != NULL) tokens->ids = ids;
  return ids != NULL;
}

ink_status ink_tokens_add(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                          ink_unknown unknown, ink_tokens *tokens, ink_error *error) {
  size_t kinds = ink_vocabulary_count(vocabulary), room;
  tokens->width = kinds <= 1u << 8 ? 1 : kinds <= 1u << 16 ? 2 : 4;
  /* A token has a byte at least. */
  bool fits = ink_size_add(tokens->count, bytes, &room) && resize(tokens, room);
  ink_status status = fits ? INK_OK : ink_fail_memory(error);
  for (size_t at = 0, piece; at < bytes && status == INK_OK; at += piece) {
    uint32_t *ids = NULL;
    size_t count = 0;
    piece = ink_utf8_piece(text + at, bytes - at);
    status = ink_vocabulary_encode(vocabulary, text + at, piece, unknown, &ids, &count, error);
    put(tokens, tokens->count, ids, count);
    tokens->count += count;
    free(ids);
  }
  if (status == INK_OK && !resize(tokens, tokens->count)) status = ink_fail_memory(error);
  if (status != INK_OK) ink_tokens_free(tokens);
  return status;
}

void ink_tokens_free(ink_tokens *tokens) {
  free(tokens->ids);
  *tokens = (ink_tokens){0};
}

uint32_t *ink_tokens_copy(const ink_tokens *tokens, size_t from, size_t count) {
  uint32_t *ids = ink_size_malloc(count + 1, sizeof *ids);
  for (size_t i = 0; ids != NULL && i < count; i++) ids[i] = ink_tokens_at(tokens, from + i);
  return ids;
}
