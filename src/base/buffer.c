/*
 * Bytes that grow. See buffer.h.
 */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/print.h"
#include "base/size.h"
#include "base/status.h"

void ink_buffer_free(ink_buffer *buffer) {
  free(buffer->bytes);
  *buffer = (ink_buffer){0};
}

/* Room for `size` more bytes; false, and marked, when there is none. */
static bool buffer_reserve(ink_buffer *buffer, size_t size) {
  size_t needed;
  if (buffer->failed || !ink_size_add(buffer->size, size, &needed)) {
    buffer->failed = true;
    return false;
  }
  if (needed <= buffer->capacity) return true;
  size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
  while (capacity < needed) {
    if (!ink_size_multiply(capacity, 2, &capacity)) capacity = needed;
  }
  char *grown = malloc(capacity); /* not realloc, which is nowhere else in the smallest build */
  if (grown == NULL) {
    buffer->failed = true;
    return false;
  }
  if (buffer->size > 0) memcpy(grown, buffer->bytes, buffer->size);
  free(buffer->bytes);
  buffer->bytes = grown;
  buffer->capacity = capacity;
  return true;
}

ink_status ink_buffer_end(ink_buffer *buffer, ink_error *error) {
  if (!buffer->failed) return INK_OK;
  ink_buffer_free(buffer);
  return ink_fail_memory(error);
}

void ink_buffer_append(ink_buffer *buffer, const void *bytes, size_t size) {
  if (size == 0 || !buffer_reserve(buffer, size)) return;
  memcpy(buffer->bytes + buffer->size, bytes, size);
  buffer->size += size;
}

void ink_buffer_format(ink_buffer *buffer, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = ink_vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length < 0 || !buffer_reserve(buffer, (size_t)length + 1)) {
    buffer->failed = true;
    return;
  }
  va_start(arguments, format);
  ink_vsnprintf(buffer->bytes + buffer->size, (size_t)length + 1, format, arguments);
  va_end(arguments);
  buffer->size += (size_t)length;
}

void ink_buffer_json_string(ink_buffer *buffer, const char *text, size_t size) {
  ink_buffer_append(buffer, "\"", 1);
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c == '"' || c == '\\') {
      ink_buffer_append(buffer, "\\", 1);
      ink_buffer_append(buffer, &c, 1);
    } else if (c < 0x20 || c == 0x7f) {
      ink_buffer_format(buffer, "\\u%04x", c);
    } else {
      ink_buffer_append(buffer, &c, 1);
    }
  }
  ink_buffer_append(buffer, "\"", 1);
}
