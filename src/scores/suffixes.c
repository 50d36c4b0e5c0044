/*
 * Suffixes sorted in linear time by induction (G. Nong, S. Zhang and W. H. Chan, "Two efficient
 * algorithms for linear time suffix array construction", IEEE Transactions on Computers 60, 2011).
 *
 * A suffix is small when it is less than the next one, else large; a seed is a small one whose
 * predecessor is large. Sorted seeds give all the large suffixes in one pass forward and the small
 * ones in one pass backward, because a suffix, less its first symbol, is one that has its place
 * already. The seeds are sorted by the same means: as substrings from seed to seed, which are named
 * in order, and, when two have one name, as the suffixes of the sequence of names.
 */
#include "scores/suffixes.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX /* no suffix yet */

typedef struct suffixes {
  const uint32_t *symbols; /* [size] */
  size_t size, symbol_count;
  bool *small;       /* [size] */
  uint32_t *buckets; /* [symbol_count]: a bucket is the suffixes that begin with one symbol */
  uint32_t *sorted;  /* [size] */
} suffixes;

static bool is_seed(const suffixes *s, size_t at) {
  return at > 0 && s->small[at] && !s->small[at - 1];
}

/* Where the buckets begin, or end. */
static void set_buckets(const suffixes *s, bool ends) {
  memset(s->buckets, 0, s->symbol_count * sizeof *s->buckets);
  for (size_t i = 0; i < s->size; i++) s->buckets[s->symbols[i]]++;
  uint32_t sum = 0;
  for (size_t c = 0; c < s->symbol_count; c++) {
    uint32_t count = s->buckets[c];
    s->buckets[c] = ends ? sum + count : sum;
    sum += count;
  }
}

static void clear(uint32_t *array, size_t count) {
  for (size_t i = 0; i < count; i++) array[i] = NONE;
}

/* From the seeds, at the ends of their buckets and all else NONE, to all suffixes. */
static void induce(const suffixes *s) {
  set_buckets(s, false);
  for (size_t i = 0; i < s->size; i++) {
    uint32_t at = s->sorted[i];
    if (at == NONE || at == 0 || s->small[at - 1]) continue;
    s->sorted[s->buckets[s->symbols[at - 1]]++] = at - 1;
  }
  set_buckets(s, true);
  for (size_t i = s->size; i > 0; i--) {
    uint32_t at = s->sorted[i - 1];
    if (at == NONE || at == 0 || !s->small[at - 1]) continue;
    s->sorted[--s->buckets[s->symbols[at - 1]]] = at - 1;
  }
}

/* Whether the substrings that begin at seeds a and b, to the next seed, are the same. */
static bool same_substring(const suffixes *s, size_t a, size_t b) {
  for (size_t i = 0;; i++) {
    if (s->symbols[a + i] != s->symbols[b + i] || s->small[a + i] != s->small[b + i]) return false;
    if (i == 0) continue;
    bool ends_a = is_seed(s, a + i), ends_b = is_seed(s, b + i);
    if (ends_a || ends_b) return ends_a && ends_b;
  }
}

/* Names the substrings, which `sorted` [0 .. seeds) has in order: equal ones by one name. The names
 * stand at the end of `sorted` in the order of the text. Returns how many different ones there
 * are. */
static size_t name_substrings(const suffixes *s, size_t seeds) {
  /* No two seeds are neighbours, so that half a position is a place of its own. */
  uint32_t *names = s->sorted + seeds;
  clear(names, s->size - seeds);
  size_t distinct = 0;
  for (size_t i = 0; i < seeds; i++) {
    if (i == 0 || !same_substring(s, s->sorted[i - 1], s->sorted[i])) distinct++;
    names[s->sorted[i] / 2] = (uint32_t)(distinct - 1);
  }
  size_t to = s->size;
  for (size_t i = s->size; i > seeds; i--) {
    if (s->sorted[i - 1] != NONE) s->sorted[--to] = s->sorted[i - 1];
  }
  return distinct;
}

/* Puts the seeds, in the order of sorted [0 .. seeds), at the ends of their buckets. */
static void place_seeds(const suffixes *s, size_t seeds) {
  set_buckets(s, true);
  clear(s->sorted + seeds, s->size - seeds);
  for (size_t i = seeds; i > 0; i--) {
    uint32_t at = s->sorted[i - 1];
    s->sorted[i - 1] = NONE;
    s->sorted[--s->buckets[s->symbols[at]]] = at;
  }
}

static bool sort(const suffixes *s) {
  s->small[s->size - 1] = true;
  for (size_t i = s->size - 1; i > 0; i--) {
    uint32_t here = s->symbols[i - 1], next = s->symbols[i];
    s->small[i - 1] = here < next || (here == next && s->small[i]);
  }

  /* Induced from seeds in any order, the substrings come out in order. */
  set_buckets(s, true);
  clear(s->sorted, s->size);
  for (size_t i = 1; i < s->size; i++) {
    if (is_seed(s, i)) s->sorted[--s->buckets[s->symbols[i]]] = (uint32_t)i;
  }
  induce(s);
  size_t seeds = 0;
  for (size_t i = 0; i < s->size; i++) {
    if (is_seed(s, s->sorted[i])) s->sorted[seeds++] = s->sorted[i];
  }

  size_t distinct = name_substrings(s, seeds);
  uint32_t *names = s->sorted + (s->size - seeds);
  if (distinct == seeds) {
    for (size_t i = 0; i < seeds; i++) s->sorted[names[i]] = (uint32_t)i;
  } else if (!ink_suffixes_sort(names, seeds, distinct, s->sorted)) {
    return false;
  }
  /* From the number of a seed to its position. */
  size_t seed = 0;
  for (size_t i = 1; i < s->size; i++) {
    if (is_seed(s, i)) names[seed++] = (uint32_t)i;
  }
  for (size_t i = 0; i < seeds; i++) s->sorted[i] = names[s->sorted[i]];
  place_seeds(s, seeds);
  induce(s);
  return true;
}

bool ink_suffixes_sort(const uint32_t *symbols, size_t size, size_t symbol_count,
                       uint32_t *sorted) {
  if (size == 1) {
    sorted[0] = 0;
    return true;
  }
  suffixes s = {symbols, size, symbol_count, NULL, NULL, sorted};
  s.small = malloc(size * sizeof *s.small);
  s.buckets = calloc(symbol_count, sizeof *s.buckets);
  bool done = s.small != NULL && s.buckets != NULL && sort(&s);
  free(s.small);
  free(s.buckets);
  return done;
}
