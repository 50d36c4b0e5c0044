/*
 * Bits coded by their probability, adaptively (G. N. N. Martin, "Range encoding", 1979; the carry
 * as in I. Pavlov's LZMA): one function both ways, so that what writes a file and what reads it is
 * the same code.
 */
#ifndef INK_BASE_RANGE_CODER_H
#define INK_BASE_RANGE_CODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* What is known of one kind of bit: the probability that it is 0, of 65536, as a quick and a slow
 * average say. */
typedef struct ink_bit_model {
  uint16_t quick, slow;
} ink_bit_model;

/* Sets models [count] to an even chance. */
void ink_bit_models_reset(ink_bit_model *models, size_t count);

typedef struct ink_range_coder {
  ink_buffer *to; /* of a writer; NULL: it reads */
  const uint8_t *bytes;
  size_t size, at;
  bool short_of_bytes; /* a reader came to the end too early, and goes on with zeros */
  uint64_t low;
  uint32_t range, code;
  uint8_t held;       /* the last byte, which a carry may still reach, */
  uint64_t held_more; /* and how many came with it: all but one are 255 */
} ink_range_coder;

void ink_range_write(ink_range_coder *coder, ink_buffer *to);
void ink_range_read(ink_range_coder *coder, const uint8_t *bytes, size_t size);

/* A build that only generates writes none. */
static inline bool ink_range_reads(const ink_range_coder *coder) {
#ifdef INK_GENERATE_ONLY
  (void)coder;
  return true;
#else
  return coder->to == NULL;
#endif
}

/* Writes `bit` and returns it, or reads it. */
bool ink_range_bit(ink_range_coder *coder, ink_bit_model *model, bool bit);

/* The last bytes of a writer. */
void ink_range_end(ink_range_coder *coder);

/* Whether a reader has read just the bytes that there were. */
static inline bool ink_range_read_all(const ink_range_coder *coder) {
  return !coder->short_of_bytes && coder->at == coder->size;
}

#endif
