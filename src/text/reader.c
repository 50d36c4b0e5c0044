/*
 * Reading a text. See inkling_text.h.
 */
#include "inkling_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/status.h"
#include "base/utf8.h"

static const char MARK[] = "\xef\xbb\xbf";
enum { MARK_BYTES = 3 };

static bool begins(const char *text, size_t bytes, const char *with, size_t count) {
  return bytes >= count && memcmp(text, with, count) == 0;
}

/* ---- What a caller in JavaScript has functions of its own for -------------------------------- */

#ifndef __EMSCRIPTEN__
#include <utf8proc.h>

/* Of UTF-16 without a mark every other byte of a Western text is NUL. */
static const char *utf16_by_nuls(const char *text, size_t bytes) {
  size_t looked_at = bytes < 4096 ? bytes & ~(size_t)1 : 4096, nuls[2] = {0};
  for (size_t i = 0; i < looked_at; i++) nuls[i % 2] += text[i] == '\0';
  if (nuls[1] > looked_at / 5 && nuls[0] == 0) return "UTF-16LE";
  if (nuls[0] > looked_at / 5 && nuls[1] == 0) return "UTF-16BE";
  return NULL;
}

/* Whether most bytes above ASCII stand alone, as the accented letters of a Western text do; those
 * of other scripts stand side by side. */
static bool is_western(const char *text, size_t bytes) {
  size_t alone = 0, beside = 0;
  for (size_t i = 0; i < bytes; i++) {
    if ((text[i] & 0x80) == 0) continue;
    bool before = i > 0 && (text[i - 1] & 0x80) != 0;
    bool after = i + 1 < bytes && (text[i + 1] & 0x80) != 0;
    *(before || after ? &beside : &alone) += 1;
  }
  return alone >= beside;
}

const char *ink_text_encoding(const char *text, size_t bytes) {
  if (begins(text, bytes, "\xff\xfe", 2)) return "UTF-16LE";
  if (begins(text, bytes, "\xfe\xff", 2)) return "UTF-16BE";
  const char *wide = utf16_by_nuls(text, bytes);
  if (wide != NULL) return wide;
  bool controls = false; /* those of no text file */
  for (size_t i = 0; i < bytes && !controls; i++) {
    unsigned char c = (unsigned char)text[i];
    controls = c < 0x20 && (c < '\t' || c > '\r') && c != 0x1b;
  }
  if (controls) return NULL;
  if (ink_utf8_valid(text, bytes)) return "UTF-8";
  return is_western(text, bytes) ? "WINDOWS-1252" : INK_ENCODING_UNKNOWN;
}

/* The byte is none of a text's: not UTF-8, or NUL. */
static ink_status fail_encoding(const char *text, size_t bytes, size_t at, ink_error *error) {
  const char *seems = ink_text_encoding(text, bytes);
  if (seems == NULL) seems = "no text at all";
  return ink_fail(error, INK_ERROR_TEXT, "the text %s at byte %zu: it looks like %s",
                  text[at] == '\0' ? "contains a NUL byte" : "is not UTF-8", at, seems);
}

/* The same characters composed, piece by piece, since each takes several times its bytes meanwhile;
 * a text that is so already stays where it is. */
static ink_status compose(ink_text *t, ink_error *error) {
  ink_buffer copy = {0};
  size_t same = 0; /* bytes that are composed, while all were */
  for (size_t at = 0, piece; at < t->bytes; at += piece) {
    piece = ink_utf8_piece(t->text + at, t->bytes - at);
    utf8proc_uint8_t *composed = NULL;
    utf8proc_ssize_t size =
        utf8proc_map((const utf8proc_uint8_t *)t->text + at, (utf8proc_ssize_t)piece, &composed,
                     UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (size < 0) {
      ink_buffer_free(&copy);
      return ink_fail_memory(error);
    }
    bool equal = (size_t)size == piece && memcmp(composed, t->text + at, piece) == 0;
    if (equal && same == at) {
      same += piece;
    } else {
      if (copy.size == 0) ink_buffer_append(&copy, t->text, same);
      ink_buffer_append(&copy, composed, (size_t)size);
    }
    free(composed);
  }
  if (same == t->bytes) return INK_OK;
  if (copy.failed) {
    ink_buffer_free(&copy);
    return ink_fail_memory(error);
  }
  free(t->owned);
  t->owned = copy.bytes;
  t->text = t->owned;
  t->bytes = copy.size;
  return INK_OK;
}
#else
static ink_status fail_encoding(const char *text, size_t bytes, size_t at, ink_error *error) {
  (void)bytes;
  return ink_fail(error, INK_ERROR_TEXT, "the text %s at byte %zu",
                  text[at] == '\0' ? "contains a NUL byte" : "is not UTF-8", at);
}

static ink_status compose(ink_text *t, ink_error *error) {
  (void)t, (void)error;
  return INK_OK;
}
#endif

/* ---- Reading --------------------------------------------------------------------------------- */

/* Whether composing might change the character, or what stands before it: U+0300 is the first. The
 * dashes, quotes and dots of printed prose are not among them. */
static bool is_composed(uint32_t c) { return c < 0x300 || (c >= 0x2010 && c <= 0x2027); }

/* Where the text stops being one, or `bytes`; and whether it has what composing might change. */
static size_t check(const char *text, size_t bytes, bool *breaks, bool *marks) {
  size_t at = 0;
  for (size_t length; at < bytes; at += length) {
    uint32_t c = 0;
    length = ink_utf8_decode(text + at, bytes - at, &c);
    if (length == 0 || c == 0) break;
    if (c == '\r') *breaks = true;
    if (!is_composed(c)) *marks = true;
  }
  return at;
}

/* Line ends of the copy. */
static void unify_breaks(ink_text *t) {
  size_t to = 0;
  for (size_t from = 0; from < t->bytes; from++) {
    char c = t->owned[from];
    if (c == '\r' && from + 1 < t->bytes && t->owned[from + 1] == '\n') continue;
    t->owned[to++] = c == '\r' ? '\n' : c;
  }
  t->bytes = to;
}

ink_status ink_text_open(const char *text, size_t bytes, unsigned keep, ink_text *opened,
                         ink_error *error) {
  bool breaks = false, marks = false;
  *opened = (ink_text){.text = bytes > 0 ? text : "", .bytes = bytes}; /* nothing may be NULL */
  size_t at = check(text, bytes, &breaks, &marks);
  if (at < bytes) return fail_encoding(text, bytes, at, error);
  if ((keep & INK_KEEP_MARK) == 0 && begins(text, bytes, MARK, MARK_BYTES)) {
    opened->text += MARK_BYTES;
    opened->bytes -= MARK_BYTES;
  }
  if (breaks && (keep & INK_KEEP_CR) == 0) {
    opened->owned = malloc(opened->bytes);
    if (opened->owned == NULL) return ink_fail_memory(error);
    memcpy(opened->owned, opened->text, opened->bytes);
    opened->text = opened->owned;
    unify_breaks(opened);
  }
  return marks ? compose(opened, error) : INK_OK;
}

void ink_text_close(ink_text *opened) {
  free(opened->owned);
  *opened = (ink_text){0};
}

/* Bytes of the white space that begins or ends here; 0: there is none. */
static size_t space_at(const char *text, size_t bytes, bool end) {
  static const char *const spaces[] = {"\xc2\xa0", "\xe3\x80\x80"};
  if (bytes == 0) return 0;
  char c = end ? text[bytes - 1] : text[0];
  if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
  for (size_t i = 0; i < 2; i++) {
    size_t size = strlen(spaces[i]);
    if (bytes >= size && memcmp(end ? text + bytes - size : text, spaces[i], size) == 0) {
      return size;
    }
  }
  return 0;
}

void ink_text_trim(const char **text, size_t *bytes) {
  for (size_t n; (n = space_at(*text, *bytes, false)) > 0; *bytes -= n) *text += n;
  for (size_t n; (n = space_at(*text, *bytes, true)) > 0;) *bytes -= n;
}
