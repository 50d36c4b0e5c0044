/* Long texts: read piece by piece, kept in as few bytes a token as will do, in bounded memory. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "check.h"
#include "inkling_text.h"
#include "text/tokens.h"

enum { LONG = 3 << 20 };

/* A text of `kinds` different characters in lines, and some marks that compose with letters. */
static ink_buffer make_text(uint32_t kinds, bool marks) {
  ink_buffer text = {0};
  uint32_t x = 1;
  for (uint32_t i = 0; text.size < LONG; i++) {
    x = x * 1664525u + 1013904223u;
    char utf8[4];
    uint32_t c = (kinds > 100 ? 0x4e00 : 0x61) + (i < kinds ? i : (x >> 8) % kinds);
    ink_buffer_append(&text, utf8, ink_utf8_encode(c, utf8));
    if (marks && x >> 24 == 7) ink_buffer_append(&text, "e\xcc\x81", 3);
    if (x >> 26 == 0) ink_buffer_append(&text, "\n", 1);
  }
  return text;
}

/* The tokens are those of the whole text at once, in this many bytes each. */
static void check_kinds(uint32_t kinds, unsigned width) {
  ink_buffer text = make_text(kinds, false);
  ink_vocabulary *vocabulary;
  ink_tokens tokens = {0};
  uint32_t *ids;
  size_t count;
  ink_error error;
  CHECK_OK(ink_vocabulary_from_text(text.bytes, text.size, &vocabulary, &error));
  size_t half = text.size / 2; /* which may be within a character: on to the end of a line */
  while (text.bytes[half - 1] != '\n') half++;
  CHECK_OK(ink_tokens_add(vocabulary, text.bytes, half, INK_UNKNOWN_FAILS, &tokens, &error));
  CHECK_OK(ink_tokens_add(vocabulary, text.bytes + half, text.size - half, INK_UNKNOWN_FAILS,
                          &tokens, &error));
  CHECK_OK(ink_vocabulary_encode(vocabulary, text.bytes, text.size, 0, &ids, &count, &error));
  CHECK(tokens.width == width && tokens.count == count);
  size_t same = 0;
  for (size_t i = 0; i < count; i++) same += ink_tokens_at(&tokens, i) == ids[i];
  CHECK(same == count);
  uint32_t *copy = ink_tokens_copy(&tokens, count / 2, 100);
  CHECK(copy != NULL && memcmp(copy, ids + count / 2, 400) == 0);
  free(copy);
  free(ids);
  ink_tokens_free(&tokens);
  ink_vocabulary_free(vocabulary);
  ink_buffer_free(&text);
}

/* Each line composed by itself is that line of the text composed. */
static void check_composed(void) {
  ink_buffer text = make_text(26, true);
  ink_text whole;
  ink_error error;
  CHECK_OK(ink_text_open(text.bytes, text.size, 0, &whole, &error));
  CHECK(whole.owned != NULL && whole.bytes < text.size);
  size_t at = 0, to = 0, lines = 0, same = 0;
  ink_pair from = {0}, line = {0};
  for (; ink_line_next(text.bytes, text.size, &at, &from); lines++) {
    ink_text alone;
    CHECK_OK(ink_text_open(from.right, from.right_bytes, 0, &alone, &error));
    CHECK(ink_line_next(whole.text, whole.bytes, &to, &line));
    same += alone.bytes == line.right_bytes && memcmp(alone.text, line.right, alone.bytes) == 0;
    ink_text_close(&alone);
  }
  CHECK(lines > 1000 && same == lines && to >= whole.bytes);
  ink_text_close(&whole);
  ink_buffer_free(&text);
}

/* A sanitizer takes memory of its own. GCC says so by a macro, Clang by a feature. */
#ifdef __has_feature
#define SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#if !SANITIZED
static double most_memory(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * (double)usage.ru_maxrss;
}

/* A trainer takes a byte for each of a text of bytes, beside some megabytes while it reads. */
static void check_memory(void) {
  ink_buffer text = {0};
  for (int i = 0; i < 8; i++) {
    ink_buffer part = make_text(90, false);
    ink_buffer_append(&text, part.bytes, part.size);
    ink_buffer_free(&part);
  }
  ink_train_options options;
  ink_train_options_default(&options);
  options.hidden = 8;
  const ink_material material = {.text = text.bytes, .bytes = text.size};
  ink_trainer *trainer;
  ink_error error;
  double before = most_memory();
  CHECK_OK(ink_trainer_new(&options, &material, &trainer, &error));
  double took = most_memory() - before;
  CHECK(took < 1.1 * (double)text.size + 24e6);
  CHECK((double)ink_trainer_bytes(trainer) > (double)text.size / 2);
  ink_trainer_free(trainer);
  ink_buffer_free(&text);
}
#endif

int main(void) {
#if !SANITIZED
  check_memory(); /* first, for it is the most of all */
#endif
  check_kinds(26, 1);
  check_kinds(3000, 2);
  check_composed();
  return 0;
}
