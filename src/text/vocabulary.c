/*
 * Vocabulary: tokens in id order, and a hash table of them with linear probing (Knuth, TAOCP 3,
 * 6.4).
 */
#include "text/vocabulary.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/print.h"
#include "base/size.h"
#include "base/status.h"
#include "base/utf8.h"
#include "text/hash.h"
#include "text/words.h"

struct ink_vocabulary {
  ink_level level;
  uint32_t count;
  uint32_t unknown; /* id of "<unk>", or UINT32_MAX */
  char *tokens;     /* [tokens_size], each token NUL-ended */
  size_t tokens_size, longest;
  uint32_t *offsets; /* [count] into tokens */
  uint32_t *slots;   /* [slot_count]: ids, or UINT32_MAX where empty */
  size_t slot_count; /* a power of two, more than count */
};

void ink_vocabulary_free(ink_vocabulary *vocabulary) {
  if (vocabulary == NULL) return;
  free(vocabulary->tokens);
  free(vocabulary->offsets);
  free(vocabulary->slots);
  free(vocabulary);
}

/* The slot that holds this token, or the empty one where it would be. */
static uint32_t *find_slot(const ink_vocabulary *v, const char *token, size_t bytes) {
  size_t mask = v->slot_count - 1, at = ink_hash(token, bytes) & mask;
  for (;; at = (at + 1) & mask) {
    if (v->slots[at] == UINT32_MAX) break;
    const char *other = v->tokens + v->offsets[v->slots[at]];
    if (strlen(other) == bytes && memcmp(other, token, bytes) == 0) break;
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
    v->offsets[id] = (uint32_t)at;
    uint32_t *slot = find_slot(v, token, length);
    if (*slot != UINT32_MAX) {
      return ink_fail(error, INK_ERROR_VOCABULARY, "vocabulary: tokens %u and %u are the same",
                      (unsigned)*slot, (unsigned)id);
    }
    *slot = id;
    if (length > v->longest) v->longest = length;
    at += length + 1;
  }
  v->unknown = UINT32_MAX;
  if (v->level == INK_LEVEL_CHAR) return INK_OK;
  v->unknown = ink_vocabulary_find_token(v, INK_UNKNOWN_TOKEN, strlen(INK_UNKNOWN_TOKEN));
  if (v->unknown == UINT32_MAX || v->count > 1) return INK_OK;
  return ink_fail(error, INK_ERROR_VOCABULARY,
                  "vocabulary: there is no token but " INK_UNKNOWN_TOKEN);
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

  ink_vocabulary *v = calloc(1, sizeof *v);
  if (v == NULL) return ink_fail_memory(error);
  v->level = level;
  v->count = (uint32_t)count;
  v->tokens_size = bytes;
  v->slot_count = ink_hash_slots(count);
  v->tokens = malloc(bytes);
  v->offsets = calloc(count, sizeof *v->offsets);
  v->slots = ink_hash_new(v->slot_count);
  ink_status status;
  if (v->tokens == NULL || v->offsets == NULL || v->slots == NULL) {
    status = ink_fail_memory(error);
  } else {
    memcpy(v->tokens, tokens, bytes);
    status = add_tokens(v, error);
  }
  if (status != INK_OK) {
    ink_vocabulary_free(v);
    return status;
  }
  *vocabulary = v;
  return INK_OK;
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

/* ---- Text to ids ----------------------------------------------------------------------------- */

/* As ink_word_next(), at the vocabulary's level. */
static bool next_token(const ink_vocabulary *v, const char *text, size_t bytes, size_t *from,
                       size_t *to) {
  if (v->level == INK_LEVEL_WORD) return ink_word_next(text, bytes, from, to);
  uint32_t code_point;
  *to = *from + ink_utf8_decode(text + *from, bytes - *from, &code_point);
  return *to > *from;
}

/* The message names at most this many distinct unknown tokens, of each at most so many bytes. */
enum { NAMED = 8, NAMED_BYTES = 24 };

typedef struct named {
  const char *token[NAMED];
  size_t bytes[NAMED];
  size_t count, all; /* all: distinct ones, as long as they are few */
} named;

static void name_unknown(named *n, const char *token, size_t bytes) {
  for (size_t i = 0; i < n->count; i++) {
    if (n->bytes[i] == bytes && memcmp(n->token[i], token, bytes) == 0) return;
  }
  n->all++;
  if (n->count == NAMED) return;
  n->token[n->count] = token;
  n->bytes[n->count++] = bytes;
}

static ink_status fail_unknown(const ink_vocabulary *v, const named *unknown, ink_error *error) {
  char list[NAMED * (NAMED_BYTES + 8)];
  size_t at = 0;
  bool words = v->level == INK_LEVEL_WORD;
  for (size_t i = 0; i < unknown->count; i++) {
    uint32_t c = 0;
    size_t first = ink_utf8_decode(unknown->token[i], unknown->bytes[i], &c);
    bool visible = c >= 0x20 && c != 0x7f, whole = unknown->bytes[i] <= NAMED_BYTES;
    int shown = (int)(!visible ? 0 : whole ? unknown->bytes[i] : first);
    at += (size_t)ink_snprintf(list + at, sizeof list - at, "%s%.*s%s", i > 0 ? ", " : "", shown,
                               unknown->token[i], whole ? "" : "...");
    if (words) continue;
    at += (size_t)ink_snprintf(list + at, sizeof list - at, "%s(U+%04X)", visible ? " " : "",
                               (unsigned)c);
  }
  return ink_fail(error, INK_ERROR_VOCABULARY,
                  "the model has never seen %s%s: leave it out, or ask to skip unknown %s", list,
                  unknown->all > unknown->count ? " and others" : "",
                  words ? "words" : "characters");
}

/* The id of the nearest form of an unknown word; UINT32_MAX when there is none. */
static uint32_t find_nearest(const ink_vocabulary *v, const char *word, size_t bytes) {
  char recased[256];
  for (int capital = 0; capital < 2 && bytes <= sizeof recased; capital++) {
    ink_word_recase(word, bytes, capital != 0, recased);
    uint32_t id = ink_vocabulary_find_token(v, recased, bytes);
    if (id != UINT32_MAX) return id;
  }
  return v->unknown;
}

ink_status ink_vocabulary_encode(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                                 ink_unknown unknown, uint32_t **ids, size_t *count,
                                 ink_error *error) {
  *ids = NULL;
  *count = 0;
  size_t size, length = 0, from = 0;
  if (!ink_size_multiply(bytes > 0 ? bytes : 1, sizeof **ids, &size)) return ink_fail_memory(error);
  uint32_t *encoded = malloc(size);
  if (encoded == NULL) return ink_fail_memory(error);
  named without = {0};
  bool words = vocabulary->level == INK_LEVEL_WORD;
  for (size_t to; next_token(vocabulary, text, bytes, &from, &to); from = to) {
    const char *token = text + from;
    uint32_t id = ink_vocabulary_find_token(vocabulary, token, to - from);
    if (id == UINT32_MAX && words && unknown == INK_UNKNOWN_NEAREST) {
      id = find_nearest(vocabulary, token, to - from);
    } else if (id == UINT32_MAX && unknown != INK_UNKNOWN_SKIPPED) {
      id = vocabulary->unknown;
      if (id == UINT32_MAX) name_unknown(&without, token, to - from);
    }
    if (id != UINT32_MAX) encoded[length++] = id;
  }
  ink_status status = INK_OK;
  if (from < bytes) {
    status = ink_fail(error, INK_ERROR_TEXT, "the text is not UTF-8 at byte %zu", from);
  } else if (without.all > 0) {
    status = fail_unknown(vocabulary, &without, error);
  }
  if (status != INK_OK) {
    free(encoded);
    return status;
  }
  *ids = encoded;
  *count = length;
  return INK_OK;
}

size_t ink_vocabulary_place(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                            size_t index) {
  size_t from = 0, to;
  for (; next_token(vocabulary, text, bytes, &from, &to); from = to) {
    if (index-- == 0) return from;
  }
  return bytes;
}
