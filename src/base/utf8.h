/*
 * UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#ifndef INK_BASE_UTF8_H
#define INK_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the code point at the start of text [size]. Returns its bytes, 1 to 4, or 0 when size is 0
 * or the bytes are not UTF-8. */
size_t ink_utf8_decode(const char *text, size_t size, uint32_t *code_point);

/* Writes a code point and returns its bytes, 1 to 4. */
size_t ink_utf8_encode(uint32_t code_point, char bytes[4]);

bool ink_utf8_valid(const char *text, size_t size);

/* How many bytes of a valid text [size] there is room for, up to a whole character. */
size_t ink_utf8_fitting(const char *text, size_t size, size_t room);

/* Bytes of a text's next piece, for what takes much more memory than the text meanwhile: a million
 * of them, and on to the end of a line, at which no token, and no character that composes with
 * others, goes on. */
size_t ink_utf8_piece(const char *text, size_t bytes);

#endif
