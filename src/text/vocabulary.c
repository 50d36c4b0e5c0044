/*
 * Vocabulary of characters: ids in id order, and code points in sorted order to search them.
 */
#include "text/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "base/print.h"
#include "base/size.h"
#include "base/status.h"
#include "base/utf8.h"

typedef struct entry {
  uint32_t code_point;
  uint32_t id;
} entry;

struct ink_vocabulary {
  uint32_t count;
  char *tokens; /* [tokens_size], each token NUL-ended */
  size_t tokens_size;
  uint32_t *offsets; /* [count] into tokens */
  entry *sorted;     /* [count] by code point */
};

void ink_vocabulary_free(ink_vocabulary *vocabulary) {
  if (vocabulary == NULL) return;
  free(vocabulary->tokens);
  free(vocabulary->offsets);
  free(vocabulary->sorted);
  free(vocabulary);
}

static int entry_compare(const void *a, const void *b) {
  uint32_t left = ((const entry *)a)->code_point, right = ((const entry *)b)->code_point;
  return (left > right) - (left < right);
}

ink_status ink_vocabulary_from_tokens(const char *tokens, size_t bytes, ink_vocabulary **vocabulary,
                                      ink_error *error) {
  *vocabulary = NULL;
  if (bytes == 0 || tokens[bytes - 1] != '\0') {
    return ink_fail(error, INK_ERROR_VOCABULARY, "vocabulary: the last token has no NUL byte");
  }
  size_t count = 0;
  for (size_t i = 0; i < bytes; i++) count += tokens[i] == '\0';
  if (bytes > UINT32_MAX) {
    return ink_fail(error, INK_ERROR_VOCABULARY, "vocabulary: too large (%zu bytes)", bytes);
  }

  ink_vocabulary *v = calloc(1, sizeof *v);
  if (v == NULL) return ink_fail_memory(error);
  v->count = (uint32_t)count;
  v->tokens_size = bytes;
  v->tokens = malloc(bytes);
  v->offsets = calloc(count, sizeof *v->offsets);
  v->sorted = calloc(count, sizeof *v->sorted);
  if (v->tokens == NULL || v->offsets == NULL || v->sorted == NULL) {
    ink_vocabulary_free(v);
    return ink_fail_memory(error);
  }
  memcpy(v->tokens, tokens, bytes);
  size_t at = 0;
  for (uint32_t id = 0; id < v->count; id++) {
    size_t length = strlen(v->tokens + at);
    uint32_t code_point = 0;
    if (length == 0 || ink_utf8_decode(v->tokens + at, length, &code_point) != length) {
      ink_status status = ink_fail(error, INK_ERROR_VOCABULARY,
                                   "vocabulary: token %u is not one UTF-8 character", (unsigned)id);
      ink_vocabulary_free(v);
      return status;
    }
    v->offsets[id] = (uint32_t)at;
    v->sorted[id] = (entry){code_point, id};
    at += length + 1;
  }
  qsort(v->sorted, v->count, sizeof *v->sorted, entry_compare);
  for (uint32_t i = 1; i < v->count; i++) {
    if (v->sorted[i].code_point == v->sorted[i - 1].code_point) {
      ink_status status =
          ink_fail(error, INK_ERROR_VOCABULARY, "vocabulary: tokens %u and %u are the same",
                   (unsigned)v->sorted[i - 1].id, (unsigned)v->sorted[i].id);
      ink_vocabulary_free(v);
      return status;
    }
  }
  *vocabulary = v;
  return INK_OK;
}

ink_status ink_vocabulary_from_text(const char *text, size_t bytes, ink_vocabulary **vocabulary,
                                    ink_error *error) {
  *vocabulary = NULL;
  if (bytes == 0) return ink_fail(error, INK_ERROR_TEXT, "the text is empty");
  /* One bit a code point: 136 kB, whatever the text. */
  enum { CODE_POINTS = 0x110000 };
  uint8_t *seen = calloc(CODE_POINTS / 8, 1);
  if (seen == NULL) return ink_fail_memory(error);
  size_t size = 0;
  for (size_t at = 0; at < bytes;) {
    uint32_t c = 0;
    size_t length = ink_utf8_decode(text + at, bytes - at, &c);
    if (length == 0 || c == 0) {
      free(seen);
      return ink_fail(error, INK_ERROR_TEXT,
                      length == 0 ? "the text is not UTF-8 at byte %zu"
                                  : "the text contains a NUL byte at byte %zu",
                      at);
    }
    if (!(seen[c / 8] >> (c % 8) & 1)) {
      seen[c / 8] = (uint8_t)(seen[c / 8] | 1u << (c % 8));
      size += length + 1;
    }
    at += length;
  }
  char *tokens = malloc(size);
  if (tokens == NULL) {
    free(seen);
    return ink_fail_memory(error);
  }
  size_t at = 0;
  for (uint32_t c = 0; c < CODE_POINTS; c++) {
    if (!(seen[c / 8] >> (c % 8) & 1)) continue;
    char utf8[4];
    size_t length = ink_utf8_encode(c, utf8);
    memcpy(tokens + at, utf8, length);
    tokens[at + length] = '\0';
    at += length + 1;
  }
  free(seen);
  ink_status status = ink_vocabulary_from_tokens(tokens, size, vocabulary, error);
  free(tokens);
  return status;
}

uint32_t ink_vocabulary_count(const ink_vocabulary *vocabulary) { return vocabulary->count; }

const char *ink_vocabulary_token(const ink_vocabulary *vocabulary, uint32_t id) {
  return vocabulary->tokens + vocabulary->offsets[id];
}

const char *ink_vocabulary_tokens(const ink_vocabulary *vocabulary, size_t *bytes) {
  *bytes = vocabulary->tokens_size;
  return vocabulary->tokens;
}

uint32_t ink_vocabulary_find(const ink_vocabulary *vocabulary, uint32_t code_point) {
  uint32_t low = 0, high = vocabulary->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (vocabulary->sorted[middle].code_point < code_point) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == vocabulary->count || vocabulary->sorted[low].code_point != code_point) {
    return UINT32_MAX;
  }
  return vocabulary->sorted[low].id;
}

/* The message names at most this many distinct unknown characters. */
enum { NAMED = 8 };

static ink_status fail_unknown(const uint32_t *unknown, size_t named, size_t count,
                               ink_error *error) {
  char list[NAMED * 24];
  size_t at = 0;
  for (size_t i = 0; i < named; i++) {
    char utf8[5] = {0};
    ink_utf8_encode(unknown[i], utf8);
    const char *shown = unknown[i] < 0x20 || unknown[i] == 0x7f ? "" : utf8;
    at += (size_t)ink_snprintf(list + at, sizeof list - at, "%s%s%s(U+%04X)", i > 0 ? ", " : "",
                               shown, shown[0] != '\0' ? " " : "", (unsigned)unknown[i]);
  }
  return ink_fail(error, INK_ERROR_VOCABULARY,
                  "the model has never seen %s%s: leave it out, or ask to skip unknown characters",
                  list, count > named ? " and others" : "");
}

ink_status ink_vocabulary_encode(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                                 int skip_unknown, uint32_t **ids, size_t *count,
                                 ink_error *error) {
  *ids = NULL;
  *count = 0;
  size_t size;
  if (!ink_size_multiply(bytes > 0 ? bytes : 1, sizeof **ids, &size)) return ink_fail_memory(error);
  uint32_t *encoded = malloc(size);
  if (encoded == NULL) return ink_fail_memory(error);
  uint32_t unknown[NAMED];
  size_t named = 0, unknown_count = 0, length = 0;
  for (size_t at = 0; at < bytes;) {
    uint32_t c;
    size_t step = ink_utf8_decode(text + at, bytes - at, &c);
    if (step == 0) {
      free(encoded);
      return ink_fail(error, INK_ERROR_TEXT, "the text is not UTF-8 at byte %zu", at);
    }
    at += step;
    uint32_t id = ink_vocabulary_find(vocabulary, c);
    if (id != UINT32_MAX) {
      encoded[length++] = id;
      continue;
    }
    size_t known = 0;
    while (known < named && unknown[known] != c) known++;
    if (known < named) continue;
    unknown_count++;
    if (named < NAMED) unknown[named++] = c;
  }
  if (unknown_count > 0 && !skip_unknown) {
    free(encoded);
    return fail_unknown(unknown, named, unknown_count, error);
  }
  *ids = encoded;
  *count = length;
  return INK_OK;
}
