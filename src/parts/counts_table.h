/*
 * How a table of n-grams lies in memory: see counts.h for what it says.
 *
 * Contexts are a tree that is read backwards in the text: the empty one is the root, and a child is
 * longer by one older token. Level k has the contexts of k tokens, and the pairs of a context and a
 * token after it.
 */
#ifndef INK_PARTS_COUNTS_TABLE_H
#define INK_PARTS_COUNTS_TABLE_H

#include <stdbool.h>

#include "parts/counts.h"

/* Of a context: T(h), the sum of its c(h w), and M(h), what is taken from them. */
typedef struct ink_counts_sums {
  double total, mass;
} ink_counts_sums;

/* The contexts of k tokens, those with the same newest tokens side by side. */
typedef struct ink_counts_level {
  uint32_t contexts, pairs;
  void *oldest;          /* [contexts] tokens: the k-th newest; ascending among children of one */
  uint32_t *children;    /* [contexts + 1]: where its children begin in the next level, if there is
                       * one */
  uint32_t *after;       /* [contexts + 1]: where its pairs begin */
  uint32_t *rest;        /* [contexts]: the sum of the c(h v) that were pruned; NULL: nothing was */
  ink_counts_sums *sums; /* [contexts], or NULL: they are made when they are asked for */
  void *next;            /* [pairs] tokens: w, ascending within a context */
  uint32_t *count;       /* [pairs]: c(h w), 1 or more */
  double discount[4];    /* D(c), the last for every c >= 3 */
} ink_counts_level;

struct ink_counts {
  uint32_t order;
  size_t vocabulary;
  unsigned width; /* bytes of a token: 1, 2 or 4 */
  bool pruned;    /* some `rest` is not 0 */
  ink_counts_level levels[INK_COUNTS_ORDER_MAX];
  float *first; /* [vocabulary]: p(w) after the empty context */
};

/* The narrowest width that holds every token, and one more: the start of a text. */
static inline unsigned ink_counts_width(size_t vocabulary) {
  return vocabulary <= UINT8_MAX ? 1 : vocabulary <= UINT16_MAX ? 2 : 4;
}

static inline uint32_t ink_counts_token(const void *tokens, unsigned width, size_t i) {
  if (width == 1) return ((const uint8_t *)tokens)[i];
  return width == 2 ? ((const uint16_t *)tokens)[i] : ((const uint32_t *)tokens)[i];
}

void ink_counts_put_token(void *tokens, unsigned width, size_t i, uint32_t token);

static inline size_t ink_counts_class(uint32_t count) { return count < 3 ? count : 3; }

/* Where `token` is in tokens[from .. to), which ascend; `to` when it is not there. */
uint32_t ink_counts_find(const void *tokens, unsigned width, uint32_t from, uint32_t to,
                         uint32_t token);

/* Memory for the contexts and pairs of a level of a file, `children` and `after` with the 0 they
 * begin with. False when it is short. */
bool ink_counts_allocate(ink_counts_level *level, unsigned width);

/* Makes `pruned`, `sums` and `first`, when all the rest is there. */
bool ink_counts_finish(ink_counts *counts);

#endif
