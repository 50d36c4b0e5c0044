/*
 * Texts in other encodings than UTF-8, by the C library's iconv.
 */
#ifndef INK_CLI_ENCODING_H
#define INK_CLI_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

/* Replaces *bytes [*size], which are the caller's, by the same text in UTF-8. `encoding` is a name
 * that iconv knows, or "auto" for the one that it seems to be in. False after a line on stderr. */
bool ink_encoding_decode(const char *path, const char *encoding, char **bytes, size_t *size);

#endif
