/*
 * Vocabulary: tokens in id order, and a hash table of them with linear probing (Knuth, TAOCP 3,
 * 6.4).
 */
#include "text/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/utf8.h"
#include "text/hash.h"

struct ink_vocabulary {
  ink_level level;
  uint32_t count;
  uint32_t unknown; /* id of "<unk>", or UINT32_MAX */
  char *tokens;     /* [tokens_size], each token NUL-ended */
  size_t tokens_size, longest;
  uint32_t *offsets; /* [count + 1] into tokens */
  uint32_t *slots;   /* [slot_count]: ids, or UINT32_MAX where empty */
  size_t slot_count; /* a power of two, more than count */
};

void ink_vocabulary_free(ink_vocabulary *vocabulary) { free(vocabulary); }

/* The slot that holds this token, or the empty one where it would be. */
static uint32_t *find_slot(const ink_vocabulary *v, const char *token, size_t bytes) {
  size_t mask = v->slot_count - 1, at = ink_hash(token, bytes) & mask;
  for (;; at = (at + 1) & mask) {
    if (v->slots[at] == UINT32_MAX) break;
    const uint32_t *from = v->offsets + v->slots[at];
    if (from[1] - from[0] == bytes + 1 && memcmp(v->tokens + from[0], token, bytes) == 0) break;
  }
  return &v->slots[at];
}

static ink_status add_tokens(ink_vocabulary *v, ink_error *error) {
  size_t at = 0;
  for (uint32_t id = 0; id < v->count; id++) {
    const char *token = v->tokens + at;
    size_t length = strlen(token);
    uint32_t code_point;
    if (v->level == INK_LEVEL_CHAR &&
        (length == 0 || ink_utf8_decode(token, length, &code_point) != length)) {
      return ink_fail(error, INK_ERROR_VOCABULARY,
                      "vocabulary: token %u is not one UTF-8 character", (unsigned)id);
    }
    if (length == 0 || !ink_utf8_valid(token, length)) {
      return ink_fail(error, INK_ERROR_VOCABULARY, "vocabulary: token %u is empty or not UTF-8",
                      (unsigned)id);
    }
    uint32_t *slot = find_slot(v, token, length);
    if (*slot != UINT32_MAX) {
      return ink_fail(error, INK_ERROR_VOCABULARY, "vocabulary: tokens %u and %u are the same",
                      (unsigned)*slot, (unsigned)id);
    }
    *slot = id;
    if (length > v->longest) v->longest = length;
    at += length + 1;
    v->offsets[id + 1] = (uint32_t)at;
  }
  v->unknown = UINT32_MAX;
  if (v->level == INK_LEVEL_CHAR) return INK_OK;
  v->unknown = ink_vocabulary_find_token(v, INK_UNKNOWN_TOKEN, strlen(INK_UNKNOWN_TOKEN));
  if (v->unknown == UINT32_MAX || v->count > 1) return INK_OK;
  return ink_fail(error, INK_ERROR_VOCABULARY,
                  "vocabulary: there is no token but " INK_UNKNOWN_TOKEN);
}

static void lay_out(void *object, ink_arena *arena) {
  ink_vocabulary *v = object;
  v->tokens = ink_arena_take(arena, v->tokens_size, 1, 1);
  v->offsets = ink_arena_take(arena, (size_t)v->count + 1, 1, sizeof *v->offsets);
  v->slots = ink_arena_take(arena, v->slot_count, 1, sizeof *v->slots);
}

ink_status ink_vocabulary_from_tokens(const char *tokens, size_t bytes, ink_level level,
                                      ink_vocabulary **vocabulary, ink_error *error) {
  *vocabulary = NULL;
  if (bytes == 0 || tokens[bytes - 1] != '\0') {
    return ink_fail(error, INK_ERROR_VOCABULARY, "vocabulary: the last token has no NUL byte");
  }
  size_t count = 0;
  for (size_t i = 0; i < bytes; i++) count += tokens[i] == '\0';
  if (bytes > UINT32_MAX / 4) {
    return ink_fail(error, INK_ERROR_VOCABULARY, "vocabulary: too large (%zu bytes)", bytes);
  }

  ink_vocabulary begun = {.level = level,
                          .count = (uint32_t)count,
                          .tokens_size = bytes,
                          .slot_count = ink_hash_slots(count)};
  ink_vocabulary *v = ink_arena_make(lay_out, &begun, sizeof begun, error);
  if (v == NULL) return INK_ERROR_MEMORY;
  memcpy(v->tokens, tokens, bytes);
  memset(v->slots, 0xff, v->slot_count * sizeof *v->slots);
  ink_status status = add_tokens(v, error);
  if (status == INK_OK) {
    *vocabulary = v;
  } else {
    free(v);
  }
  return status;
}

uint32_t ink_vocabulary_count(const ink_vocabulary *vocabulary) { return vocabulary->count; }
ink_level ink_vocabulary_level(const ink_vocabulary *vocabulary) { return vocabulary->level; }
size_t ink_vocabulary_longest(const ink_vocabulary *vocabulary) { return vocabulary->longest; }
uint32_t ink_vocabulary_unknown(const ink_vocabulary *vocabulary) { return vocabulary->unknown; }

const char *ink_vocabulary_token(const ink_vocabulary *vocabulary, uint32_t id) {
  return vocabulary->tokens + vocabulary->offsets[id];
}

const char *ink_vocabulary_tokens(const ink_vocabulary *vocabulary, size_t *bytes) {
  *bytes = vocabulary->tokens_size;
  return vocabulary->tokens;
}

uint32_t ink_vocabulary_find_token(const ink_vocabulary *vocabulary, const char *token,
                                   size_t bytes) {
  return *find_slot(vocabulary, token, bytes);
}

uint32_t ink_vocabulary_find(const ink_vocabulary *vocabulary, uint32_t code_point) {
  char utf8[4];
  return ink_vocabulary_find_token(vocabulary, utf8, ink_utf8_encode(code_point, utf8));
}
