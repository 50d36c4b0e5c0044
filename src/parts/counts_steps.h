/*
 * From a context to the next one in the text. Reading w after context x of k tokens gives x w, of
 * k + 1: a pair of level k leads to a context of level k + 1, unless that is not in the table. So
 * the contexts that are possible at a level are known from the pairs of the one before.
 */
#ifndef INK_PARTS_COUNTS_STEPS_H
#define INK_PARTS_COUNTS_STEPS_H

#include "parts/counts_table.h"

#define INK_COUNTS_NONE UINT32_MAX

/* What the children of the contexts of one level may come from: of context h steps
 * starts[h] .. starts[h + 1], in the order of the children. */
typedef struct ink_counts_steps {
  uint32_t *starts; /* [contexts + 1] */
  uint32_t *pairs;  /* [steps]: the pair, of the same level */
  void *oldest;     /* [steps] tokens: the oldest of the child */
} ink_counts_steps;

/* Of level k, all of whose contexts and pairs are there. reached [pairs of level k - 1]: the
 * context of level k that each of them leads to, or INK_COUNTS_NONE; not read at level 0. False
 * when memory is short. */
bool ink_counts_steps_new(const ink_counts *counts, uint32_t k, const uint32_t *reached,
                          ink_counts_steps *steps);
void ink_counts_steps_free(ink_counts_steps *steps);

#endif
