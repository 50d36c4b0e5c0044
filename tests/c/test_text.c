/*
 * The ground floor: UTF-8, random numbers, vocabulary, shuffled lines.
 */
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/number.h"
#include "base/print.h"
#include "base/random.h"
#include "base/utf8.h"
#include "check.h"
#include "text/items.h"
#include "text/vocabulary.h"

static void check_utf8(void) {
  for (uint32_t c = 0; c <= 0x10ffff; c++) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    char bytes[4];
    size_t length = ink_utf8_encode(c, bytes);
    uint32_t back;
    CHECK(ink_utf8_decode(bytes, length, &back) == length && back == c);
    for (size_t cut = 1; cut < length; cut++) CHECK(ink_utf8_decode(bytes, cut, &back) == 0);
  }
  static const char *const bad[] = {
      "\x80",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x80\x80",
      "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
      "\xff",         "a\xc3(",           "\xe2\x82"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    CHECK(!ink_utf8_valid(bad[i], strlen(bad[i])));
  }
  CHECK(ink_utf8_valid("", 0) && ink_utf8_valid("a\0b", 3) && ink_utf8_valid("na\xc3\xafve", 6));
}

__attribute__((format(printf, 2, 3))) static void check_printed(size_t size, const char *format,
                                                                ...) {
  char text[80], wanted[80];
  memset(text, '~', sizeof text);
  memset(wanted, '~', sizeof wanted);
  va_list arguments;
  va_start(arguments, format);
  int length = ink_vsnprintf_small(text, size, format, arguments);
  va_end(arguments);
  va_start(arguments, format);
  CHECK(length == vsnprintf(wanted, size, format, arguments));
  va_end(arguments);
  CHECK(memcmp(text, wanted, sizeof text) == 0);
}

/* What a small build prints is what printf prints. */
static void check_print(void) {
  static const size_t sizes[] = {0, 1, 2, 7, 30, 80};
  for (size_t i = 0; i < 6; i++) {
    size_t size = sizes[i];
    check_printed(size, "plain");
    check_printed(size, "%s and %.3s and %.*s, %.9s", "one", "three", 2, "two", "x");
    check_printed(size, "%d %d %d %u", 0, -2147483647 - 1, 2147483647, 4294967295u);
    check_printed(size, "%lu %zu %llu", 7ul, (size_t)-1, 18446744073709551615ull);
    check_printed(size, "%g %g %g %g", 0.5, -0.0, 1e-5, 123456789.0);
    check_printed(size, "%g, %g, %g", 3.0, 0.1 + 0.2, INFINITY);
    check_printed(size, "(U+%04X) \\u%04x %x %X", 0xabu, 0xabu, 0u, 0x1f600u);
  }
}

static void check_number(double value) {
  char text[INK_NUMBER_TEXT], wanted[64];
  const char *end;
  ink_number_hexadecimal(value, text);
  snprintf(wanted, sizeof wanted, "%a", value);
  if (isnormal(value)) CHECK(strcmp(text, wanted) == 0);
  double read = ink_number_read(text, &end);
  CHECK(*end == '\0' && memcmp(&read, &value, sizeof read) == 0);
  for (int digits = 1; digits <= 9; digits++) {
    ink_number_decimal(value, digits, text);
    snprintf(wanted, sizeof wanted, "%.*g", digits, value);
    CHECK(strcmp(text, wanted) == 0);
    read = ink_number_read(text, &end);
    CHECK(*end == '\0' && read == strtod(wanted, NULL));
  }
}

/* Numbers are written and read as the C library does it. */
static void check_numbers(void) {
  static const double some[] = {0,      -0.0,  1,       0.5, 1e-5,   9.9999e-5, 0.0001, 99999.5,
                                123456, 1e15,  1.0e-9,  2.5, 3.5,    0.125,     -1e22,  4294967295,
                                1e-22,  65536, 12345.5, 0.3, 1 / 3., 6.25e-2,   1e9,    999999.5};
  for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) check_number(some[i]);
  ink_random random;
  ink_random_seed(&random, 1, 1);
  for (int i = 0; i < 20000; i++) { /* floats, as options are */
    double size = pow(10, 20 * ink_random_uniform(&random) - 10);
    check_number((double)(float)(size * (ink_random_uniform(&random) - 0.5)));
  }
  static const struct {
    const char *text;
    double value;
    size_t length;
  } texts[] = {{"12x", 12, 2},
               {"", 0, 0},
               {"x", 0, 0},
               {"-", 0, 0},
               {".", 0, 0},
               {".5", 0.5, 2},
               {"5.", 5, 2},
               {"1e5", 1e5, 3},
               {"1e", 1, 1},
               {"+2.5e-1", .25, 7},
               {"0x1.8p+1", 3, 8},
               {"0x", 0, 1},
               {"-inf", -INFINITY, 4},
               {"Infinity", INFINITY, 8},
               {"1e999999", INFINITY, 8},
               {"0x0.0000000000001p-1022", 0x1p-1074, 23},
               {"1e-999999", 0, 9},
               {"0.30000000000000004", 0.1 + 0.2, 19},
               {"1.7976931348623157e308", DBL_MAX, 22}};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    const char *end;
    double value = ink_number_read(texts[i].text, &end), wanted = texts[i].value;
    CHECK((size_t)(end - texts[i].text) == texts[i].length);
    CHECK(value == wanted || fabs(value - wanted) <= 4 * DBL_EPSILON * fabs(wanted));
  }
  const char *end;
  CHECK(isnan(ink_number_read("nan", &end)) && *end == '\0');
  CHECK(ink_number_whole("18446744073709551615,", &end) == UINT64_MAX && *end == ',');
  CHECK(ink_number_whole("99999999999999999999", &end) == UINT64_MAX && *end == '\0');
  CHECK(ink_number_whole("-1", &end) == 0 && *end == '-');
}

static void check_random(void) {
  /* The first numbers of the reference implementation's demonstration: seed 42, stream 54. */
  static const uint32_t reference[] = {0xa15c02b7, 0x7b47f409, 0xba1d3330,
                                       0x83d2f293, 0xbfa4784b, 0xcbed606e};
  ink_random random;
  ink_random_seed(&random, 42, 54);
  for (size_t i = 0; i < 6; i++) CHECK(ink_random_bits(&random) == reference[i]);
  double sum = 0, squares = 0;
  for (int i = 0; i < 100000; i++) {
    double uniform = ink_random_uniform(&random), normal = ink_random_normal(&random);
    CHECK(uniform >= 0 && uniform < 1 && ink_random_below(&random, 3) < 3);
    sum += normal;
    squares += normal * normal;
  }
  CHECK_NEAR(sum / 100000, 0, 0.02);
  CHECK_NEAR(squares / 100000, 1, 0.03);
}

static void check_vocabulary(void) {
  ink_error error;
  ink_vocabulary *v;
  const char *text =
      "b\xc3\xa9"
      "a\xf0\x9f\x98\x80"
      "b\n";
  CHECK_OK(ink_vocabulary_from_text(text, strlen(text), &v, &error));
  CHECK(ink_vocabulary_count(v) == 5);
  CHECK_TEXT(ink_vocabulary_token(v, 0), "\n");
  CHECK_TEXT(ink_vocabulary_token(v, 1), "a");
  CHECK_TEXT(ink_vocabulary_token(v, 3), "\xc3\xa9");
  CHECK_TEXT(ink_vocabulary_token(v, 4), "\xf0\x9f\x98\x80");
  CHECK(ink_vocabulary_find(v, 'b') == 2 && ink_vocabulary_find(v, 'z') == UINT32_MAX);
  uint32_t *ids;
  size_t count;
  CHECK_OK(ink_vocabulary_encode(v, text, strlen(text), 0, &ids, &count, &error));
  static const uint32_t expected[] = {2, 3, 1, 4, 2, 0};
  CHECK(count == 6 && memcmp(ids, expected, sizeof expected) == 0);
  free(ids);
  CHECK(ink_vocabulary_encode(v, "xaxy\x01", 5, 0, &ids, &count, &error) == INK_ERROR_VOCABULARY);
  CHECK(strstr(error.message, "x (U+0078), y (U+0079), (U+0001)") != NULL);
  CHECK_OK(ink_vocabulary_encode(v, "xaxy\x01", 5, 1, &ids, &count, &error));
  CHECK(count == 1 && ids[0] == 1);
  free(ids);
  CHECK(ink_vocabulary_encode(v, "a\xff", 2, 1, &ids, &count, &error) == INK_ERROR_TEXT);
  CHECK(strstr(error.message, "byte 1") != NULL);
  ink_vocabulary_free(v);

  static const struct {
    const char *tokens;
    size_t bytes;
  } bad[] = {{"", 0}, {"a", 1}, {"a\0a", 4}, {"a\0\0", 3}, {"ab", 3}, {"\xff", 2}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    CHECK(ink_vocabulary_from_tokens(bad[i].tokens, bad[i].bytes, INK_LEVEL_CHAR, &v, &error) ==
          INK_ERROR_VOCABULARY);
    CHECK(v == NULL);
  }
  CHECK(ink_vocabulary_from_text("", 0, &v, &error) == INK_ERROR_TEXT);
}

static void check_lines(void) {
  ink_error error;
  char *a, *b, *c;
  size_t size, other;
  const char *text = "one\ntwo\n\nthree\nfour\nfive\nsix";
  CHECK_OK(ink_shuffle_lines(text, strlen(text), 1, &a, &size, &error));
  CHECK_OK(ink_shuffle_lines(text, strlen(text), 1, &b, &other, &error));
  CHECK(size == strlen(text) && size == other &&
        memcmp(a, b, size) == 0); /* - blank + last break */
  CHECK(memcmp(a, text, size) != 0 && a[size - 1] == '\n');
  CHECK_OK(ink_shuffle_lines(text, strlen(text), 2, &c, &other, &error));
  CHECK(memcmp(a, c, size) != 0);
  size_t letters[256] = {0};
  for (size_t i = 0; i < size; i++) letters[(unsigned char)a[i]]++;
  for (size_t i = 0; i < strlen(text); i++) letters[(unsigned char)text[i]]--;
  for (size_t i = 0; i < 256; i++) CHECK(letters[i] == 0);
  free(a), free(b), free(c);
  CHECK(ink_training_tokens(1115394, 0.1f) == 1003855 && ink_training_tokens(10, 0) == 10);
}

int main(void) {
  check_utf8();
  check_print();
  check_numbers();
  check_random();
  check_vocabulary();
  check_lines();
  return 0;
}
