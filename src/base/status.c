/*
 * Errors: a status for the program, one line for the person.
 */
#include "base/status.h"

#include <stdarg.h>
#include <string.h>

#include "base/print.h"
#include "base/utf8.h"

const char *ink_status_name(ink_status status) {
  switch (status) {
    case INK_OK: return "ok";
    case INK_ERROR_MEMORY: return "memory";
    case INK_ERROR_ARGUMENT: return "argument";
    case INK_ERROR_FORMAT: return "format";
    case INK_ERROR_VOCABULARY: return "vocabulary";
    case INK_ERROR_TEXT: return "text";
    case INK_ERROR_DIVERGED: return "diverged";
  }
  return "unknown";
}

ink_status ink_fail(ink_error *error, ink_status status, const char *format, ...) {
  if (error == NULL) return status;
  va_list arguments;
  va_start(arguments, format);
  ink_vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  /* The message may quote a file: keep it one line of valid UTF-8, also where it was cut. */
  size_t length = strlen(error->message);
  while (length > 0 && !ink_utf8_valid(error->message, length)) length--;
  error->message[length] = '\0';
  for (char *c = error->message; *c != '\0'; c++) {
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
  }
  error->status = status;
  return status;
}

ink_status ink_fail_memory(ink_error *error) {
  return ink_fail(error, INK_ERROR_MEMORY, "out of memory");
}
