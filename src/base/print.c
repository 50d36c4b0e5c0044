/*
 * snprintf and vsnprintf, with or without floats. See print.h.
 */
#include "base/print.h"

#include <stdio.h>

#if defined(__EMSCRIPTEN__) && !defined(INK_TRAINING)
int vsniprintf(char *text, size_t size, const char *format, va_list arguments);
#define vsnprintf vsniprintf
#endif

int ink_vsnprintf(char *text, size_t size, const char *format, va_list arguments) {
  return vsnprintf(text, size, format, arguments);
}

int ink_snprintf(char *text, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = ink_vsnprintf(text, size, format, arguments);
  va_end(arguments);
  return length;
}
