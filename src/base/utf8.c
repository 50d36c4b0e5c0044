/*
 * UTF-8 (RFC 3629). Source: see utf8.h.
 */
#include "base/utf8.h"

#include <string.h>

size_t ink_utf8_decode(const char *text, size_t size, uint32_t *code_point) {
  if (size == 0) return 0;
  const unsigned char *bytes = (const unsigned char *)text;
  unsigned char first = bytes[0];
  if (first < 0x80) {
    *code_point = first;
    return 1;
  }
  size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || length > size) return 0;
  static const uint32_t lowest[5] = {0, 0, 0x80, 0x800, 0x10000};
  uint32_t value = first & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; i++) {
    if ((bytes[i] & 0xc0) != 0x80) return 0;
    value = (value << 6) | (bytes[i] & 0x3fu);
  }
  if (value < lowest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return 0;
  *code_point = value;
  return length;
}

size_t ink_utf8_encode(uint32_t code_point, char bytes[4]) {
  if (code_point < 0x80) {
    bytes[0] = (char)code_point;
    return 1;
  }
  size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
  static const uint32_t mark[5] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = length - 1; i > 0; i--) {
    bytes[i] = (char)(0x80 | (code_point & 0x3f));
    code_point >>= 6;
  }
  bytes[0] = (char)(mark[length] | code_point);
  return length;
}

bool ink_utf8_valid(const char *text, size_t size) {
  uint32_t code_point;
  for (size_t at = 0; at < size;) {
    size_t length = ink_utf8_decode(text + at, size - at, &code_point);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

size_t ink_utf8_fitting(const char *text, size_t size, size_t room) {
  if (size <= room) return size;
  while (room > 0 && (text[room] & 0xc0) == 0x80) room--;
  return room;
}

size_t ink_utf8_piece(const char *text, size_t bytes) {
  enum { PIECE = 1 << 20 };
  if (bytes <= PIECE) return bytes;
  const char *end = memchr(text + PIECE, '\n', bytes - PIECE);
  return end == NULL ? bytes : (size_t)(end - text) + 1;
}
