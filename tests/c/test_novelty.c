/*
 * Novelty and the sorted suffixes under it, against searches that try every place: random texts of
 * few characters, of 1 to 4 bytes, and repetitive ones, which recursion is for.
 */
#include "base/buffer.h"
#include "base/random.h"
#include "base/utf8.h"
#include "check.h"
#include "inkling_scores.h"
#include "scores/suffixes.h"

/* ---- Suffixes -------------------------------------------------------------------------------- */

static bool suffix_less(const uint32_t *symbols, size_t a, size_t b) {
  while (symbols[a] == symbols[b]) a++, b++; /* ends at the last symbol, which is unique */
  return symbols[a] < symbols[b];
}

static void check_sorted(const uint32_t *symbols, size_t size, size_t symbol_count) {
  uint32_t *sorted = malloc(size * sizeof *sorted);
  bool *seen = calloc(size, 1);
  CHECK(sorted != NULL && seen != NULL);
  CHECK(ink_suffixes_sort(symbols, size, symbol_count, sorted));
  for (size_t i = 0; i < size; i++) {
    CHECK(sorted[i] < size && !seen[sorted[i]]);
    seen[sorted[i]] = true;
    if (i > 0) CHECK(suffix_less(symbols, sorted[i - 1], sorted[i]));
  }
  free(sorted);
  free(seen);
}

static void test_suffixes(void) {
  enum { MOST = 400 };
  uint32_t symbols[MOST];
  ink_random random;
  ink_random_seed(&random, 3, 1);
  for (int round = 0; round < 1500; round++) {
    size_t size = 1 + ink_random_below(&random, round % 10 == 0 ? MOST : 24);
    uint32_t letters = 1 + ink_random_below(&random, 4), period = 1 + ink_random_below(&random, 9);
    for (size_t i = 0; i + 1 < size; i++) {
      bool repeats = round % 2 == 0 && i >= period && ink_random_below(&random, 16) > 0;
      symbols[i] = repeats ? symbols[i - period] : 1 + ink_random_below(&random, letters);
    }
    symbols[size - 1] = 0;
    check_sorted(symbols, size, letters + 1);
  }
}

/* ---- Novelty --------------------------------------------------------------------------------- */

static ink_overlap overlap(const char *text, const char *source) {
  ink_overlap o;
  ink_error error;
  CHECK_OK(ink_novelty(text, strlen(text), source, strlen(source), &o, &error));
  return o;
}

static void check_overlap(const char *text, const char *source, double longest, double at,
                          double bytes, double spans, double found) {
  ink_overlap o = overlap(text, source);
  CHECK(o.longest == longest && o.longest_at == at && o.longest_bytes == bytes);
  CHECK(o.spans == spans && o.spans_found == found);
}

static void test_known(void) {
  check_overlap("abcdefghij", "abcdefghij", 10, 0, 10, 3, 3);
  check_overlap("abcdefghij", "xbcdefghiy", 8, 1, 8, 3, 1);
  check_overlap("abcdefghij", "", 0, 0, 0, 3, 0);
  check_overlap("a", "banana", 1, 0, 1, 0, 0);
  check_overlap("q", "banana", 0, 0, 0, 0, 0);
  check_overlap("ananas", "banana", 5, 0, 5, 0, 0);
  /* Of two longest ones the first. */
  check_overlap("xabyab", "ab", 2, 1, 2, 0, 0);
  /* Not beyond the end of either. */
  check_overlap("aaaaaaaaaaaa", "aaaaaaaaa", 9, 0, 9, 5, 5);
  check_overlap("aaaaaaaaa", "aaaaaaaaaaaa", 9, 0, 9, 2, 2);
  check_overlap("aaaaaaaaa", "aaaaaaa", 7, 0, 7, 2, 0);
  /* Characters, not bytes: \u03b1 and \u03b2 begin with the same byte, \U0001f600 and \U0001f601
   * differ in their last. */
  check_overlap("\xce\xb1", "\xce\xb2", 0, 0, 0, 0, 0);
  check_overlap("q\xce\xb1\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
                "\xce\xb1\xf0\x9f\x98\x80\xf0\x9f\x98\x81", 2, 1, 6, 0, 0);
  check_overlap("\xf0\x9f\x98\x80\xce\xb1\xce\xb1\xce\xb1\xce\xb1\xce\xb1\xce\xb1\xce\xb1z",
                "\xf0\x9f\x98\x80\xce\xb1\xce\xb1\xce\xb1\xce\xb1\xce\xb1\xce\xb1\xce\xb1", 8, 0,
                18, 2, 1);
}

static void test_errors(void) {
  ink_error error;
  ink_overlap o;
  CHECK_FAILS(ink_novelty("", 0, "a", 1, &o, &error), INK_ERROR_TEXT, "empty");
  CHECK_FAILS(ink_novelty("a\xff", 2, "a", 1, &o, &error), INK_ERROR_TEXT,
              "the text is not UTF-8 at byte 1");
  CHECK_FAILS(ink_novelty("a", 1, "\xce", 1, &o, &error), INK_ERROR_TEXT,
              "the source is not UTF-8 at byte 0");
}

enum { CHARACTERS = 120 };

typedef struct characters {
  uint32_t points[CHARACTERS];
  size_t count;
  ink_buffer utf8;
} characters;

/* Bytes of the first `count` characters. */
static size_t bytes_of(const characters *c, size_t from, size_t count) {
  size_t bytes = 0;
  char utf8[4];
  for (size_t i = from; i < from + count; i++) bytes += ink_utf8_encode(c->points[i], utf8);
  return bytes;
}

static void draw(characters *c, ink_random *random, uint32_t letters) {
  static const uint32_t alphabet[] = {'a', 0xe9, 0x3042, 0x1f600, 0};
  c->count = 1 + ink_random_below(random, CHARACTERS);
  c->utf8.size = 0;
  for (size_t i = 0; i < c->count; i++) {
    char utf8[4];
    c->points[i] = alphabet[ink_random_below(random, letters)];
    ink_buffer_append(&c->utf8, utf8, ink_utf8_encode(c->points[i], utf8));
  }
}

static void test_against_search(void) {
  ink_random random;
  ink_random_seed(&random, 4, 1);
  characters text = {.count = 0}, source = {.count = 0};
  ink_error error;
  for (int round = 0; round < 600; round++) {
    uint32_t letters = 1 + ink_random_below(&random, 5);
    draw(&text, &random, letters);
    draw(&source, &random, letters);
    size_t longest = 0, at = 0, spans = 0, found = 0;
    for (size_t i = 0; i < text.count; i++) {
      size_t most = 0;
      for (size_t j = 0; j < source.count; j++) {
        size_t n = 0;
        while (i + n < text.count && j + n < source.count &&
               text.points[i + n] == source.points[j + n])
          n++;
        if (n > most) most = n;
      }
      if (most > longest) {
        longest = most;
        at = i;
      }
      if (i + 8 <= text.count) spans++;
      if (most >= 8) found++;
    }
    ink_overlap o;
    CHECK_OK(ink_novelty(text.utf8.bytes, text.utf8.size, source.utf8.bytes, source.utf8.size, &o,
                         &error));
    CHECK(o.longest == (double)longest && o.spans == (double)spans &&
          o.spans_found == (double)found);
    CHECK(o.longest_at == (double)bytes_of(&text, 0, at));
    CHECK(o.longest_bytes == (double)bytes_of(&text, at, longest));
  }
  ink_buffer_free(&text.utf8);
  ink_buffer_free(&source.utf8);
}

/* What takes a square of its length when done simply: one character, and words that repeat
 * themselves as Fibonacci's do. */
static void test_long(void) {
  enum { LONG = 300000 };
  char *text = malloc(LONG), *source = malloc(LONG);
  CHECK(text != NULL && source != NULL);
  memset(text, 'a', LONG);
  memset(source, 'a', LONG);
  ink_overlap o;
  ink_error error;
  CHECK_OK(ink_novelty(text, LONG, source, LONG - 1, &o, &error));
  CHECK(o.longest == LONG - 1 && o.spans_found == LONG - 7);
  size_t before = 1, length = 2;
  memcpy(source, "ab", 2);
  while (length + before <= LONG) {
    memcpy(source + length, source, before);
    size_t sum = length + before;
    before = length;
    length = sum;
  }
  CHECK_OK(ink_novelty(source + 1000, length - 1000, source, length, &o, &error));
  CHECK(o.longest == (double)(length - 1000) && o.longest_at == 0);
  free(text);
  free(source);
}

int main(void) {
  test_suffixes();
  test_known();
  test_errors();
  test_against_search();
  test_long();
  return 0;
}
