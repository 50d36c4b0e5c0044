/*
 * Numbers as text, the same on every machine and without the C library's conversions, which reckon
 * in long double: in a WebAssembly build that is 10 kB of a download.
 */
#ifndef INK_BASE_NUMBER_H
#define INK_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Enough for every text below: "-0x1.fffffffffffffp+1023", "-1.23456789012345e-308". */
enum { INK_NUMBER_TEXT = 32, INK_NUMBER_DIGITS = 15 };

/* The number at the beginning of the text: decimal, or hexadecimal as %a prints it, "inf" or "nan",
 * with a sign or without. *end is behind it, or the text itself where there is none. Exact of %a
 * and of what has 15 digits and a power of ten of at most 22; else within 4 units of the last
 * place. */
double ink_number_read(const char *text, const char **end);

/* The whole number at the beginning of the text, which is digits alone; what is too large gives
 * UINT64_MAX. *end as above. */
uint64_t ink_number_whole(const char *text, const char **end);

/* As printf's %a and %.<digits>g, of 1 to 15 digits, write it; but of a double that is no float,
 * what lies next to a half may be rounded the other way. Return the length. */
size_t ink_number_hexadecimal(double value, char text[INK_NUMBER_TEXT]);
size_t ink_number_decimal(double value, int digits, char text[INK_NUMBER_TEXT]);

/* 32033 as 32,033. Returns the text. */
const char *ink_with_commas(size_t number, char text[32]);

#endif
