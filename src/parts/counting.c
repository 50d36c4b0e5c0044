/*
 * Counting a text into a table of n-grams (counts.h says what of).
 *
 * All positions, each that of a token after its context, sorted by context, newest token first,
 * then by the token, are the tree's longest contexts in order. The contexts of one newest token are
 * a branch of it, so the text is sorted branch by branch, several small ones at once, which bounds
 * the memory. Shorter contexts' counts follow from the longer ones': c(h w) is how many children of
 * h have w after them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "parts/counts_table.h"

enum { SORTED_AT_ONCE = 1 << 22 };

struct ink_counting {
  size_t vocabulary;
  uint32_t order;
  unsigned width;
  uint32_t length;         /* of the longest contexts: order - 1 */
  size_t count, capacity;  /* tokens */
  void *tokens;            /* [length + capacity]: `length` times the start, `vocabulary`, first */
  ink_counts *counts;      /* being made */
  uint32_t room[INK_COUNTS_ORDER_MAX], pair_room; /* contexts of each level, pairs of the top one */
  uint32_t *positions, *spare; /* of the branches being sorted: in `tokens` */
  uint32_t *buckets;           /* [vocabulary + 2] */
};

static inline uint32_t token(const ink_counting *c, size_t i) {
  return ink_counts_token(c->tokens, c->width, i);
}

/* ---- Taking in the text ---------------------------------------------------------------------- */

static bool reserve(ink_counting *c, size_t capacity) {
  size_t size;
  if (!ink_size_add(capacity, c->length + 1, &size) || !ink_size_multiply(size, c->width, &size)) {
    return false;
  }
  void *tokens = realloc(c->tokens, size);
  if (tokens == NULL) return false;
  c->tokens = tokens;
  c->capacity = capacity;
  return true;
}

ink_status ink_counting_new(size_t vocabulary, uint32_t order, size_t expected,
                            ink_counting **counting, ink_error *error) {
  *counting = NULL;
  if (order < 1 || order > INK_COUNTS_ORDER_MAX) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the order of an n-gram must be from 1 to %d",
                    INK_COUNTS_ORDER_MAX);
  }
  if (vocabulary < 1 || vocabulary > UINT32_MAX - 2) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "n-grams need a vocabulary that is not empty");
  }
  ink_counting *made = calloc(1, sizeof *made);
  if (made == NULL) return ink_fail_memory(error);
  made->vocabulary = vocabulary;
  made->order = order;
  made->length = order - 1;
  made->width = ink_counts_width(vocabulary);
  made->counts = calloc(1, sizeof *made->counts);
  if (made->counts == NULL || !reserve(made, expected)) {
    ink_counting_free(made);
    return ink_fail_memory(error);
  }
  for (uint32_t i = 0; i < made->length; i++) {
    ink_counts_put_token(made->tokens, made->width, i, (uint32_t)vocabulary);
  }
  *counting = made;
  return INK_OK;
}

void ink_counting_free(ink_counting *counting) {
  if (counting == NULL) return;
  ink_counts_free(counting->counts);
  free(counting->tokens);
  free(counting->positions);
  free(counting->spare);
  free(counting->buckets);
  free(counting);
}

ink_status ink_counting_add(ink_counting *counting, const uint32_t *tokens, size_t count,
                            ink_error *error) {
  size_t most = UINT32_MAX - INK_COUNTS_ORDER_MAX;
  if (count > most || counting->count > most - count) {
    return ink_fail(error, INK_ERROR_TEXT, "the text is too long to count n-grams of");
  }
  size_t needed = counting->count + count;
  if (needed > counting->capacity) {
    size_t more = counting->capacity + counting->capacity / 2;
    if (!reserve(counting, needed > more ? needed : more)) return ink_fail_memory(error);
  }
  for (size_t i = 0; i < count; i++) {
    ink_counts_put_token(counting->tokens, counting->width, counting->length + counting->count + i,
                         tokens[i]);
  }
  counting->count = needed;
  return INK_OK;
}

/* ---- The longest contexts, branch by branch --------------------------------------------------- */

/* Stable, by the token that stands `back` before a position: a counting sort. */
static void sort_by(ink_counting *c, size_t count, uint32_t back) {
  memset(c->buckets, 0, (c->vocabulary + 2) * sizeof *c->buckets);
  uint32_t *starts = c->buckets + 1;
  for (size_t i = 0; i < count; i++) starts[token(c, c->positions[i] - back)]++;
  for (size_t v = 1; v <= c->vocabulary; v++) starts[v] += starts[v - 1];
  starts--; /* what was counted up to v is where v + 1 starts */
  for (size_t i = 0; i < count; i++) {
    c->spare[starts[token(c, c->positions[i] - back)]++] = c->positions[i];
  }
  uint32_t *sorted = c->spare;
  c->spare = c->positions;
  c->positions = sorted;
}

/* The length of the shortest context of sorted position i that differs from that of the one before
 * it; length + 1 when none does. Of the first position of all, all contexts are new. */
static uint32_t first_difference(const ink_counting *c, size_t i, bool first) {
  if (i == 0) return first ? 0 : 1;
  for (uint32_t back = 1; back <= c->length; back++) {
    if (token(c, c->positions[i] - back) != token(c, c->positions[i - 1] - back)) return back;
  }
  return c->length + 1;
}

static bool is_new_pair(const ink_counting *c, size_t i, uint32_t difference) {
  return i == 0 || difference <= c->length ||
         token(c, c->positions[i]) != token(c, c->positions[i - 1]);
}

/* Lets *array of `element` bytes hold count + 1. */
static bool grow(void *array, size_t count, size_t element) {
  size_t size;
  void *old;
  memcpy(&old, array, sizeof old);
  void *grown = ink_size_multiply(count + 1, element, &size) ? realloc(old, size) : NULL;
  if (grown == NULL) return false;
  memcpy(array, &grown, sizeof grown);
  return true;
}

/* The room to ask for when `needed` do not fit: half as much again. */
static uint32_t next_room(uint32_t room, uint64_t needed) {
  uint64_t more = (uint64_t)room + room / 2;
  if (more > UINT32_MAX - 1) more = UINT32_MAX - 1;
  return (uint32_t)(more > needed ? more : needed);
}

static bool make_room(ink_counting *c, const uint32_t *contexts, uint32_t pairs) {
  ink_counts_level *levels = c->counts->levels, *top = &levels[c->length];
  for (uint32_t k = 0; k <= c->length; k++) {
    ink_counts_level *l = &levels[k];
    uint64_t needed = (uint64_t)l->contexts + contexts[k];
    if (needed <= c->room[k] && l->oldest != NULL) continue;
    uint32_t room = next_room(c->room[k], needed);
    if (!grow(&l->oldest, room, c->width) || !grow(&l->children, room, sizeof *l->children) ||
        !grow(&l->after, room, sizeof *l->after)) {
      return false;
    }
    c->room[k] = room;
  }
  uint64_t needed = (uint64_t)top->pairs + pairs;
  if (needed <= c->pair_room && top->next != NULL) return true;
  c->pair_room = next_room(c->pair_room, needed);
  return grow(&top->next, c->pair_room, c->width) &&
         grow(&top->count, c->pair_room, sizeof *top->count);
}

/* The contexts of sorted positions [count], and the pairs of the longest with how often they
 * occur, behind those of the branches before. */
static bool lay_out_branches(ink_counting *c, size_t count) {
  ink_counts_level *levels = c->counts->levels, *top = &levels[c->length];
  uint32_t contexts[INK_COUNTS_ORDER_MAX] = {0}, pairs = 0;
  bool first = levels[0].contexts == 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t difference = first_difference(c, i, first);
    for (uint32_t k = difference; k <= c->length; k++) contexts[k]++;
    if (is_new_pair(c, i, difference)) pairs++;
  }
  if (!make_room(c, contexts, pairs)) return false;
  for (size_t i = 0; i < count; i++) {
    uint32_t difference = first_difference(c, i, first);
    for (uint32_t k = difference; k <= c->length; k++) {
      uint32_t made = levels[k].contexts++;
      if (k > 0) {
        ink_counts_put_token(levels[k].oldest, c->width, made, token(c, c->positions[i] - k));
      }
      levels[k].children[made] = k < c->length ? levels[k + 1].contexts : 0;
      if (k == c->length) top->after[made] = top->pairs;
    }
    if (is_new_pair(c, i, difference)) {
      ink_counts_put_token(top->next, c->width, top->pairs, token(c, c->positions[i]));
      top->count[top->pairs++] = 0;
    }
    top->count[top->pairs - 1]++;
  }
  return true;
}

/* Sorts the `count` positions whose contexts' newest token is from `low` to below `high`. */
static bool add_branches(ink_counting *c, uint32_t low, uint32_t high, size_t count) {
  size_t at = 0;
  for (size_t i = 0; i < c->count; i++) {
    uint32_t newest = c->length > 0 ? token(c, c->length + i - 1) : 0;
    if (newest >= low && newest < high) c->positions[at++] = (uint32_t)(c->length + i);
  }
  for (uint32_t back = 0; back <= c->length; back++) {
    sort_by(c, count, back == 0 ? 0 : c->length + 1 - back);
  }
  return lay_out_branches(c, count);
}

/* shares [vocabulary + 1]: how many positions there are of each newest token. */
static bool add_all_branches(ink_counting *c, const size_t *shares) {
  size_t most = 0;
  for (int allocating = 1; allocating >= 0; allocating--) { /* first only the largest share */
    uint32_t low = 0;
    size_t count = 0;
    for (uint32_t v = 0; v <= c->vocabulary; v++) {
      if (count > 0 && count + shares[v] > SORTED_AT_ONCE) {
        if (!allocating && !add_branches(c, low, v, count)) return false;
        low = v;
        count = 0;
      }
      count += shares[v];
      if (count > most) most = count;
    }
    if (!allocating) return count == 0 || add_branches(c, low, (uint32_t)c->vocabulary + 1, count);
    c->positions = calloc(most, sizeof *c->positions);
    c->spare = calloc(most, sizeof *c->spare);
    c->buckets = calloc(c->vocabulary + 2, sizeof *c->buckets);
    if (c->positions == NULL || c->spare == NULL || c->buckets == NULL) return false;
  }
  return false;
}

static bool lay_out_contexts(ink_counting *c) {
  size_t *shares = calloc(c->vocabulary + 1, sizeof *shares);
  if (shares == NULL) return false;
  for (size_t i = 0; i < c->count; i++) shares[c->length > 0 ? token(c, c->length + i - 1) : 0]++;
  bool done = add_all_branches(c, shares);
  free(shares);
  free(c->positions);
  free(c->spare);
  c->positions = c->spare = NULL;
  ink_counts_level *levels = c->counts->levels;
  for (uint32_t k = 0; done && k <= c->length; k++) {
    levels[k].children[levels[k].contexts] = k < c->length ? levels[k + 1].contexts : 0;
  }
  if (done) levels[c->length].after[levels[c->length].contexts] = levels[c->length].pairs;
  return done;
}

/* ---- The shorter ones ------------------------------------------------------------------------- */

static int compare_ids(const void *a, const void *b) {
  uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  return (left > right) - (left < right);
}

static void sort_ids(uint32_t *ids, uint32_t count) {
  if (count > 32) {
    qsort(ids, count, sizeof *ids, compare_ids);
    return;
  }
  for (uint32_t i = 1; i < count; i++) {
    uint32_t id = ids[i], at = i;
    for (; at > 0 && ids[at - 1] > id; at--) ids[at] = ids[at - 1];
    ids[at] = id;
  }
}

/* The pairs of a level from the longer ones. tally [vocabulary], all zero, and found [vocabulary]
 * are scratch. */
static bool count_pairs(ink_counts_level *l, const ink_counts_level *longer, unsigned width,
                        uint32_t *tally, uint32_t *found) {
  uint32_t room = 0;
  l->pairs = 0;
  for (uint32_t h = 0; h < l->contexts; h++) {
    uint32_t end = longer->after[l->children[h + 1]], distinct = 0;
    for (uint32_t i = longer->after[l->children[h]]; i < end; i++) {
      uint32_t id = ink_counts_token(longer->next, width, i);
      if (tally[id]++ == 0) found[distinct++] = id;
    }
    sort_ids(found, distinct);
    l->after[h] = l->pairs;
    if ((uint64_t)l->pairs + distinct > room) {
      room = next_room(room, (uint64_t)l->pairs + distinct);
      if (!grow(&l->next, room, width) || !grow(&l->count, room, sizeof *l->count)) return false;
    }
    for (uint32_t i = 0; i < distinct; i++) {
      ink_counts_put_token(l->next, width, l->pairs, found[i]);
      l->count[l->pairs++] = tally[found[i]];
      tally[found[i]] = 0;
    }
  }
  l->after[l->contexts] = l->pairs;
  return true;
}

static bool count_shorter(ink_counting *c) {
  uint32_t *tally = calloc(c->vocabulary, sizeof *tally);
  uint32_t *found = calloc(c->vocabulary, sizeof *found);
  bool done = tally != NULL && found != NULL;
  for (uint32_t k = c->length; k > 0 && done; k--) {
    ink_counts_level *levels = c->counts->levels;
    done = count_pairs(&levels[k - 1], &levels[k], c->width, tally, found);
  }
  free(tally);
  free(found);
  return done;
}

/* From n1 .. n4, how many c are 1 .. 4:
 *   Y = n1 / (n1 + 2 n2)      D(k) = k - (k + 1) Y n(k+1) / n(k)
 * In a text that is small or odd these divide by zero, or give a discount that leaves nothing for
 * tokens unseen. Half of every count up to 3 is taken then. */
static void set_discounts(ink_counts_level *l) {
  double n[5] = {0};
  for (uint32_t i = 0; i < l->pairs; i++) {
    if (l->count[i] <= 4) n[l->count[i]]++;
  }
  bool sound = n[1] > 0 && n[2] > 0 && n[3] > 0 && n[4] > 0;
  for (int k = 1; k <= 3 && sound; k++) {
    l->discount[k] = k - (k + 1) * n[1] / (n[1] + 2 * n[2]) * n[k + 1] / n[k];
    sound = l->discount[k] > 0;
  }
  for (int k = 1; k <= 3 && !sound; k++) l->discount[k] = 0.5 * k;
}

/* ---- The whole -------------------------------------------------------------------------------- */

ink_status ink_counting_end(ink_counting *counting, ink_counts **counts, ink_error *error) {
  *counts = NULL;
  if (counting->count == 0) {
    return ink_fail(error, INK_ERROR_TEXT, "there is no text to count n-grams of");
  }
  ink_counts *made = counting->counts;
  made->order = counting->order;
  made->vocabulary = counting->vocabulary;
  made->width = counting->width;
  bool done = lay_out_contexts(counting);
  free(counting->tokens);
  counting->tokens = NULL;
  counting->count = counting->capacity = 0;
  done = done && count_shorter(counting);
  for (uint32_t k = 0; k < made->order && done; k++) set_discounts(&made->levels[k]);
  if (!done || !ink_counts_finish(made)) return ink_fail_memory(error);
  *counts = made;
  counting->counts = NULL;
  return INK_OK;
}

ink_status ink_counts_from_tokens(const uint32_t *tokens, size_t count, size_t vocabulary,
                                  uint32_t order, ink_counts **counts, ink_error *error) {
  *counts = NULL;
  ink_counting *counting;
  ink_status status = ink_counting_new(vocabulary, order, count, &counting, error);
  if (status == INK_OK) status = ink_counting_add(counting, tokens, count, error);
  if (status == INK_OK) status = ink_counting_end(counting, counts, error);
  ink_counting_free(counting);
  return status;
}
