/*
 * Rows of n-grams. See bag.h.
 */
#include "layers/bag.h"

#include "base/random.h"
#include "base/size.h"

size_t ink_bag_rows(const ink_bag *bag, const uint32_t *tokens, size_t count,
                    size_t rows[INK_BAG_ORDER_MAX]) {
  size_t longest = ink_size_min(count, bag->order);
  uint64_t hash = 0;
  for (size_t n = 0; n < longest; n++) {
    uint32_t token = tokens[count - 1 - n];
    hash = ink_random_mix(hash ^ (token + (uint64_t)1));
    if (n > 0) {
      rows[n] = bag->vocabulary + (size_t)(hash % (bag->rows - bag->vocabulary));
    } else {
      rows[n] = token == bag->vocabulary ? bag->rows : token;
    }
  }
  return longest;
}
