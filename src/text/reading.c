/*
 * Guesses about a text, by counting. See reading.h.
 */
#include "text/reading.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/size.h"
#include "base/status.h"
#include "base/utf8.h"
#include "inkling_text.h"
#include "text/hash.h"

enum { CODE_POINTS = 0x110000 };

/* Characters and words of a text; a 1 for each character in seen [CODE_POINTS]. */
static void count_characters(const char *text, size_t bytes, uint8_t *seen, ink_reading *reading) {
  bool in_word = false;
  for (size_t at = 0; at < bytes;) {
    uint32_t c;
    at += ink_utf8_decode(text + at, bytes - at, &c);
    reading->characters++;
    reading->distinct += seen[c] == 0;
    seen[c] = 1;
    /* A word is letters and digits; another mark or a line break is a token of its own. */
    bool letter = c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    bool space = c == ' ' || c == '\t' || c == '\r';
    reading->words += letter ? !in_word : !space;
    in_word = letter;
  }
}

/* What shows that lines follow each other, though none of them is blank: a program, JSON, verse, a
 * play, a chat, tunes. */
typedef struct joints {
  size_t indented;    /* lines, or a point of a list within the text; but not all of them */
  size_t open;        /* that end in a comma or an opening bracket, or are a closing one */
  size_t named;       /* that begin with a capital and, soon, a colon: a speaker, or a field */
  size_t stamped;     /* that begin with the time */
  uint64_t names[16]; /* a bit for the hash of each name */
} joints;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool begins_with_time(const ink_pair *line) {
  enum { SOON = 24 };
  const char *text = line->right, *end = text + ink_size_min(line->right_bytes, SOON);
  if (*text != '[' && !is_digit(*text)) return false;
  for (text++; text + 1 < end; text++) {
    if (*text == ':' && is_digit(text[-1]) && is_digit(text[1])) return true;
  }
  return false;
}

/* "- flour", "* flour" or "2. Stir." */
static bool is_point(const ink_pair *line) {
  const char *text = line->right;
  size_t digits = 0;
  while (digits < line->right_bytes && is_digit(text[digits])) digits++;
  if (line->right_bytes < digits + 2) return false;
  return digits > 0 ? text[digits] == '.' && text[digits + 1] == ' '
                    : (*text == '-' || *text == '*') && text[1] == ' ';
}

static void count_joints(const char *text, const ink_pair *line, joints *j) {
  enum { SOON = 32 };
  const char *right = line->right;
  size_t bytes = line->right_bytes;
  if (bytes == 0) return;
  bool set_in = right > text && (right[-1] == ' ' || right[-1] == '\t');
  j->indented += set_in || is_point(line);
  char last = right[bytes - 1];
  j->open += strchr(",;([{", last) != NULL || (bytes <= 2 && strchr("}])", last) != NULL);
  j->stamped += begins_with_time(line);
  const char *colon = memchr(right, ':', ink_size_min(bytes, SOON));
  if (colon == NULL || *right < 'A' || *right > 'Z') return;
  j->named++;
  uint32_t hash = ink_hash(right, (size_t)(colon - right));
  j->names[hash / 64 % 16] |= (uint64_t)1 << hash % 64;
}

static bool are_joined(const joints *j, size_t lines) {
  size_t names = 0;
  for (size_t i = 0; i < 16; i++) names += (size_t)__builtin_popcountll(j->names[i]);
  bool indented = j->indented * 20 > lines && j->indented * 20 < lines * 19;
  bool named = j->named * 10 > lines * 3 && names * 3 < j->named;
  return indented || j->open * 7 > lines || named || j->stamped * 2 > lines;
}

/* Short lines without blank ones among them, few of which are as long as lines can be: prose that
 * is broken into lines fills most of them. */
static bool is_list(const ink_reading *reading, size_t blank, size_t longest, size_t full,
                    const joints *joined) {
  enum { FEWEST = 20, SHORT = 80, BROKEN = 30 };
  size_t length = reading->line_length;
  bool broken = length >= BROKEN && longest < 2 * length && full * 2 > reading->lines;
  return reading->lines >= FEWEST && length <= SHORT && blank * 50 <= reading->lines && !broken &&
         !are_joined(joined, reading->lines);
}

static size_t characters_of(const ink_pair *line) {
  size_t count = 0;
  for (size_t i = 0; i < line->right_bytes; i++) count += (line->right[i] & 0xc0) != 0x80;
  return count;
}

static void count_lines(const char *text, size_t bytes, ink_reading *reading) {
  size_t sum = 0, longest = 0, full = 0, blank = 0, at = 0;
  joints joined = {0};
  for (ink_pair line = {0}; ink_line_next(text, bytes, &at, &line);) {
    size_t length = characters_of(&line);
    sum += length;
    if (length > longest) longest = length;
    blank += length == 0;
    reading->lines += length > 0;
    count_joints(text, &line, &joined);
  }
  at = 0;
  for (ink_pair line = {0}; ink_line_next(text, bytes, &at, &line);) {
    full += characters_of(&line) * 5 > longest * 4;
  }
  if (reading->lines == 0) return;
  reading->line_length = (sum + reading->lines / 2) / reading->lines;
  reading->list = is_list(reading, blank, longest, full, &joined);
}

static int compare_labels(const void *a, const void *b) {
  const ink_pair *x = a, *y = b;
  return ink_bytes_compare(x->left, x->left_bytes, y->left, y->left_bytes);
}

static int compare_texts(const void *a, const void *b) {
  const ink_pair *x = a, *y = b;
  return ink_bytes_compare(x->right, x->right_bytes, y->right, y->right_bytes);
}

/* How many different ones are among the sides of pairs, which it sorts. */
static size_t count_kinds(ink_pair *pairs, size_t count, int (*by)(const void *, const void *)) {
  size_t kinds = count > 0;
  if (count > 0) qsort(pairs, count, sizeof *pairs, by);
  for (size_t i = 1; i < count; i++) kinds += by(&pairs[i - 1], &pairs[i]) != 0;
  return kinds;
}

static bool has_letter(const char *text, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) {
    if ((text[i] & 0x80) != 0 || ((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z')) return true;
  }
  return false;
}

/* Lines with a third column are a table where what stands first is a label, or numbers or times:
 * behind a translation its source may stand. So are lines with hardly more texts than
 * labels. */
static bool is_table(const ink_pair *pairs, size_t count, size_t labels, size_t texts) {
  size_t wide = 0, figures = 0;
  for (size_t i = 0; i < count; i++) {
    wide += pairs[i].more_bytes > 0;
    figures += !has_letter(pairs[i].left, pairs[i].left_bytes);
  }
  bool labelled = labels * 3 <= count;
  return (2 * wide > count && (labelled || 10 * figures > 9 * count)) ||
         (labelled && texts < 2 * labels);
}

static size_t words_of(const char *text, size_t bytes) {
  size_t words = 1;
  for (size_t i = 0; i < bytes; i++) words += text[i] == ' ';
  return words;
}

static bool are_sentences(const ink_pair *pairs, size_t count) {
  enum { WORDS = 3 };
  size_t left = 0, right = 0;
  for (size_t i = 0; i < count; i++) {
    left += words_of(pairs[i].left, pairs[i].left_bytes);
    right += words_of(pairs[i].right, pairs[i].right_bytes);
  }
  return left >= WORDS * count && right >= WORDS * count;
}

/* Leaves pairs at 0 where a line is none. */
static ink_status count_pairs(const char *text, size_t bytes, ink_reading *reading,
                              ink_error *error) {
  ink_pair *pairs;
  size_t count, changes = 0;
  ink_status status = ink_pairs_read(text, bytes, "pairs", &pairs, &count, error);
  if (status == INK_ERROR_TEXT) return INK_OK;
  if (status != INK_OK) return status;
  reading->pairs = count;
  reading->sentences = are_sentences(pairs, count);
  for (size_t i = 1; i < count; i++) changes += compare_labels(&pairs[i - 1], &pairs[i]) != 0;
  size_t texts = count_kinds(pairs, count, compare_texts);
  reading->labels = count_kinds(pairs, count, compare_labels);
  reading->table = is_table(pairs, count, reading->labels, texts);
  free(pairs);
  /* In an order by chance most neighbours differ. */
  reading->grouped = changes < 2 * reading->labels || changes * 5 < count;
  return INK_OK;
}

ink_status ink_reading_of(const char *text, size_t bytes, ink_reading *reading, ink_error *error) {
  *reading = (ink_reading){0};
  if (bytes == 0) return ink_fail(error, INK_ERROR_TEXT, "the text is empty");
  uint8_t *seen = calloc(CODE_POINTS, 1);
  if (seen == NULL) return ink_fail_memory(error);
  count_characters(text, bytes, seen, reading);
  free(seen);
  count_lines(text, bytes, reading);
  reading->odd_line = ink_odd_line(text, bytes);
  return count_pairs(text, bytes, reading, error);
}
