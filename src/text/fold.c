/*
 * Look-alikes. See fold.h.
 */
#include "text/fold.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"
#include "text/words.h"

/* Strings that look alike, each ended by a NUL byte, the plainest first; an empty one ends a
 * group. */
static const char alike[] =
    /* ’ ‘ ‛ ʼ ′ ` ´ ‹ › */
    "'\0\u2019\0\u2018\0\u201b\0\u02bc\0\u2032\0`\0\u00b4\0\u2039\0\u203a\0\0"
    /* “ ” „ ‟ ″ « » */
    "\"\0\u201c\0\u201d\0\u201e\0\u201f\0\u2033\0\u00ab\0\u00bb\0\0"
    /* — ― */
    "--\0\u2014\0\u2015\0\0"
    /* ‐ ‑ ‒ – − the soft hyphen and — */
    "-\0\u2010\0\u2011\0\u2012\0\u2013\0\u2212\0\u00ad\0\u2014\0\0"
    /* no-break, en, em, thin, hair, figure, narrow no-break, ideographic space */
    " \0\t\0\u00a0\0\u2002\0\u2003\0\u2009\0\u200a\0\u2007\0\u202f\0\u3000\0\0"
    /* a line break is a space, and no space a line break */
    "\n\0 \0\0"
    "...\0\u2026\0\0";

enum { WIDE_FIRST = 0xff01, WIDE_LAST = 0xff5e, WIDE_STEP = 0xfee0 };

/* Ids of a string, if the vocabulary has all of it, in at most `most` tokens; else 0. */
static size_t find_all(const ink_vocabulary *v, const char *text, size_t bytes, size_t most,
                       uint32_t *ids) {
  size_t count = 0;
  uint32_t c;
  uint32_t whole = ink_vocabulary_find_token(v, text, bytes);
  if (whole != UINT32_MAX) {
    ids[0] = whole;
    return 1;
  }
  for (size_t at = 0, step; at < bytes; at += step) {
    step = ink_utf8_decode(text + at, bytes - at, &c); /* of the table, which is UTF-8 */
    uint32_t id = ink_vocabulary_find_token(v, text + at, step);
    if (id == UINT32_MAX || count == most) return 0;
    ids[count++] = id;
  }
  return count;
}

/* The group that has the character, or NULL. */
static const char *find_group(const char *character, size_t bytes) {
  const char *group = alike;
  for (const char *s = alike; *group != '\0'; s += strlen(s) + 1) {
    if (*s == '\0') {
      group = s + 1;
    } else if (strlen(s) == bytes && memcmp(s, character, bytes) == 0) {
      return group;
    }
  }
  return NULL;
}

/* What looks like the character and is in the vocabulary. */
static size_t find_alike(const ink_vocabulary *v, const char *character, size_t bytes,
                         uint32_t *ids) {
  const char *other = find_group(character, bytes);
  for (; other != NULL && *other != '\0'; other += strlen(other) + 1) {
    size_t count = find_all(v, other, strlen(other), bytes, ids);
    if (count > 0) return count;
  }
  return 0;
}

#ifndef __EMSCRIPTEN__
#include <utf8proc.h>

/* The letter and its marks apart, where the vocabulary has them so. */
static size_t find_apart(const ink_vocabulary *v, const char *character, size_t bytes,
                         uint32_t *ids) {
  enum { PARTS = 4 };
  uint32_t c;
  utf8proc_int32_t parts[PARTS];
  if (ink_utf8_decode(character, bytes, &c) == 0) return 0;
  utf8proc_ssize_t count =
      utf8proc_decompose_char((utf8proc_int32_t)c, parts, PARTS, UTF8PROC_DECOMPOSE, NULL);
  if (count < 2 || count > PARTS || (size_t)count > bytes) return 0;
  for (utf8proc_ssize_t i = 0; i < count; i++) {
    ids[i] = ink_vocabulary_find(v, (uint32_t)parts[i]);
    if (ids[i] == UINT32_MAX) return 0;
  }
  return (size_t)count;
}
#endif

size_t ink_fold_case(const ink_vocabulary *v, const char *token, size_t bytes, uint32_t *ids) {
  char recased[256];
  for (int capital = 0; capital < 2 && bytes <= sizeof recased; capital++) {
    ink_word_recase(token, bytes, capital != 0, recased);
    ids[0] = ink_vocabulary_find_token(v, recased, bytes);
    if (ids[0] != UINT32_MAX) return 1;
  }
  return 0;
}

size_t ink_fold_character(const ink_vocabulary *vocabulary, const char *character, size_t bytes,
                          uint32_t *ids) {
  uint32_t c;
  if (ink_utf8_decode(character, bytes, &c) != bytes) return 0;
  char narrow[4];
  if (c >= WIDE_FIRST && c <= WIDE_LAST) {
    bytes = ink_utf8_encode(c - WIDE_STEP, narrow);
    character = narrow;
    ids[0] = ink_vocabulary_find(vocabulary, c - WIDE_STEP);
    if (ids[0] != UINT32_MAX) return 1;
  }
  size_t count = find_alike(vocabulary, character, bytes, ids);
  if (count == 0) count = ink_fold_case(vocabulary, character, bytes, ids);
#ifndef __EMSCRIPTEN__
  if (count == 0) count = find_apart(vocabulary, character, bytes, ids);
#endif
  return count;
}

/* ---- Words ----------------------------------------------------------------------------------- */

/* The word with the first or, `typographic`, the second of what each of its quotes and dashes looks
 * like. Returns its bytes, or 0 when it has no room in `to`. */
static size_t respell(const char *word, size_t bytes, bool typographic, char *to, size_t room) {
  size_t size = 0;
  for (size_t at = 0, step; at < bytes; at += step) {
    uint32_t c;
    step = ink_utf8_decode(word + at, bytes - at, &c);
    const char *as = word + at, *group = find_group(as, step);
    if (group != NULL) as = typographic ? group + strlen(group) + 1 : group;
    size_t length = group != NULL ? strlen(as) : step;
    if (step == 0 || length > room - size) return 0;
    memcpy(to + size, as, length);
    size += length;
  }
  return size;
}

size_t ink_fold_word(const ink_vocabulary *vocabulary, const char *word, size_t bytes,
                     uint32_t *ids) {
  char respelt[256];
  size_t count = ink_fold_case(vocabulary, word, bytes, ids);
  for (int typographic = 0; count == 0 && typographic < 2; typographic++) {
    size_t size = respell(word, bytes, typographic != 0, respelt, sizeof respelt);
    if (size == 0) continue;
    ids[0] = ink_vocabulary_find_token(vocabulary, respelt, size);
    count = ids[0] != UINT32_MAX ? 1 : ink_fold_case(vocabulary, respelt, size, ids);
  }
  return count > 0 ? count : ink_fold_character(vocabulary, word, bytes, ids);
}
