/*
 * snprintf and vsnprintf. See print.h.
 */
#include "base/print.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/number.h"

/* Text that is written as far as there is room, and counted to its end. */
typedef struct sink {
  char *text;
  size_t size, length;
} sink;

static void put(sink *s, char c) {
  if (s->length + 1 < s->size) s->text[s->length] = c;
  s->length++;
}

static void put_number(sink *s, uint64_t number, unsigned base, char ten, int width) {
  char digits[20];
  int count = 0;
  do {
    unsigned digit = (unsigned)(number % base);
    digits[count++] = (char)((digit < 10 ? '0' : ten - 10) + (int)digit);
    number /= base;
  } while (number > 0);
  for (; width > count; width--) put(s, '0');
  while (count > 0) put(s, digits[--count]);
}

static void put_decimal(sink *s, double number) {
#ifdef INK_GENERATE_ONLY
  (void)s, (void)number; /* there, only options in C have a %g in their messages */
#else
  char text[INK_NUMBER_TEXT];
  ink_number_decimal(number, 6, text);
  for (const char *at = text; *at != '\0'; at++) put(s, *at);
#endif
}

/* A number in the format, which it moves behind. */
static int read_count(const char **format) {
  int count = 0;
  for (; **format >= '0' && **format <= '9'; ++*format) count = 10 * count + **format - '0';
  return count;
}

int ink_vsnprintf_small(char *text, size_t size, const char *format, va_list arguments) {
  sink s = {text, size, 0};
  for (; *format != '\0'; format++) {
    if (*format != '%') {
      put(&s, *format);
      continue;
    }
    format++;
    int width = read_count(&format), most = INT32_MAX, longs = 0;
    if (*format == '.' && *++format == '*') {
      format++;
      most = va_arg(arguments, int);
    } else if (format[-1] == '.') {
      most = read_count(&format);
    }
    for (; *format == 'l' || *format == 'z'; format++) longs += *format == 'z' ? 3 : 1;
    if (*format == 's') {
      const char *string = va_arg(arguments, const char *);
      for (int i = 0; i < most && string[i] != '\0'; i++) put(&s, string[i]);
    } else if (*format == 'g') {
      put_decimal(&s, va_arg(arguments, double));
    } else {
      uint64_t number = longs == 3   ? va_arg(arguments, size_t)
                        : longs == 2 ? va_arg(arguments, unsigned long long)
                        : longs == 1 ? va_arg(arguments, unsigned long)
                                     : va_arg(arguments, unsigned);
      if (*format == 'd' && longs == 0 && (int)number < 0) {
        put(&s, '-');
        number = 0u - (unsigned)number;
      }
      bool hexadecimal = *format == 'x' || *format == 'X';
      put_number(&s, number, hexadecimal ? 16 : 10, *format == 'x' ? 'a' : 'A', width);
    }
  }
  if (size > 0) text[s.length < size ? s.length : size - 1] = '\0';
  return (int)s.length;
}

int ink_vsnprintf(char *text, size_t size, const char *format, va_list arguments) {
#ifdef __EMSCRIPTEN__
  return ink_vsnprintf_small(text, size, format, arguments);
#else
  return vsnprintf(text, size, format, arguments);
#endif
}

int ink_snprintf(char *text, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = ink_vsnprintf(text, size, format, arguments);
  va_end(arguments);
  return length;
}
