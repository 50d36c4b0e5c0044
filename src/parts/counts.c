/*
 * Looking up in a table of n-grams. See counts.h for the formulas, counts_table.h for the table.
 *
 * A distribution is made from the longest context down: `weight`, 1 at first, is the product of the
 * M(h) / T(h) so far, each pair adds weight (c - D(c)) / T(h), and what is left of it at the empty
 * context is shared out by the distribution there, which was made once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "parts/counts_table.h"

void ink_counts_free(ink_counts *counts) {
  if (counts == NULL) return;
  for (uint32_t k = 0; k < INK_COUNTS_ORDER_MAX; k++) {
    ink_counts_level *level = &counts->levels[k];
    free(level->oldest);
    free(level->children);
    free(level->after);
    free(level->rest);
    free(level->sums);
    free(level->next);
    free(level->count);
  }
  free(counts->first);
  free(counts);
}

uint32_t ink_counts_order(const ink_counts *counts) { return counts->order; }
size_t ink_counts_vocabulary(const ink_counts *counts) { return counts->vocabulary; }

size_t ink_counts_size(const ink_counts *counts) {
  size_t size = 0;
  for (uint32_t k = 0; k < counts->order; k++) size += counts->levels[k].pairs;
  return size;
}

void ink_counts_put_token(void *tokens, unsigned width, size_t i, uint32_t token) {
  if (width == 1) {
    ((uint8_t *)tokens)[i] = (uint8_t)token;
  } else if (width == 2) {
    ((uint16_t *)tokens)[i] = (uint16_t)token;
  } else {
    ((uint32_t *)tokens)[i] = token;
  }
}

uint32_t ink_counts_find(const void *tokens, unsigned width, uint32_t from, uint32_t to,
                         uint32_t token) {
  uint32_t low = from, high = to;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (ink_counts_token(tokens, width, middle) < token) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < to && ink_counts_token(tokens, width, low) == token ? low : to;
}

static void *allocate(size_t count, size_t element) {
  size_t size;
  return ink_size_multiply(count + 1, element, &size) ? calloc(1, size) : NULL;
}

bool ink_counts_allocate(ink_counts_level *level, unsigned width) {
  level->oldest = allocate(level->contexts, width);
  level->children = allocate(level->contexts, sizeof *level->children);
  level->after = allocate(level->contexts, sizeof *level->after);
  level->rest = allocate(level->contexts, sizeof *level->rest);
  level->next = allocate(level->pairs, width);
  level->count = allocate(level->pairs, sizeof *level->count);
  return level->oldest != NULL && level->children != NULL && level->after != NULL &&
         level->rest != NULL && level->next != NULL && level->count != NULL;
}

/* The contexts of all lengths that are in the table, of one place in a text: contexts[k] of level
 * k. */
typedef struct path {
  uint32_t length;
  uint32_t contexts[INK_COUNTS_ORDER_MAX];
} path;

static path find_path(const ink_counts *counts, const uint32_t *context, size_t count) {
  path p = {.length = 1};
  for (; p.length < counts->order && p.length <= count; p.length++) {
    const ink_counts_level *level = &counts->levels[p.length - 1];
    uint32_t parent = p.contexts[p.length - 1], end = level->children[parent + 1];
    uint32_t child = ink_counts_find(counts->levels[p.length].oldest, counts->width,
                                     level->children[parent], end, context[count - p.length]);
    if (child == end) break;
    p.contexts[p.length] = child;
    __builtin_prefetch(&counts->levels[p.length].after[child]);
  }
  return p;
}

/* Of context h of level k. */
static ink_counts_sums sum_up(const ink_counts *counts, uint32_t k, uint32_t h) {
  const ink_counts_level *level = &counts->levels[k];
  uint32_t from = level->after[h], end = level->after[h + 1], ones = 0, twos = 0;
  uint64_t rest = level->rest == NULL ? 0 : level->rest[h], sum = rest;
  for (uint32_t i = from; i < end; i++) {
    uint32_t c = level->count[i];
    sum += c;
    ones += c == 1;
    twos += c == 2;
  }
  double mass = (double)rest + ones * level->discount[1] + twos * level->discount[2] +
                (end - from - ones - twos) * level->discount[3];
  return (ink_counts_sums){(double)sum, mass};
}

static inline ink_counts_sums sums_of(const ink_counts *counts, uint32_t k, uint32_t h) {
  const ink_counts_level *level = &counts->levels[k];
  return level->sums != NULL ? level->sums[h] : sum_up(counts, k, h);
}

/* From the uniform distribution up. A context without counts leaves p as it is. */
double ink_counts_probability(const ink_counts *counts, const uint32_t *context, size_t count,
                              uint32_t id) {
  path way = find_path(counts, context, count);
  double p = 1 / (double)counts->vocabulary;
  for (uint32_t k = 0; k < way.length; k++) {
    const ink_counts_level *level = &counts->levels[k];
    uint32_t h = way.contexts[k], end = level->after[h + 1];
    uint32_t pair = ink_counts_find(level->next, counts->width, level->after[h], end, id);
    uint32_t c = pair == end ? 0 : level->count[pair];
    ink_counts_sums sums = sums_of(counts, k, h);
    double taken = level->discount[ink_counts_class(c)];
    if (sums.total > 0) p = ((double)c - taken + sums.mass * p) / sums.total;
  }
  return p;
}

/* Short contexts are few, have many pairs, and are asked for again and again. */
static bool keep_sums(ink_counts *counts, uint32_t k) {
  enum { FEW = 1 << 16 };
  ink_counts_level *level = &counts->levels[k];
  if (level->contexts > FEW) return true;
  level->sums = allocate(level->contexts, sizeof *level->sums);
  if (level->sums == NULL) return false;
  for (uint32_t h = 0; h < level->contexts; h++) level->sums[h] = sum_up(counts, k, h);
  return true;
}

bool ink_counts_finish(ink_counts *counts) {
  for (uint32_t k = 0; k < counts->order; k++) {
    const ink_counts_level *level = &counts->levels[k];
    for (uint32_t h = 0; level->rest != NULL && h < level->contexts; h++) {
      counts->pruned |= level->rest[h] != 0;
    }
    if (!keep_sums(counts, k)) return false;
  }
  counts->first = allocate(counts->vocabulary, sizeof *counts->first);
  if (counts->first == NULL) return false;
  for (size_t id = 0; id < counts->vocabulary; id++) {
    counts->first[id] = (float)ink_counts_probability(counts, NULL, 0, (uint32_t)id);
  }
  return true;
}

void ink_counts_distribution(const ink_counts *counts, const uint32_t *context, size_t count,
                             float *p) {
  path way = find_path(counts, context, count);
  memset(p, 0, counts->vocabulary * sizeof *p);
  for (uint32_t k = 1; k < way.length; k++) {
    const ink_counts_level *level = &counts->levels[k];
    uint32_t from = level->after[way.contexts[k]];
    __builtin_prefetch(&level->count[from]);
    __builtin_prefetch((const char *)level->next + from * counts->width);
    if (level->sums != NULL) __builtin_prefetch(&level->sums[way.contexts[k]]);
  }
  float weight = 1;
  for (uint32_t k = way.length - 1; k > 0; k--) {
    const ink_counts_level *level = &counts->levels[k];
    uint32_t h = way.contexts[k];
    ink_counts_sums sums = sums_of(counts, k, h);
    if (!(sums.total > 0)) continue;
    float share = (float)((double)weight / sums.total), taken[4] = {0};
    for (int c = 1; c < 4; c++) taken[c] = (float)level->discount[c];
    for (uint32_t i = level->after[h]; i < level->after[h + 1]; i++) {
      uint32_t c = level->count[i];
      p[ink_counts_token(level->next, counts->width, i)] +=
          share * ((float)c - taken[ink_counts_class(c)]);
    }
    weight = (float)((double)weight * sums.mass / sums.total);
  }
  for (size_t id = 0; id < counts->vocabulary; id++) p[id] += weight * counts->first[id];
}

/* ---- Copies ---------------------------------------------------------------------------------- */

bool ink_counts_whole(const ink_counts *counts) { return !counts->pruned; }

/* Whether the text has the last `length` tokens of context [count], by their n-grams of `order` at
 * most, each of which is a pair: its last token after the others. */
static bool is_copy(const ink_counts *counts, const uint32_t *context, size_t count,
                    size_t length) {
  size_t order = ink_size_min(length, counts->order);
  for (size_t ends = count - length + order; ends <= count && order > 0; ends++) {
    const uint32_t *gram = context + ends - order;
    path way = find_path(counts, gram, order - 1);
    if (way.length < order) return false;
    const ink_counts_level *level = &counts->levels[order - 1];
    uint32_t h = way.contexts[order - 1], end = level->after[h + 1];
    uint32_t pair =
        ink_counts_find(level->next, counts->width, level->after[h], end, gram[order - 1]);
    if (pair == end) return false;
  }
  return true;
}

static uint32_t copy_level(const ink_counts *counts, uint32_t most) {
  return most < counts->order ? most : counts->order - 1;
}

void ink_counts_copies(const ink_counts *counts, const uint32_t *context, size_t count,
                       uint32_t most, size_t *from, size_t *end) {
  *from = *end = 0;
  uint32_t k = copy_level(counts, most);
  if (count < most || !is_copy(counts, context, count, most)) return;
  path way = find_path(counts, context + count - k, k);
  if (way.length <= k) return;
  *from = counts->levels[k].after[way.contexts[k]];
  *end = counts->levels[k].after[way.contexts[k] + 1];
}

uint32_t ink_counts_next(const ink_counts *counts, uint32_t most, size_t i) {
  return ink_counts_token(counts->levels[copy_level(counts, most)].next, counts->width, i);
}
