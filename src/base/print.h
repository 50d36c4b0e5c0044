/*
 * snprintf and vsnprintf. The WebAssembly builds print by what is here alone, and leave the C
 * library's printf, with its long doubles, out of the download. One that only generates prints
 * nothing for %g.
 */
#ifndef INK_BASE_PRINT_H
#define INK_BASE_PRINT_H

#include <stdarg.h>
#include <stddef.h>

__attribute__((format(printf, 3, 4))) int ink_snprintf(char *text, size_t size, const char *format,
                                                       ...);
__attribute__((format(printf, 3, 0))) int ink_vsnprintf(char *text, size_t size, const char *format,
                                                        va_list arguments);

/* What those builds print with: of the conversions d u x X s and g, with l, ll and z, a width of
 * zeros and a precision of text. Returns as vsnprintf does. */
__attribute__((format(printf, 3, 0))) int ink_vsnprintf_small(char *text, size_t size,
                                                              const char *format,
                                                              va_list arguments);

#endif
