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

void ink_line_of_text(char *text) {
  size_t length = strlen(text);
  while (length > 0 && !ink_utf8_valid(text, length)) length--;
  text[length] = '\0';
  for (char *c = text; *c != '\0'; c++) {
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
    /* U+0080 to U+009F, of which terminals take some for the beginning of an escape sequence */
    if ((unsigned char)*c == 0xc2 && (unsigned char)c[1] < 0xa0) c[0] = c[1] = '?';
  }
}

ink_status ink_fail(ink_error *error, ink_status status, const char *format, ...) {
  if (error == NULL) return status;
  va_list arguments;
  va_start(arguments, format);
  ink_vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  ink_line_of_text(error->message);
  error->status = status;
  return status;
}

ink_status ink_fail_memory(ink_error *error) {
  return ink_fail(error, INK_ERROR_MEMORY, "out of memory");
}
