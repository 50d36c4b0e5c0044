/*
 * Fuzzing vocabularies: any bytes are tokens or an error, and what is one reads any text.
 */
#include "fuzz.h"
#include "text/vocabulary.h"

static void read(const ink_vocabulary *vocabulary, const char *text, size_t size) {
  ink_error error;
  ink_lacks lacks;
  uint32_t *ids;
  size_t count;
  for (int unknown = 0; unknown <= INK_UNKNOWN_NEAREST; unknown++) {
    ink_status status =
        ink_vocabulary_encode(vocabulary, text, size, (ink_unknown)unknown, &ids, &count, &error);
    fuzz_agree(status, &error);
    if (status != INK_OK) continue;
    for (size_t i = 0; i < count; i++) {
      if (ids[i] >= ink_vocabulary_count(vocabulary)) abort();
    }
    free(ids);
  }
  fuzz_agree(ink_vocabulary_lacks(vocabulary, text, size, &lacks, &error), &error);
  char *reading;
  fuzz_agree(ink_vocabulary_reading(vocabulary, text, size, &reading, &count, &error), &error);
  free(reading);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  /* Up to the last NUL the vocabulary, behind it a text. */
  size_t tokens = size;
  while (tokens > 0 && bytes[tokens - 1] != '\0') tokens--;
  for (int level = 0; level < 2; level++) {
    ink_vocabulary *vocabulary;
    ink_error error;
    ink_status status = ink_vocabulary_from_tokens((const char *)bytes, tokens, (ink_level)level,
                                                   &vocabulary, &error);
    fuzz_agree(status, &error);
    if (status == INK_OK) read(vocabulary, (const char *)bytes + tokens, size - tokens);
    if (status == INK_OK) read(vocabulary, fuzz_text, sizeof fuzz_text - 1);
    ink_vocabulary_free(vocabulary);
  }
  return 0;
}
