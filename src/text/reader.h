/*
 * The one door for text. Whatever is trained on, scored or read comes through here, so that a text
 * means the same to all of them, whichever editor wrote it:
 *   - a byte order mark at its beginning is none of it;
 *   - a line ends with U+000A: CR LF, and CR alone, become one;
 *   - characters are composed (NFC, Unicode Standard Annex 15). WebAssembly leaves this to its
 *     caller, who has String.normalize();
 *   - the white space around a field or an item is none of it.
 */
#ifndef INK_TEXT_READER_H
#define INK_TEXT_READER_H

#include "inkling.h"

typedef struct ink_text {
  const char *text; /* [bytes], UTF-8 */
  size_t bytes;
  char *owned; /* the same where it had to be copied, else NULL */
} ink_text;

/* What a vocabulary has and a text therefore keeps. */
enum { INK_KEEP_CR = 1, INK_KEEP_MARK = 2 };

/* The text as it is read. It lies in `text` unless it had to change. INK_ERROR_TEXT when it is not
 * UTF-8, or has a NUL: says where, and which encoding it looks like. ink_text_close() also after a
 * failure. */
ink_status ink_text_open(const char *text, size_t bytes, unsigned keep, ink_text *opened,
                         ink_error *error);
void ink_text_close(ink_text *opened);

/* Leaves the white space at both ends out: ASCII's, and the no-break and ideographic spaces. */
void ink_text_trim(const char **text, size_t *bytes);

/* What encoding the bytes seem to be in: "UTF-8", "UTF-16LE", "UTF-16BE", "WINDOWS-1252" (which has
 * Latin-1's characters), or NULL: no text at all. By byte order marks, by where NUL bytes are, and
 * by whether it is UTF-8. */
const char *ink_text_encoding(const char *text, size_t bytes);

#endif
