/*
 * From a context to the next one in the text. Reading w after context x of k tokens gives x w, of
 * k + 1: a pair of level k leads to a context of level k + 1, unless that is not in the table. So
 * the contexts that are possible at a level are known from the pairs of the one before.
 */
#ifndef INK_PARTS_COUNTS_STEPS_H
#define INK_PARTS_COUNTS_STEPS_H

#include "parts/counts_table.h"

#define INK_COUNTS_NONE UINT32_MAX

/* What the children of the contexts of one level may come from: of context h the pairs
 * pairs[starts[h] .. starts[h + 1]) of the same level, in the order of the children, and the
 * contexts `owners` that have them. The oldest token of an owner is that of the child; of the
 * empty context's children the token of the pair is. */
typedef struct ink_counts_steps {
  uint32_t *starts; /* [contexts + 1] */
  uint32_t *pairs, *owners;
} ink_counts_steps;

/* Of level k, all of whose contexts and pairs are there. reached [pairs of level k - 1]: the
 * context of level k that each of them leads to, or INK_COUNTS_NONE; not read at level 0. False
 * when memory is short. */
bool ink_counts_steps_new(const ink_counts *counts, uint32_t k, const uint32_t *reached,
                          ink_counts_steps *steps);
void ink_counts_steps_free(ink_counts_steps *steps);

/* The oldest token of the child that step i of level k leads to. */
static inline uint32_t ink_counts_step_token(const ink_counts *counts, uint32_t k,
                                             const ink_counts_steps *steps, uint32_t i) {
  const ink_counts_level *level = &counts->levels[k];
  return k == 0 ? ink_counts_token(level->next, counts->width, steps->pairs[i])
                : ink_counts_token(level->oldest, counts->width, steps->owners[i]);
}

#endif
