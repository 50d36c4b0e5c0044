/*
 * snprintf and vsnprintf. A WebAssembly build that only generates prints whole numbers and text
 * alone, and leaves the C library's printf, with its floats, out of the download: there, %g and its
 * like print nothing.
 */
#ifndef INK_BASE_PRINT_H
#define INK_BASE_PRINT_H

#include <stdarg.h>
#include <stddef.h>

__attribute__((format(printf, 3, 4))) int ink_snprintf(char *text, size_t size, const char *format,
                                                       ...);
__attribute__((format(printf, 3, 0))) int ink_vsnprintf(char *text, size_t size, const char *format,
                                                        va_list arguments);

/* What such a build prints with: of the conversions d u x X s and g, with l, ll and z, a width of
 * zeros and a precision. Returns as vsnprintf does. */
__attribute__((format(printf, 3, 0))) int ink_vsnprintf_small(char *text, size_t size,
                                                              const char *format,
                                                              va_list arguments);

#endif
