/*
 * A table of n-grams as bytes. What is likely, given what is known already, costs little: on prose
 * half a byte a pair, contexts included. Coded are, level by level and context by context,
 *   of every pair of level k that could lead to a child of context h (counts_steps.h): if it does;
 *   of that child: the sum of what was pruned, then of every pair of h: if the child has it, and if
 *   so its count.
 * The contexts of the models, which make it small:
 *   - a lower count c(h w) says how many children of h have w. `left` is how many are to come;
 *   - c of the pair that leads to a context says how many different tokens precede that context,
 *     so its own counts are no larger, but at the last level.
 * Where h has very many pairs the gaps between those of the child are coded in place of all bits.
 * The same function writes and reads.
 */
#include <stdlib.h>
#include <string.h>

#include "base/range_coder.h"
#include "base/status.h"
#include "parts/counts_steps.h"

enum { BUCKETS = 10, DIGITS = 32, MANY_PAIRS = 128 };

/* 0, 1, 2, 3, 4, 5-6, 7-9, 10-19, 20-63, 64 and more. */
static uint32_t bucket(uint32_t n) {
  if (n < 5) return n;
  return n < 7 ? 5 : n < 10 ? 6 : n < 20 ? 7 : n < 64 ? 8 : 9;
}

/* Numbers: the number of binary digits, one bit after another, then the digits, of which the
 * first ones after the leading 1 have models. */
typedef struct number_models {
  ink_bit_model length[DIGITS + 1], digits[DIGITS + 1][8];
} number_models;

typedef struct level_models {
  ink_bit_model child[BUCKETS][BUCKETS][BUCKETS];
  ink_bit_model pair[BUCKETS][BUCKETS][3][3][4];
  number_models count[BUCKETS][BUCKETS];
  number_models rest, pairs[BUCKETS], gap[BUCKETS];
} level_models;

typedef struct file {
  ink_range_coder coder;
  ink_counts *counts;
  uint32_t contexts[INK_COUNTS_ORDER_MAX], pairs[INK_COUNTS_ORDER_MAX]; /* coded so far */
  uint32_t *left;    /* [pairs of h]: children that have it, to come */
  uint32_t *reached; /* [pairs of the present level] */
  level_models *models;
  bool full; /* there was more than the sizes say */
} file;

static bool reads(const file *f) { return ink_range_reads(&f->coder); }

static uint32_t code_number(file *f, number_models *m, uint32_t n) {
  uint32_t length = 0;
  while (length < DIGITS && ink_range_bit(&f->coder, &m->length[length], n >> length != 0)) {
    length++;
  }
  if (length < 2) return length;
  uint32_t value = 1;
  for (uint32_t i = length - 1; i > 0; i--) {
    ink_bit_model *model = &m->digits[length][value < 8 && length - i <= 2 ? value : 0];
    value = value << 1 | ink_range_bit(&f->coder, model, n >> (i - 1) & 1);
  }
  return value;
}

/* Codes whether pair `from` of the shorter context is one of the child's, and if so its count.
 * False when a reader has no room for it. */
static bool put_pair(file *f, uint32_t k, uint32_t from, uint32_t lead, uint32_t left) {
  ink_counts_level *l = &f->counts->levels[k];
  if (f->pairs[k] == l->pairs) {
    f->full = true;
    return false;
  }
  uint32_t at = f->pairs[k]++;
  number_models *models = &f->models->count[bucket(lead)][bucket(left)];
  uint32_t count = code_number(f, models, reads(f) ? 0 : l->count[at] - 1);
  if (reads(f)) {
    unsigned width = f->counts->width;
    const ink_counts_level *shorter = l - 1;
    uint32_t w = k == 0 ? from : ink_counts_token(shorter->next, width, from);
    ink_counts_put_token(l->next, width, at, w);
    l->count[at] = count + 1;
    if (count == UINT32_MAX) f->full = true;
  }
  return !f->full;
}

/* What the writer has at its place: whether the next pair of level k, before `end`, is that of
 * token w. */
static bool has_pair(const file *f, uint32_t k, uint32_t end, uint32_t w) {
  const ink_counts_level *l = &f->counts->levels[k];
  uint32_t at = f->pairs[k];
  return !reads(f) && at < end && ink_counts_token(l->next, f->counts->width, at) == w;
}

/* The pairs of a child by gaps. `end`: of a writer's pairs. */
static bool code_gaps(file *f, uint32_t k, uint32_t from, uint32_t to, uint32_t end,
                      uint32_t lead) {
  const ink_counts_level *l = &f->counts->levels[k], *shorter = l - 1;
  unsigned width = f->counts->width;
  uint32_t n = code_number(f, &f->models->pairs[bucket(lead)], reads(f) ? 0 : end - f->pairs[k]);
  uint32_t first = from;
  for (; n > 0; n--) {
    uint32_t at = 0;
    if (n > to - from) f->full = true;
    if (f->full) return false;
    if (!reads(f)) {
      uint32_t w = ink_counts_token(l->next, width, f->pairs[k]);
      at = k == 0 ? w : ink_counts_find(shorter->next, width, from, to, w);
    }
    uint32_t gap = code_number(f, &f->models->gap[bucket((to - from) / n / 8)], at - from);
    if (gap >= to - from) f->full = true;
    if (f->full) return false;
    at = from + gap;
    if (!put_pair(f, k, at, lead, k == 0 ? 0 : f->left[at - first])) return false;
    if (k > 0 && f->left[at - first] > 0) f->left[at - first]--;
    from = at + 1;
  }
  return true;
}

/* The pairs of a child, which are among pairs [from .. to) of its parent. `children`: how many
 * more may come after this one. */
static bool code_pairs(file *f, uint32_t k, uint32_t from, uint32_t to, uint32_t end, uint32_t lead,
                       uint32_t children) {
  const ink_counts_level *shorter = &f->counts->levels[k] - 1;
  if (k == 0 || to - from > MANY_PAIRS) return code_gaps(f, k, from, to, end, lead);
  uint32_t found = 0;
  for (uint32_t i = from; i < to; i++) {
    uint32_t *left = &f->left[i - from], ahead = to - i - 1;
    ink_bit_model *model = &f->models->pair[bucket(*left)][bucket(children)][found < 2 ? found : 2]
                                           [ahead < 2 ? ahead : 2][lead < 3 ? lead : 3];
    uint32_t w = ink_counts_token(shorter->next, f->counts->width, i);
    if (!ink_range_bit(&f->coder, model, has_pair(f, k, end, w))) continue;
    if (!put_pair(f, k, i, lead, *left)) return false;
    if (*left > 0) --*left;
    found++;
  }
  return true;
}

/* A child of h, which is of level k - 1; or the empty context, where k is 0. */
static bool code_context(file *f, uint32_t k, uint32_t h, uint32_t oldest, uint32_t lead,
                         uint32_t children) {
  ink_counts_level *l = &f->counts->levels[k];
  if (f->contexts[k] == l->contexts) f->full = true;
  if (f->full) return false;
  uint32_t x = f->contexts[k]++;
  if (reads(f)) {
    ink_counts_put_token(l->oldest, f->counts->width, x, oldest);
    l->after[x] = f->pairs[k];
  }
  bool pruned = !reads(f) && l->rest != NULL;
  uint32_t rest = code_number(f, &f->models->rest, pruned ? l->rest[x] : 0);
  if (reads(f)) l->rest[x] = rest;
  uint32_t from = 0, to = (uint32_t)f->counts->vocabulary, end = l->after[x + 1];
  if (k > 0) {
    from = (l - 1)->after[h];
    to = (l - 1)->after[h + 1];
  }
  if (!code_pairs(f, k, from, to, end, lead, children)) return false;
  if (reads(f)) l->after[x + 1] = f->pairs[k];
  return true;
}

/* The children of context h of level k: steps [from .. to). */
static bool code_children(file *f, uint32_t k, uint32_t h, const ink_counts_steps *steps,
                          uint32_t *next) {
  ink_counts_level *l = &f->counts->levels[k], *longer = l + 1;
  unsigned width = f->counts->width;
  uint32_t from = steps->starts[h], to = steps->starts[h + 1], most = 0;
  memcpy(f->left, l->count + l->after[h], (l->after[h + 1] - l->after[h]) * sizeof *f->left);
  for (uint32_t i = l->after[h]; i < l->after[h + 1]; i++) {
    if (l->count[i] > most) most = l->count[i];
  }
  uint32_t before = f->contexts[k + 1], end = l->children[h + 1];
  for (uint32_t i = from; i < to; i++) {
    uint32_t oldest = ink_counts_token(steps->oldest, width, i);
    uint32_t lead = l->count[steps->pairs[i]], at = f->contexts[k + 1];
    bool is_one = !reads(f) && at < end && ink_counts_token(longer->oldest, width, at) == oldest;
    uint32_t to_come = most > at - before ? most - (at - before) : 0;
    ink_bit_model *model = &f->models->child[bucket(lead)][bucket(to_come)][bucket(to - i - 1)];
    if (!ink_range_bit(&f->coder, model, is_one)) continue;
    next[steps->pairs[i]] = at;
    if (!code_context(f, k + 1, h, oldest, lead, to - i - 1)) return false;
  }
  if (reads(f)) l->children[h + 1] = f->contexts[k + 1];
  return true;
}

static void reset_models(file *f) {
  ink_bit_models_reset((ink_bit_model *)f->models, sizeof *f->models / sizeof(ink_bit_model));
}

/* Whether as many contexts and pairs of level k came as counts.sizes says. */
static bool adds_up(const file *f, uint32_t k) {
  const ink_counts_level *l = &f->counts->levels[k];
  return f->contexts[k] == l->contexts && f->pairs[k] == l->pairs;
}

/* The contexts of level k + 1. *done: memory sufficed. */
static bool code_level(file *f, uint32_t k, bool *done) {
  const ink_counts_level *l = &f->counts->levels[k];
  ink_counts_steps steps = {0};
  uint32_t *next = malloc(((size_t)l->pairs + 1) * sizeof *next);
  *done = next != NULL && ink_counts_steps_new(f->counts, k, f->reached, &steps);
  bool good = *done;
  if (good) memset(next, 0xff, ((size_t)l->pairs + 1) * sizeof *next);
  reset_models(f);
  for (uint32_t h = 0; h < l->contexts && good && !f->coder.short_of_bytes; h++) {
    good = code_children(f, k, h, &steps, next);
  }
  ink_counts_steps_free(&steps);
  free(f->reached);
  f->reached = next;
  return good && adds_up(f, k + 1);
}

/* *done: memory sufficed. Returns whether all was coded. */
static bool code_all(file *f, bool *done) {
  f->models = malloc(sizeof *f->models);
  f->left = calloc(f->counts->vocabulary + 1, sizeof *f->left);
  *done = f->models != NULL && f->left != NULL;
  if (!*done) return false;
  reset_models(f);
  bool good = code_context(f, 0, 0, 0, 0, 0) && adds_up(f, 0);
  for (uint32_t k = 0; k + 1 < f->counts->order && good; k++) good = code_level(f, k, done);
  return good;
}

static void file_free(file *f) {
  free(f->models);
  free(f->left);
  free(f->reached);
}

/* ---- Writing --------------------------------------------------------------------------------- */

ink_status ink_counts_write(const ink_counts *counts, ink_buffer *tree, ink_counts_coded *coded,
                            ink_error *error) {
  ink_counts as_read = *counts; /* a writer changes none of it */
  file f = {.counts = &as_read};
  *coded = (ink_counts_coded){.order = counts->order, .sizes = {(uint32_t)counts->vocabulary}};
  for (uint32_t k = 0; k < counts->order; k++) {
    const ink_counts_level *l = &counts->levels[k];
    coded->sizes[1 + 2 * k] = l->contexts;
    coded->sizes[2 + 2 * k] = l->pairs;
    for (uint32_t c = 1; c <= 3; c++) coded->discounts[3 * k + c - 1] = (float)l->discount[c];
  }
  ink_range_write(&f.coder, tree);
  bool done;
  code_all(&f, &done);
  file_free(&f);
  ink_range_end(&f.coder);
  if (!done || tree->failed) return ink_fail_memory(error);
  coded->tree = (const uint8_t *)tree->bytes;
  coded->tree_size = tree->size;
  return INK_OK;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* What a byte of the tree may stand for: a bit costs 1/632 of one at least, so that a small file
 * cannot ask for much memory. */
enum { MOST_A_BYTE = 8 * 1024 };

static ink_status read_sizes(const ink_counts_coded *coded, ink_counts *counts, ink_error *error) {
  uint64_t most = (uint64_t)coded->tree_size * MOST_A_BYTE;
  if (most >= UINT32_MAX) most = UINT32_MAX - 1;
  for (uint32_t k = 0; k < coded->order; k++) {
    ink_counts_level *l = &counts->levels[k];
    l->contexts = coded->sizes[1 + 2 * k];
    l->pairs = coded->sizes[2 + 2 * k];
    if (l->contexts > most || l->pairs > most || (k == 0 && (l->contexts != 1 || l->pairs == 0))) {
      return ink_fail(error, INK_ERROR_FORMAT,
                      "counts.sizes does not fit counts.tree: %lu contexts of %lu tokens",
                      (unsigned long)l->contexts, (unsigned long)k);
    }
    for (int c = 1; c <= 3; c++) {
      float discount = coded->discounts[3 * k + (uint32_t)c - 1];
      if (!(discount > 0 && discount < (float)c)) {
        return ink_fail(error, INK_ERROR_FORMAT,
                        "counts.discounts has one that is not between 0 and the count %d", c);
      }
      l->discount[c] = (double)discount;
    }
  }
  return INK_OK;
}

static ink_status read_tree(const ink_counts_coded *coded, ink_counts *counts, ink_error *error) {
  file f = {.counts = counts};
  bool done = true;
  for (uint32_t k = 0; k < counts->order && done; k++) {
    done = ink_counts_allocate(&counts->levels[k], counts->width);
  }
  if (!done) return ink_fail_memory(error);
  ink_range_read(&f.coder, coded->tree, coded->tree_size);
  bool good = code_all(&f, &done);
  file_free(&f);
  if (!done) return ink_fail_memory(error);
  if (f.coder.short_of_bytes) return ink_fail(error, INK_ERROR_FORMAT, "counts.tree is cut short");
  if (!good || !ink_range_read_all(&f.coder)) {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "counts.tree does not add up to what counts.sizes says");
  }
  return ink_counts_finish(counts) ? INK_OK : ink_fail_memory(error);
}

ink_status ink_counts_read(const ink_counts_coded *coded, size_t vocabulary, ink_counts **counts,
                           ink_error *error) {
  *counts = NULL;
  if (coded->order < 1 || coded->order > INK_COUNTS_ORDER_MAX) {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "counts.sizes is of n-grams of %lu tokens, not 1 to %d",
                    (unsigned long)coded->order, INK_COUNTS_ORDER_MAX);
  }
  if (coded->sizes[0] != vocabulary || vocabulary < 1) {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "counts.sizes is of a vocabulary of %lu tokens, where the model has %zu",
                    (unsigned long)coded->sizes[0], vocabulary);
  }
  ink_counts *made = calloc(1, sizeof *made);
  if (made == NULL) return ink_fail_memory(error);
  made->order = coded->order;
  made->vocabulary = vocabulary;
  made->width = ink_counts_width(vocabulary);
  ink_status status = read_sizes(coded, made, error);
  if (status == INK_OK) status = read_tree(coded, made, error);
  if (status != INK_OK) {
    ink_counts_free(made);
    return status;
  }
  *counts = made;
  return INK_OK;
}
