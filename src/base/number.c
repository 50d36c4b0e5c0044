/*
 * Numbers as text. See number.h.
 */
#include "base/number.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ---- Reading --------------------------------------------------------------------------------- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The value of a digit to this base, or -1. */
static int digit_of(char c, int base) {
  if (is_digit(c)) return c - '0';
  char letter = (char)(c | 0x20);
  return base == 16 && letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

uint64_t ink_number_whole(const char *text, const char **end) {
  uint64_t number = 0;
  for (; is_digit(*text); text++) {
    uint64_t digit = (uint64_t)(*text - '0');
    number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : 10 * number + digit;
  }
  *end = text;
  return number;
}

/* value times base^exponent, in few steps of powers that are exact. */
static double scaled(double value, double base, int exponent) {
  const int step = base == 10 ? 22 : 1000;
  while (exponent != 0 && value != 0 && isfinite(value)) {
    int size = exponent < 0 ? -exponent : exponent, now = size < step ? size : step;
    double power = 1;
    for (int i = 0; i < now; i++) power *= base;
    value = exponent < 0 ? value / power : value * power;
    exponent += exponent < 0 ? now : -now;
  }
  return value;
}

/* An exponent with its letter, which moves the text behind it; 0 where there is none. */
static int read_exponent(const char **text, char letter) {
  const char *at = *text;
  if ((*at | 0x20) != letter) return 0;
  at++;
  bool negative = *at == '-';
  if (*at == '-' || *at == '+') at++;
  if (!is_digit(*at)) return 0;
  uint64_t size = ink_number_whole(at, text);
  int exponent = size > 9999 ? 9999 : (int)size;
  return negative ? -exponent : exponent;
}

/* Digits with a point or without, and an exponent. */
static double read_digits(const char *text, int base, const char **end) {
  const uint64_t most = base == 10 ? UINT64_MAX / 10 - 1 : UINT64_MAX >> 8;
  const int places = base == 10 ? 1 : 4; /* of the exponent's base, to a digit */
  uint64_t digits = 0;
  int exponent = 0;
  bool any = false, point = false;
  for (;; text++) {
    int digit = digit_of(*text, base);
    if (*text == '.' && !point) {
      point = true;
      continue;
    }
    if (digit < 0) break;
    any = true;
    bool fits = digits <= most; /* what does not counts for nothing but its place */
    if (fits) digits = (uint64_t)base * digits + (uint64_t)digit;
    if (fits && point && exponent > -9999) exponent -= places;
    if (!fits && !point && exponent < 9999) exponent += places;
  }
  if (!any) return 0;
  *end = text;
  exponent += read_exponent(end, base == 10 ? 'e' : 'p');
  return scaled((double)digits, base == 10 ? 10 : 2, exponent);
}

/* Whether the text begins with a word in lower case. */
static bool begins(const char *text, const char *word) {
  for (; *word != '\0'; word++, text++) {
    if ((*text | 0x20) != *word) return false;
  }
  return true;
}

double ink_number_read(const char *text, const char **end) {
  const char *at = text;
  bool negative = *at == '-';
  if (*at == '-' || *at == '+') at++;
  double value = 0;
  *end = text;
  if (begins(at, "inf")) {
    value = INFINITY;
    *end = at + (begins(at, "infinity") ? 8 : 3);
  } else if (begins(at, "nan")) {
    value = NAN;
    *end = at + 3;
  } else if (begins(at, "0x") && digit_of(at[2], 16) >= 0) {
    value = read_digits(at + 2, 16, end);
  } else {
    value = read_digits(at, 10, end);
  }
  return negative ? -value : value;
}

/* ---- Writing --------------------------------------------------------------------------------- */

typedef struct writer {
  char *text;
  size_t length;
} writer;

static void put(writer *w, char c) { w->text[w->length++] = c; }

static void put_all(writer *w, const char *text) {
  while (*text != '\0') put(w, *text++);
}

/* An exponent: its letter, its sign and so many digits at least. */
static void put_exponent(writer *w, char letter, int exponent, int least) {
  char digits[8];
  int count = 0;
  put(w, letter);
  put(w, exponent < 0 ? '-' : '+');
  for (int left = exponent < 0 ? -exponent : exponent; left > 0 || count < least; left /= 10) {
    digits[count++] = (char)('0' + left % 10);
  }
  while (count > 0) put(w, digits[--count]);
}

/* Writes a sign and what is no number. Returns whether nothing is left to write. */
static bool put_special(writer *w, double *value) {
  if (signbit(*value)) put(w, '-');
  if (isfinite(*value)) {
    *value = fabs(*value);
    return false;
  }
  put_all(w, isnan(*value) ? "nan" : "inf");
  return true;
}

static size_t ended(writer *w) {
  w->text[w->length] = '\0';
  return w->length;
}

size_t ink_number_hexadecimal(double value, char text[INK_NUMBER_TEXT]) {
  writer w = {text, 0};
  if (put_special(&w, &value)) return ended(&w);
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  int exponent = (int)(bits >> 52);
  uint64_t fraction = bits << 12;
  put_all(&w, exponent > 0 ? "0x1" : "0x0");
  if (fraction != 0) put(&w, '.');
  for (; fraction != 0; fraction <<= 4) put(&w, "0123456789abcdef"[fraction >> 60]);
  put_exponent(&w, 'p', value == 0 ? 0 : exponent > 0 ? exponent - 1023 : -1022, 1);
  return ended(&w);
}

/* value / 10^(exponent - digits + 1), rounded to a whole number, of halves to the even one. */
static uint64_t rounded(double value, int digits, int exponent) {
  double whole = scaled(value, 10, digits - 1 - exponent);
  uint64_t number = (uint64_t)whole;
  double rest = whole - (double)number;
  return number + (rest > 0.5 || (rest == 0.5 && number % 2 == 1) ? 1 : 0);
}

/* So many digits of a number, with the point behind the first `point` of them, and without zeros at
 * the end behind the point. */
static void put_digits(writer *w, uint64_t number, int digits, int point) {
  char all[INK_NUMBER_DIGITS + 1];
  for (int i = digits; i > 0; number /= 10) all[--i] = (char)('0' + number % 10);
  while (digits > 1 && all[digits - 1] == '0') digits--;
  if (point <= 0) put_all(w, "0.");
  for (int i = point; i < 0; i++) put(w, '0');
  for (int i = 0; i < digits || i < point; i++) {
    if (i > 0 && i == point) put(w, '.');
    put(w, i < digits ? all[i] : '0');
  }
}

size_t ink_number_decimal(double value, int digits, char text[INK_NUMBER_TEXT]) {
  writer w = {text, 0};
  if (put_special(&w, &value)) return ended(&w);
  if (value == 0) {
    put(&w, '0');
    return ended(&w);
  }
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint64_t limit = 1;
  for (int i = 0; i < digits; i++) limit *= 10;
  int exponent = (int)floor(0.30103 * ((int)(bits >> 52) - 1023)); /* or one more, but see below */
  uint64_t number = rounded(value, digits, exponent);
  if (number >= limit) number = rounded(value, digits, ++exponent);
  while (number < limit / 10) number = rounded(value, digits, --exponent); /* a subnormal one's */
  bool apart = exponent < -4 || exponent >= digits;
  put_digits(&w, number, digits, apart ? 1 : exponent + 1);
  if (apart) put_exponent(&w, 'e', exponent, 2);
  return ended(&w);
}

const char *ink_with_commas(size_t number, char text[32]) {
  char reversed[32];
  size_t length = 0;
  for (size_t digits = 0; number > 0 || digits == 0; number /= 10, digits++) {
    if (digits > 0 && digits % 3 == 0) reversed[length++] = ',';
    reversed[length++] = (char)('0' + number % 10);
  }
  for (size_t i = 0; i < length; i++) text[i] = reversed[length - 1 - i];
  text[length] = '\0';
  return text;
}
