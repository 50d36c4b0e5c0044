/*
 * The door for text: line ends, byte order marks, composed characters, encodings, fields, and what
 * a vocabulary lacks.
 */
#include "inkling_text.h"

#include <stdbool.h>

#include "check.h"
#include "text/vocabulary.h"

/* The text as it is opened, NUL-ended; valid until the next call. */
static const char *opened(const char *text, unsigned keep) {
  static char copy[256];
  ink_error error;
  ink_text t;
  CHECK_OK(ink_text_open(text, strlen(text), keep, &t, &error));
  CHECK(t.bytes < sizeof copy);
  memcpy(copy, t.text, t.bytes);
  copy[t.bytes] = '\0';
  ink_text_close(&t);
  return copy;
}

static void test_line_ends_and_mark(void) {
  CHECK_TEXT(opened("a\nb", 0), "a\nb");
  CHECK_TEXT(opened("a\r\nb\r\n", 0), "a\nb\n");
  CHECK_TEXT(opened("a\rb\r", 0), "a\nb\n");
  CHECK_TEXT(opened("\r\r\n\n\r", 0), "\n\n\n\n");
  CHECK_TEXT(opened("a\r\nb", INK_KEEP_CR), "a\r\nb");
  CHECK_TEXT(opened("\ufeffa\ufeff", 0), "a\ufeff");
  CHECK_TEXT(opened("\ufeffa", INK_KEEP_MARK), "\ufeffa");
  CHECK_TEXT(opened("\ufeff", 0), "");
  CHECK_TEXT(opened("", 0), "");
}

static void test_composing(void) {
  CHECK_TEXT(opened("e\u0301te\u0301 C\u0327a", 0), "\u00e9t\u00e9 \u00c7a");
  CHECK_TEXT(opened("\ufeffe\u0301\r\n", 0), "\u00e9\n");
  CHECK_TEXT(opened("\u1112\u1161\u11ab", 0), "\ud55c");
  CHECK_TEXT(opened("\u0958", 0), "\u0915\u093c"); /* which has more bytes composed */
  CHECK_TEXT(opened("\u65e5\u672c x\u0304", 0), "\u65e5\u672c x\u0304");
}

static void test_encodings(void) {
  ink_error error;
  ink_text t;
  CHECK_TEXT(ink_text_encoding("caf\xc3\xa9", 5), "UTF-8");
  CHECK_TEXT(ink_text_encoding("", 0), "UTF-8");
  CHECK_TEXT(ink_text_encoding("caf\xe9", 4), "WINDOWS-1252");
  CHECK_TEXT(ink_text_encoding("d\xe9j\xe0 vu, Andr\xe9\xe9", 15), "WINDOWS-1252");
  const char *russian = "\xf0\xd2\xc9\xd7\xc5\xd4 \xcd\xc9\xd2"; /* KOI8-R */
  CHECK_TEXT(ink_text_encoding(russian, strlen(russian)), INK_ENCODING_UNKNOWN);
  CHECK_TEXT(ink_text_encoding("\xff\xfe"
                               "a\0b\0",
                               6),
             "UTF-16LE");
  CHECK_TEXT(ink_text_encoding("\xfe\xff\0a\0b", 6), "UTF-16BE");
  CHECK_TEXT(ink_text_encoding("a\0b\0c\0", 6), "UTF-16LE");
  CHECK_TEXT(ink_text_encoding("\0a\0b\0c", 6), "UTF-16BE");
  CHECK(ink_text_encoding("\x7f"
                          "ELF\2\1\1\0\0\0",
                          10) == NULL);
  CHECK_FAILS(ink_text_open("caf\xe9 au lait", 12, 0, &t, &error), INK_ERROR_TEXT,
              "not UTF-8 at byte 3: it looks like WINDOWS-1252");
  ink_text_close(&t);
  CHECK_FAILS(ink_text_open("\xff\xfe"
                            "a\0b\0",
                            6, 0, &t, &error),
              INK_ERROR_TEXT, "UTF-16LE");
  ink_text_close(&t);
}

static void test_trim(void) {
  const char *text = "\t \u00a0a b\u3000\r\n";
  size_t bytes = strlen(text);
  ink_text_trim(&text, &bytes);
  CHECK(bytes == 3 && memcmp(text, "a b", 3) == 0);
  text = " \u3000 ";
  bytes = strlen(text);
  ink_text_trim(&text, &bytes);
  CHECK(bytes == 0);
}

static bool is(const char *field, size_t bytes, const char *wanted) {
  return bytes == strlen(wanted) && memcmp(field, wanted, bytes) == 0;
}

static void test_pairs(void) {
  static const char text[] = " a \t b c \n\n  \nd\te\tf\tg\n";
  ink_error error;
  ink_pair *pairs;
  size_t count;
  CHECK_OK(ink_pairs_read(text, strlen(text), "x", &pairs, &count, &error));
  CHECK(count == 2 && pairs[0].line == 1 && pairs[1].line == 4);
  CHECK(is(pairs[0].left, pairs[0].left_bytes, "a") &&
        is(pairs[0].right, pairs[0].right_bytes, "b c") && pairs[0].more_bytes == 0);
  CHECK(is(pairs[1].left, pairs[1].left_bytes, "d") &&
        is(pairs[1].right, pairs[1].right_bytes, "e") &&
        is(pairs[1].more, pairs[1].more_bytes, "f\tg"));
  free(pairs);
  CHECK_OK(ink_lines_read(text, strlen(text), &pairs, &count, &error));
  CHECK(count == 2 && is(pairs[1].right, pairs[1].right_bytes, "d\te\tf\tg"));
  free(pairs);
  CHECK_FAILS(ink_pairs_read("a\tb\nc", 5, "two", &pairs, &count, &error), INK_ERROR_TEXT,
              "line 2 has no tab; lines must be two");
  CHECK_FAILS(ink_pairs_read("a\tb\n\n \tc", 8, "two", &pairs, &count, &error), INK_ERROR_TEXT,
              "line 3 has nothing on one side");
}

/* ---- What a vocabulary lacks ----------------------------------------------------------------- */

/* What a vocabulary of these tokens, with spaces between them, makes of a text, and the note. */
static const char *reads(const char *tokens, ink_level level, const char *text, const char *note) {
  static char written[256];
  char list[256];
  size_t size = strlen(tokens) + 1, count;
  memcpy(list, tokens, size);
  for (size_t i = 0; i < size; i++)
    list[i] = list[i] == ' ' ? '\0' : list[i] == '_' ? ' ' : list[i];
  ink_vocabulary *v;
  ink_error error;
  ink_lacks lacks;
  uint32_t *ids;
  CHECK_OK(ink_vocabulary_from_tokens(list, size, level, &v, &error));
  CHECK_OK(ink_vocabulary_lacks(v, text, strlen(text), &lacks, &error));
  CHECK_TEXT(lacks.note, note);
  CHECK(lacks.folded + lacks.unknown > 0 || *note == '\0');
  CHECK_OK(ink_vocabulary_encode(v, text, strlen(text), INK_UNKNOWN_SKIPPED, &ids, &count, &error));
  CHECK(count == lacks.tokens);
  written[0] = '\0';
  for (size_t i = 0; i < count; i++) {
    if (i > 0 && level == INK_LEVEL_WORD) strcat(written, "|");
    strcat(written, ink_vocabulary_token(v, ids[i]));
  }
  free(ids);
  ink_vocabulary_free(v);
  return written;
}

static void test_look_alikes_of_characters(void) {
  const ink_level chars = INK_LEVEL_CHAR;
  CHECK_TEXT(reads("a '", chars, "a\u2019a", "read \u2019 as '"), "a'a");
  CHECK_TEXT(reads("a \u2019", chars, "a'a", "read ' as \u2019"), "a\u2019a");
  CHECK_TEXT(reads("a _", chars, "a\na", "read white space as a space"), "a a");
  CHECK_TEXT(reads("a \n", chars, "a a", "the model has never seen a space (U+0020)"), "aa");
  CHECK_TEXT(reads("a ' \u2019", chars, "'\u2019", ""), "'\u2019");
  CHECK_TEXT(reads("a \"", chars, "\u201ca\u201d", "read \u201c as \", \u201d as \""), "\"a\"");
  CHECK_TEXT(reads("a -", chars, "a\u2014a\u2013a", "read \u2014 as -, \u2013 as -"), "a--a-a");
  CHECK_TEXT(reads("a .", chars, "a\u2026", "read \u2026 as ."), "a...");
  CHECK_TEXT(reads("a _", chars, "a\u00a0a", "read white space as a space"), "a a");
  CHECK_TEXT(reads("a", chars, "\uff21\uff41", "read \uff21 as a, \uff41 as a"), "aa");
  CHECK_TEXT(reads("A \u00e9", chars, "a\u00c9", "read a as A, \u00c9 as \u00e9"), "A\u00e9");
  CHECK_TEXT(reads("e \u0301", chars, "\u00e9", "read \u00e9 as e"), "e\u0301");
  CHECK_TEXT(reads("a", chars, "\r\na\ufeff",
                   "the model has never seen a line break (U+000A), \ufeff (U+FEFF)"),
             "a");
  CHECK_TEXT(
      reads("a '", chars, "\u2019z", "read \u2019 as '; the model has never seen z (U+007A)"), "'");
}

static void test_look_alikes_of_words(void) {
  const ink_level words = INK_LEVEL_WORD;
  CHECK_TEXT(reads("Don't go .", words, "Don\u2019t go.", "read Don\u2019t as Don't"),
             "Don't|go|.");
  CHECK_TEXT(reads("don\u2019t go", words, "DON'T go", "read DON'T as don\u2019t"),
             "don\u2019t|go");
  CHECK_TEXT(reads("go -- ...", words, "go\u2014go\u2026", "read \u2014 as --, \u2026 as ..."),
             "go|--|go|...");
  CHECK_TEXT(
      reads("go <unk>", words, "GO neural networks", "the model has never seen neural, networks"),
      "go");
  CHECK_TEXT(reads("go", words, "GO Go go", ""), "go|go|go"); /* another case needs no word */
  /* What there is no room for is left out, not cut. */
  reads("one\u2019n go <unk>", words,
        "one'n two-hundred seventeen-thousand eighteen-thousand nineteen-thousand "
        "twenty-thousand thirty-thousand",
        "read one'n as one\u2019n; the model has never seen two-hundred, seventeen-thousand, "
        "eighteen-thousand, nineteen-thousand, twenty-thousand, thirty-thousand");
  reads("don't go <unk>", words,
        "don\u2019t five-hundred-thousandths four-hundred-thousandths "
        "nine-hundred-thousandths one-hundred-thousandths two-hundred-thousandths "
        "six-hundred-thousandths ten-hundred-thousandths fifty-hundred-thousands",
        "read don\u2019t as don't; the model has never seen five-hundred-thousandths, "
        "four-hundred-thousandths, nine-hundred-thousandths, one-hundred-thousandths, "
        "two-hundred-thousandths, six-hundred-thousandths, ten-hundred-thousandths and others");
}

int main(void) {
  test_line_ends_and_mark();
  test_composing();
  test_encodings();
  test_trim();
  test_pairs();
  test_look_alikes_of_characters();
  test_look_alikes_of_words();
  return 0;
}
