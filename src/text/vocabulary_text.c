/*
 * A vocabulary from a text: its characters, or its words by how often they occur.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/size.h"
#include "base/status.h"
#include "base/utf8.h"
#include "text/hash.h"
#include "text/vocabulary.h"
#include "text/words.h"

static ink_status from_tokens(ink_buffer *tokens, ink_level level, ink_vocabulary **vocabulary,
                              ink_error *error) {
  ink_status status = tokens->failed ? ink_fail_memory(error)
                                     : ink_vocabulary_from_tokens(tokens->bytes, tokens->size,
                                                                  level, vocabulary, error);
  ink_buffer_free(tokens);
  return status;
}

ink_status ink_vocabulary_from_text(const char *text, size_t bytes, ink_vocabulary **vocabulary,
                                    ink_error *error) {
  *vocabulary = NULL;
  if (bytes == 0) return ink_fail(error, INK_ERROR_TEXT, "the text is empty");
  /* One bit a code point: 136 kB, whatever the text. */
  enum { CODE_POINTS = 0x110000 };
  uint8_t *seen = calloc(CODE_POINTS / 8, 1);
  if (seen == NULL) return ink_fail_memory(error);
  uint32_t highest = 0;
  for (size_t at = 0; at < bytes;) {
    uint32_t c = 0;
    size_t length = ink_utf8_decode(text + at, bytes - at, &c);
    at += length > 0 ? length : 1;
    if (c > highest) highest = c;
    seen[c / 8] = (uint8_t)(seen[c / 8] | 1u << (c % 8));
  }
  ink_buffer tokens = {0};
  for (uint32_t c = 1; c <= highest; c++) {
    char token[5] = {0};
    if (!(seen[c / 8] >> (c % 8) & 1)) continue;
    ink_buffer_append(&tokens, token, ink_utf8_encode(c, token) + 1);
  }
  free(seen);
  return from_tokens(&tokens, INK_LEVEL_CHAR, vocabulary, error);
}

/* ---- Words ----------------------------------------------------------------------------------- */

/* A distinct word of a text. */
typedef struct word {
  const char *text; /* [bytes]: where it comes first */
  size_t bytes;
  size_t count, first; /* how often it occurs, and how many distinct words come first before it */
} word;

typedef struct counts {
  word *words; /* [count] */
  size_t count, capacity;
  uint32_t *slots; /* [slot_count] of indices into words */
  size_t slot_count;
} counts;

static uint32_t *find_slot(const counts *c, const char *text, size_t bytes) {
  size_t mask = c->slot_count - 1, at = ink_hash(text, bytes) & mask;
  for (;; at = (at + 1) & mask) {
    if (c->slots[at] == UINT32_MAX) break;
    const word *other = &c->words[c->slots[at]];
    if (other->bytes == bytes && memcmp(other->text, text, bytes) == 0) break;
  }
  return &c->slots[at];
}

/* Room for twice as many words. */
static bool grow(counts *c) {
  size_t capacity = c->capacity > 0 ? 2 * c->capacity : 1024, size;
  if (capacity >= UINT32_MAX || !ink_size_multiply(capacity, sizeof *c->words, &size)) return false;
  word *words = realloc(c->words, size);
  if (words == NULL) return false;
  c->words = words;
  size_t slot_count = ink_hash_slots(capacity);
  uint32_t *slots = ink_hash_new(slot_count);
  if (slots == NULL) return false;
  free(c->slots);
  c->slots = slots;
  c->slot_count = slot_count;
  c->capacity = capacity;
  for (size_t i = 0; i < c->count; i++) {
    *find_slot(c, c->words[i].text, c->words[i].bytes) = (uint32_t)i;
  }
  return true;
}

static bool count_words(const char *text, size_t bytes, counts *c) {
  size_t from = 0;
  for (size_t to; ink_word_next(text, bytes, &from, &to); from = to) {
    if (c->count == c->capacity && !grow(c)) return false;
    uint32_t *slot = find_slot(c, text + from, to - from);
    if (*slot == UINT32_MAX) {
      *slot = (uint32_t)c->count;
      c->words[c->count] = (word){.text = text + from, .bytes = to - from, .first = c->count};
      c->count++;
    }
    c->words[*slot].count++;
  }
  return true;
}

/* The most frequent first. */
static int compare_words(const void *a, const void *b) {
  const word *left = a, *right = b;
  if (left->count != right->count) return left->count < right->count ? 1 : -1;
  return (left->first > right->first) - (left->first < right->first);
}

/* Leaves out what is too rare or too much, and puts "<unk>" in its place. */
static void leave_out(counts *c, uint32_t min_count, uint32_t most) {
  size_t kept = 0, left_out = 0;
  while (kept < c->count && c->words[kept].count >= min_count) kept++;
  if (most > 0 && kept + (kept < c->count) > most) kept = most - 1;
  if (kept == c->count) return;
  for (size_t i = kept; i < c->count; i++) left_out += c->words[i].count;
  word unknown = {.text = INK_UNKNOWN_TOKEN,
                  .bytes = strlen(INK_UNKNOWN_TOKEN),
                  .count = left_out,
                  .first = c->count};
  size_t at = kept;
  for (; at > 0 && compare_words(&unknown, &c->words[at - 1]) < 0; at--) {
    c->words[at] = c->words[at - 1];
  }
  c->words[at] = unknown;
  c->count = kept + 1;
}

ink_status ink_vocabulary_from_words(const char *text, size_t bytes, uint32_t min_count,
                                     uint32_t most, ink_vocabulary **vocabulary, ink_error *error) {
  *vocabulary = NULL;
  if (bytes == 0) return ink_fail(error, INK_ERROR_TEXT, "the text is empty");
  ink_status status;
  counts c = {0};
  if (!count_words(text, bytes, &c)) {
    status = ink_fail_memory(error);
  } else if (c.count == 0) {
    status = ink_fail(error, INK_ERROR_TEXT, "the text has no words");
  } else {
    qsort(c.words, c.count, sizeof *c.words, compare_words);
    leave_out(&c, min_count, most);
    ink_buffer tokens = {0};
    for (size_t i = 0; i < c.count; i++) {
      ink_buffer_append(&tokens, c.words[i].text, c.words[i].bytes);
      ink_buffer_append(&tokens, "", 1);
    }
    status = from_tokens(&tokens, INK_LEVEL_WORD, vocabulary, error);
  }
  free(c.words);
  free(c.slots);
  return status;
}
