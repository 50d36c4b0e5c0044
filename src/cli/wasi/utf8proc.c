/*
 * utf8proc by the host. See utf8proc.h.
 */
#include <utf8proc.h>

#include <stdlib.h>

#include "base/utf8.h"

/* Writes the text composed (form C) or decomposed (D) when there is room for it; its size. What is
 * composed is hardly ever longer than it was. */
__attribute__((import_module("inkling"), import_name("normalize"))) size_t normalize(
    char form, const void *text, size_t bytes, void *to, size_t capacity);

utf8proc_ssize_t utf8proc_map(const utf8proc_uint8_t *text, utf8proc_ssize_t bytes,
                              utf8proc_uint8_t **composed, int options) {
  (void)options;
  size_t room = (size_t)bytes;
  *composed = malloc(room + 1);
  if (*composed == NULL) return -1;
  size_t size = normalize('C', text, (size_t)bytes, *composed, room);
  if (size <= room) return (utf8proc_ssize_t)size;
  free(*composed);
  *composed = malloc(size + 1);
  if (*composed == NULL) return -1;
  return (utf8proc_ssize_t)normalize('C', text, (size_t)bytes, *composed, size);
}

utf8proc_ssize_t utf8proc_decompose_char(utf8proc_int32_t character, utf8proc_int32_t *parts,
                                         utf8proc_ssize_t capacity, int options, int *last) {
  (void)options, (void)last;
  char text[4], apart[64];
  size_t bytes = ink_utf8_encode((uint32_t)character, text);
  size_t size = normalize('D', text, bytes, apart, sizeof apart);
  utf8proc_ssize_t count = 0;
  for (size_t at = 0; at < size && size <= sizeof apart; count++) {
    uint32_t part;
    at += ink_utf8_decode(apart + at, size - at, &part);
    if (count < capacity) parts[count] = (utf8proc_int32_t)part;
  }
  return count;
}
