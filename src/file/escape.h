/*
 * JSON's escapes (RFC 8259, 7).
 */
#ifndef INK_FILE_ESCAPE_H
#define INK_FILE_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

/* One escape at *text, which moves behind it; false when it is none. Two halves of a pair are one
 * code point. */
bool ink_json_unescape(const char **text, const char *end, uint32_t *code_point);

#endif
