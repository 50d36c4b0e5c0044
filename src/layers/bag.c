/*
 * Rows of n-grams and words. See bag.h.
 */
#include "layers/bag.h"

#include "base/random.h"
#include "base/size.h"

static size_t row_of(const ink_bag *bag, uint64_t hash) {
  enum { PROBES = 8, KEYS = (1 << 24) - 1 };
  size_t hashed = bag->rows - bag->vocabulary, at = (size_t)(hash % hashed);
  if (bag->keys == NULL) return bag->vocabulary + at;
  float key = (float)(1 + (hash >> 40) % KEYS); /* exact */
  for (int probe = 0; probe < PROBES; probe++) {
    if (bag->keys[at] == 0 && bag->claims) bag->keys[at] = key;
    if (bag->keys[at] == key) return bag->vocabulary + at;
    if (bag->keys[at] == 0) break;
    at = at + 1 < hashed ? at + 1 : 0;
  }
  return bag->rows;
}

/* The row of the word that ends before the last of the tokens. */
static size_t row_of_word(const ink_bag *bag, const uint32_t *tokens, size_t count) {
  uint64_t hash = UINT64_MAX;
  size_t letters = 0, before = count - 1;
  if (bag->letters[tokens[before]] != 0) return bag->rows;
  while (letters < ink_size_min(before, INK_BAG_LETTERS_MAX)) {
    uint32_t letter = bag->letters[tokens[before - 1 - letters]];
    if (letter == 0) break;
    hash = ink_random_mix(hash ^ letter);
    letters++;
  }
  return letters == 0 ? bag->rows : row_of(bag, hash);
}

void ink_bag_rows(const ink_bag *bag, const uint32_t *tokens, size_t count,
                  size_t rows[INK_BAG_ORDER_MAX + 1]) {
  uint64_t hash = 0;
  for (size_t n = 0; n < bag->order; n++) {
    rows[n] = bag->rows;
    if (n >= count) continue;
    uint32_t token = tokens[count - 1 - n];
    hash = ink_random_mix(hash ^ (token + (uint64_t)1));
    if (n > 0) {
      rows[n] = row_of(bag, hash);
    } else if (token < bag->vocabulary) {
      rows[n] = token;
    }
  }
  if (bag->letters != NULL) rows[bag->order] = row_of_word(bag, tokens, count);
}

size_t ink_bag_reach(const ink_bag *bag, uint32_t id) {
  bool ends = bag->letters != NULL && bag->letters[id] == 0;
  return ends ? INK_BAG_LETTERS_MAX : bag->order - 1;
}
