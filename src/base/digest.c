/*
 * A digest: over the words of eight bytes, little-endian, the last filled up with zeros,
 *   s = p ^ p >> 32,  p = (s ^ word) * M
 * from s = size on. With M odd this is a permutation of s for every word and of words for every s:
 * one word that differs makes another digest for certain. M is SplitMix64's first factor.
 */
#include "base/digest.h"

#include <string.h>

#include "base/print.h"

enum { WORD = 8 };

uint64_t ink_digest(const uint8_t *bytes, size_t size) {
  uint64_t sum = size, word;
  for (size_t at = 0; at < size; at += WORD) {
    if (size - at >= WORD) {
      memcpy(&word, bytes + at, WORD); /* little-endian, as models are read and written */
    } else {
      word = 0;
      memcpy(&word, bytes + at, size - at);
    }
    sum = (sum ^ word) * 0xbf58476d1ce4e5b9u;
    sum ^= sum >> 32;
  }
  return sum;
}

void ink_digest_text(uint64_t digest, char text[INK_DIGEST_TEXT + 1]) {
  ink_snprintf(text, INK_DIGEST_TEXT + 1, INK_DIGEST_PREFIX "%08x%08x", (unsigned)(digest >> 32),
               (unsigned)(digest & 0xffffffffu));
}
