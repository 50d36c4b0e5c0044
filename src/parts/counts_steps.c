/*
 * The possible children of every context of a level. See counts_steps.h.
 *
 * Pair (x, w), where x is u q with oldest token u, leads to u q w, a child of q w, which pair
 * (q, w) of the level before leads to; and q is the parent of x.
 */
#include "parts/counts_steps.h"

#include <stdlib.h>
#include <string.h>

/* Calls for every pair, in order: h is the context whose child it leads to. Two passes, the first
 * of which counts. */
static void go_over(const ink_counts *counts, uint32_t k, const uint32_t *reached,
                    ink_counts_steps *steps, bool storing) {
  const ink_counts_level *level = &counts->levels[k], *shorter = level - 1;
  for (uint32_t q = 0; q < shorter->contexts; q++) {
    for (uint32_t x = shorter->children[q]; x < shorter->children[q + 1]; x++) {
      uint32_t from = shorter->after[q], end = shorter->after[q + 1];
      for (uint32_t i = level->after[x]; i < level->after[x + 1]; i++) {
        uint32_t w = ink_counts_token(level->next, counts->width, i);
        uint32_t pair = ink_counts_find(shorter->next, counts->width, from, end, w);
        if (pair == end) continue;
        from = pair + 1;
        uint32_t h = reached[pair];
        if (h == INK_COUNTS_NONE) continue;
        if (storing) {
          steps->pairs[steps->starts[h]] = i;
          uint32_t oldest = ink_counts_token(level->oldest, counts->width, x);
          ink_counts_put_token(steps->oldest, counts->width, steps->starts[h], oldest);
        }
        steps->starts[h]++;
      }
    }
  }
}

static void step_from_root(const ink_counts *counts, ink_counts_steps *steps) {
  const ink_counts_level *root = &counts->levels[0];
  for (uint32_t i = 0; i < root->pairs; i++) steps->pairs[i] = i;
  memcpy(steps->oldest, root->next, (size_t)root->pairs * counts->width);
  steps->starts[1] = root->pairs;
}

bool ink_counts_steps_new(const ink_counts *counts, uint32_t k, const uint32_t *reached,
                          ink_counts_steps *steps) {
  const ink_counts_level *level = &counts->levels[k];
  steps->starts = calloc((size_t)level->contexts + 2, sizeof *steps->starts);
  steps->pairs = calloc((size_t)level->pairs + 1, sizeof *steps->pairs);
  steps->oldest = calloc((size_t)level->pairs + 1, counts->width);
  if (steps->starts == NULL || steps->pairs == NULL || steps->oldest == NULL) {
    ink_counts_steps_free(steps);
    return false;
  }
  if (k == 0) {
    step_from_root(counts, steps);
    return true;
  }
  steps->starts += 2; /* counted at h + 2, so that they are where h starts at h + 1 */
  go_over(counts, k, reached, steps, false);
  steps->starts--;
  for (uint32_t h = 1; h <= level->contexts; h++) steps->starts[h] += steps->starts[h - 1];
  go_over(counts, k, reached, steps, true);
  steps->starts--;
  return true;
}

void ink_counts_steps_free(ink_counts_steps *steps) {
  free(steps->starts);
  free(steps->pairs);
  free(steps->oldest);
  *steps = (ink_counts_steps){0};
}
