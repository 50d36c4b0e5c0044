/*
 * Bytes that grow: what files and JSON are written into. A failed append leaves the buffer as it
 * was and marks it, so that a writer may check once at the end.
 */
#ifndef INK_BASE_BUFFER_H
#define INK_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "inkling.h"

typedef struct ink_buffer {
  char *bytes; /* [size], owned */
  size_t size;
  size_t capacity;
  bool failed; /* an append ran out of memory */
} ink_buffer;

void ink_buffer_free(ink_buffer *buffer);
void ink_buffer_append(ink_buffer *buffer, const void *bytes, size_t size);

/* Formatted, without the NUL. */
__attribute__((format(printf, 2, 3))) void ink_buffer_format(ink_buffer *buffer, const char *format,
                                                             ...);

/* INK_ERROR_MEMORY where an append has failed: the buffer then is empty. */
ink_status ink_buffer_end(ink_buffer *buffer, ink_error *error);

/* A JSON string with its quotes: text [size], valid UTF-8. */
void ink_buffer_json_string(ink_buffer *buffer, const char *text, size_t size);

#endif
