/*
 * A range coder. See range_coder.h.
 *
 * Of an interval [low, low + range) each bit keeps one part, as wide as its probability; whenever
 * the range is below 2^24 the highest byte of low is settled, but for a carry.
 */
#include "base/range_coder.h"

enum { QUICK = 4, SLOW = 7, LEAST_RANGE = 1 << 24 };

void ink_bit_models_reset(ink_bit_model *models, size_t count) {
  for (size_t i = 0; i < count; i++) models[i] = (ink_bit_model){32768, 32768};
}

void ink_range_write(ink_range_coder *coder, ink_buffer *to) {
  *coder = (ink_range_coder){.to = to, .range = UINT32_MAX, .held_more = 1};
}

static uint8_t next_byte(ink_range_coder *coder) {
  if (coder->at < coder->size) return coder->bytes[coder->at++];
  coder->short_of_bytes = true;
  return 0;
}

void ink_range_read(ink_range_coder *coder, const uint8_t *bytes, size_t size) {
  *coder = (ink_range_coder){.bytes = bytes, .size = size, .range = UINT32_MAX};
  for (int i = 0; i < 5; i++) coder->code = coder->code << 8 | next_byte(coder);
}

/* Settles the highest byte of `low`. */
static void shift(ink_range_coder *coder) {
  if (coder->low < 0xff000000 || coder->low > UINT32_MAX) {
    uint8_t carry = (uint8_t)(coder->low >> 32), byte = (uint8_t)(coder->held + carry);
    for (; coder->held_more > 0; coder->held_more--) {
      ink_buffer_append(coder->to, &byte, 1);
      byte = (uint8_t)(0xff + carry);
    }
    coder->held = (uint8_t)(coder->low >> 24);
  }
  coder->held_more++;
  coder->low = (coder->low & 0xffffff) << 8;
}

bool ink_range_bit(ink_range_coder *coder, ink_bit_model *model, bool bit) {
  uint32_t probability = ((uint32_t)model->quick + model->slow) / 2;
  uint32_t bound = (coder->range >> 16) * probability;
  if (ink_range_reads(coder)) bit = coder->code >= bound;
  if (bit) {
    coder->low += bound;
    coder->code -= bound;
    coder->range -= bound;
    model->quick = (uint16_t)(model->quick - (model->quick >> QUICK));
    model->slow = (uint16_t)(model->slow - (model->slow >> SLOW));
  } else {
    coder->range = bound;
    model->quick = (uint16_t)(model->quick + ((65535 - model->quick) >> QUICK));
    model->slow = (uint16_t)(model->slow + ((65535 - model->slow) >> SLOW));
  }
  while (coder->range < LEAST_RANGE) {
    coder->range <<= 8;
    if (ink_range_reads(coder)) {
      coder->code = coder->code << 8 | next_byte(coder);
    } else {
      shift(coder);
    }
  }
  return bit;
}

void ink_range_end(ink_range_coder *coder) {
  for (int i = 0; i < 5; i++) shift(coder);
}
