/*
 * Text to token ids, and what becomes of tokens that a vocabulary lacks. See vocabulary.h.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/print.h"
#include "base/size.h"
#include "base/status.h"
#include "base/utf8.h"
#include "inkling_text.h"
#include "text/fold.h"
#include "text/vocabulary.h"
#include "text/words.h"

/* As ink_word_next(), at the vocabulary's level. */
static bool next_token(const ink_vocabulary *v, const char *text, size_t bytes, size_t *from,
                       size_t *to) {
  if (ink_vocabulary_level(v) == INK_LEVEL_WORD) return ink_word_next(text, bytes, from, to);
  uint32_t code_point;
  *to = *from + ink_utf8_decode(text + *from, bytes - *from, &code_point);
  return *to > *from;
}

/* A list of distinct tokens for a person: so many at most, of each at most so many bytes. */
enum { NAMED = 8, NAMED_BYTES = 24 };

typedef struct named {
  const char *token[NAMED];
  size_t bytes[NAMED];
  uint32_t as[NAMED]; /* the first id of what it is read as, UINT32_MAX: unknown */
  size_t count, all;  /* all: distinct ones, as long as they are few */
} named;

/* What became of the tokens of a text. */
typedef struct notes {
  named unknown, folded;
  size_t unknown_count, folded_count;
} notes;

static void name(named *n, const char *token, size_t bytes, uint32_t as) {
  for (size_t i = 0; i < n->count; i++) {
    if (n->bytes[i] == bytes && memcmp(n->token[i], token, bytes) == 0) return;
  }
  n->all++;
  if (n->count == NAMED) return;
  n->token[n->count] = token;
  n->as[n->count] = as;
  n->bytes[n->count++] = bytes;
}

/* What a character that shows nothing is called, in front of its number. */
static const char *name_of_blank(uint32_t c) {
  return c == ' ' ? "a space " : c == '\n' ? "a line break " : "";
}

/* Writes the i-th with what stands before it, and returns the bytes of that as snprintf() does. */
static size_t write_name(const ink_vocabulary *v, const named *n, size_t i, char *list,
                         size_t room) {
  uint32_t c = 0;
  size_t first = ink_utf8_decode(n->token[i], n->bytes[i], &c);
  bool visible = c > 0x20 && c != 0x7f && c != 0xa0, whole = n->bytes[i] <= NAMED_BYTES;
  int shown = (int)(!visible ? 0 : whole ? n->bytes[i] : first);
  size_t at = (size_t)ink_snprintf(list, room, "%s%.*s%s", i > 0 ? ", " : "", shown, n->token[i],
                                   whole ? "" : "...");
  if (at < room && n->as[i] != UINT32_MAX) { /* only a space is what a blank is read as */
    at += (size_t)ink_snprintf(list + at, room - at,
                               visible ? " as %.24s" : "white space as a space%.0s",
                               ink_vocabulary_token(v, n->as[i]));
  } else if (at < room && ink_vocabulary_level(v) == INK_LEVEL_CHAR) {
    at += (size_t)ink_snprintf(list + at, room - at, "%s(U+%04X)", visible ? " " : name_of_blank(c),
                               (unsigned)c);
  }
  return at;
}

/* Writes those that fit whole, and returns how much that is. There is room for one. */
static size_t write_names(const ink_vocabulary *v, const named *n, char *list, size_t room) {
  static const char others[] = " and others";
  size_t at = 0, i = 0;
  for (; i < n->count; i++) {
    size_t bytes = write_name(v, n, i, list + at, room - at);
    if (at + bytes + (i + 1 < n->all ? sizeof others : 1) > room) break;
    at += bytes;
  }
  return at + (size_t)ink_snprintf(list + at, room - at, "%s", i < n->all ? others : "");
}

static ink_status fail_unknown(const ink_vocabulary *v, const named *unknown, ink_error *error) {
  char list[NAMED * (NAMED_BYTES + 16)];
  write_names(v, unknown, list, sizeof list);
  return ink_fail(error, INK_ERROR_VOCABULARY, "the model has never seen %s", list);
}

/* The ids of what an unknown token is read as: at most one for each byte. */
static size_t find_nearest(const ink_vocabulary *v, const char *token, size_t bytes,
                           uint32_t *ids) {
  return ink_vocabulary_level(v) == INK_LEVEL_WORD ? ink_fold_word(v, token, bytes, ids)
                                                   : ink_fold_character(v, token, bytes, ids);
}

/* Whether it is a word that was read as the same in another case: nobody needs to be told. */
static bool differs_in_case(const ink_vocabulary *v, const char *word, size_t bytes) {
  uint32_t as;
  return ink_vocabulary_level(v) == INK_LEVEL_WORD && ink_fold_case(v, word, bytes, &as) > 0;
}

static bool is_sign(uint32_t c) {
  return c > ' ' && c < 0x7f && c - '0' > 9 && (c | 0x20) - 'a' > 25;
}

/* Whether a token is of signs alone, of which a vocabulary of words has none: the texts that it was
 * made of were read without them, and as if in one line. */
static bool is_left_out(const ink_vocabulary *v, const char *token, size_t bytes) {
  bool has = ink_vocabulary_level(v) != INK_LEVEL_WORD;
  for (size_t i = 0; i < bytes; i++) has |= token[i] != '\n' && !is_sign((unsigned char)token[i]);
  for (uint32_t c = '!'; !has && c < 0x7f; c++) {
    has = is_sign(c) && ink_vocabulary_find(v, c) != UINT32_MAX;
  }
  return !has;
}

/* Ids [returned] of an opened text; `ids` has room for one a byte. */
static size_t encode(const ink_vocabulary *v, const char *text, size_t bytes, ink_unknown unknown,
                     uint32_t *ids, notes *n) {
  size_t length = 0, from = 0;
  for (size_t to; next_token(v, text, bytes, &from, &to); from = to) {
    const char *token = text + from;
    size_t size = to - from, count = 1;
    ids[length] = ink_vocabulary_find_token(v, token, size);
    if (ids[length] == UINT32_MAX) {
      bool as_unknown = unknown == INK_UNKNOWN_FAILS && ink_vocabulary_unknown(v) != UINT32_MAX;
      count = as_unknown ? 0 : find_nearest(v, token, size, ids + length);
      if (count > 0) {
        if (!differs_in_case(v, token, size)) name(&n->folded, token, size, ids[length]);
        n->folded_count++;
      } else if (as_unknown || !is_left_out(v, token, size)) {
        name(&n->unknown, token, size, UINT32_MAX);
        n->unknown_count++;
        ids[length] = unknown == INK_UNKNOWN_SKIPPED ? UINT32_MAX : ink_vocabulary_unknown(v);
        count = ids[length] != UINT32_MAX ? 1 : 0;
      }
    }
    length += count;
  }
  return length;
}

static bool fails(const ink_vocabulary *v, ink_unknown unknown, const notes *n) {
  bool passed_over = unknown == INK_UNKNOWN_SKIPPED || ink_vocabulary_unknown(v) != UINT32_MAX ||
                     (unknown == INK_UNKNOWN_NEAREST && ink_vocabulary_level(v) == INK_LEVEL_WORD);
  return n->unknown_count > 0 && !passed_over;
}

/* The text as this vocabulary reads it: what it has of a text's habits is kept. */
static ink_status open_text(const ink_vocabulary *v, const char *text, size_t bytes,
                            ink_text *opened, ink_error *error) {
  unsigned keep = (ink_vocabulary_find(v, '\r') != UINT32_MAX ? INK_KEEP_CR : 0u) |
                  (ink_vocabulary_find(v, 0xfeff) != UINT32_MAX ? INK_KEEP_MARK : 0u);
  return ink_text_open(text, bytes, keep, opened, error);
}

static ink_status encode_noted(const ink_vocabulary *v, const char *text, size_t bytes,
                               ink_unknown unknown, uint32_t **ids, size_t *count, notes *n,
                               ink_error *error) {
  *ids = ink_size_malloc(bytes > 0 ? bytes : 1, sizeof **ids);
  if (*ids == NULL) return ink_fail_memory(error);
  *count = encode(v, text, bytes, unknown, *ids, n);
  if (!fails(v, unknown, n)) return INK_OK;
  free(*ids);
  *ids = NULL;
  *count = 0;
  return fail_unknown(v, &n->unknown, error);
}

ink_status ink_vocabulary_encode(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                                 ink_unknown unknown, uint32_t **ids, size_t *count,
                                 ink_error *error) {
  *ids = NULL;
  *count = 0;
  ink_text opened;
  notes n = {0};
  ink_status status = open_text(vocabulary, text, bytes, &opened, error);
  if (status == INK_OK) {
    status = encode_noted(vocabulary, opened.text, opened.bytes, unknown, ids, count, &n, error);
  }
  ink_text_close(&opened);
  return status;
}

static void write_note(const ink_vocabulary *v, const notes *n, char *note, size_t room) {
  size_t at = 0;
  if (n->folded.count > 0) {
    at = (size_t)ink_snprintf(note, room, "read ");
    at += write_names(v, &n->folded, note + at, n->unknown.count > 0 ? room / 2 : room - at);
  }
  if (n->unknown.count > 0) {
    at += (size_t)ink_snprintf(note + at, room - at, "%sthe model has never seen ",
                               at > 0 ? "; " : "");
    write_names(v, &n->unknown, note + at, room - at);
  }
  ink_line_of_text(note);
}

ink_status ink_vocabulary_lacks(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                                ink_lacks *lacks, ink_error *error) {
  *lacks = (ink_lacks){0};
  ink_text opened;
  notes n = {0};
  uint32_t *ids = NULL;
  size_t count = 0;
  ink_status status = open_text(vocabulary, text, bytes, &opened, error);
  if (status == INK_OK) {
    status = encode_noted(vocabulary, opened.text, opened.bytes, INK_UNKNOWN_SKIPPED, &ids, &count,
                          &n, error);
  }
  if (status == INK_OK) {
    lacks->tokens = (uint32_t)count;
    lacks->folded = (uint32_t)n.folded_count;
    lacks->unknown = (uint32_t)n.unknown_count;
    write_note(vocabulary, &n, lacks->note, sizeof lacks->note);
  }
  free(ids);
  ink_text_close(&opened);
  return status;
}

/* The opened text as it is read. At word level white space stays as it was. */
static ink_status write_reading(const ink_vocabulary *v, const ink_text *opened,
                                ink_buffer *reading, ink_error *error) {
  size_t last = 0, from = 0;
  uint32_t *ids = ink_size_malloc(opened->bytes + 1, sizeof *ids);
  if (ids == NULL) return ink_fail_memory(error);
  for (size_t to; next_token(v, opened->text, opened->bytes, &from, &to); last = from = to) {
    notes n = {0};
    size_t count = encode(v, opened->text + from, to - from, INK_UNKNOWN_SKIPPED, ids, &n);
    ink_buffer_append(reading, opened->text + last, from - last);
    for (size_t i = 0; i < count; i++) {
      const char *token = ink_vocabulary_token(v, ids[i]);
      ink_buffer_append(reading, token, strlen(token));
    }
  }
  free(ids);
  return ink_buffer_end(reading, error);
}

ink_status ink_vocabulary_reading(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                                  char **reading, size_t *reading_bytes, ink_error *error) {
  ink_text opened;
  ink_buffer buffer = {0};
  ink_status status = open_text(vocabulary, text, bytes, &opened, error);
  if (status == INK_OK) status = write_reading(vocabulary, &opened, &buffer, error);
  ink_text_close(&opened);
  *reading = buffer.bytes;
  *reading_bytes = buffer.size;
  return status;
}

size_t ink_vocabulary_place(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                            size_t index) {
  size_t from = 0, to;
  for (; next_token(vocabulary, text, bytes, &from, &to); from = to) {
    if (index-- == 0) return from;
  }
  return bytes;
}
