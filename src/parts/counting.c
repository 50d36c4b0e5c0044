/*
 * Counting a text into a table of n-grams (counts.h says what of).
 *
 * Every place of the text has a key: its context, newest token first, then its token. The keys in
 * order are the tree's longest contexts in order. They are made and sorted share by share of those
 * with the same first bits, which bounds the memory. Shorter contexts' counts follow from the
 * longer ones': c(h w) is how many children of h have w after them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "parts/counts_table.h"

enum { SORTED_AT_ONCE = 1 << 23, PREFIX = 16, DIGIT = 11 }; /* keys; bits; bits */

typedef struct counting {
  const ink_tokens *tokens;
  size_t from, count;
  size_t vocabulary;
  uint32_t order;
  unsigned width;                                 /* of the table's tokens */
  uint32_t length;                                /* of the longest contexts: order - 1 */
  ink_counts *counts;                             /* being made */
  uint32_t room[INK_COUNTS_ORDER_MAX], pair_room; /* contexts of each level, pairs of the top one */

  /* A key has `order` fields of `bits` each, `fields` of them in a word from its highest bits
   * down. */
  unsigned bits, fields, words;
  uint64_t *keys, *spare; /* [share][words] */
} counting;

/* Token i of the text with `length` times the start, `vocabulary`, before it. */
static inline uint32_t token(const counting *c, size_t i) {
  if (i < c->length) return (uint32_t)c->vocabulary;
  return ink_tokens_at(c->tokens, c->from + i - c->length);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

/* Field `f` of a key: of context tokens, f = 0 the newest, then of the token after them. */
static inline uint32_t field(const counting *c, const uint64_t *key, unsigned f) {
  uint64_t word = key[f / c->fields] >> (64 - (f % c->fields + 1) * c->bits);
  return (uint32_t)(word & (((uint64_t)1 << c->bits) - 1));
}

static void put_key(const counting *c, size_t position, uint64_t *key) {
  for (unsigned f = 0, w = 0; w < c->words; w++) {
    uint64_t word = 0;
    for (unsigned i = 1; i <= c->fields && f < c->order; i++, f++) {
      uint32_t id = token(c, f < c->length ? position - 1 - f : position);
      word |= (uint64_t)id << (64 - i * c->bits);
    }
    key[w] = word;
  }
}

/* The first bits of a key of contexts, from those of the place before and the token there. */
static inline uint32_t next_prefix(const counting *c, uint32_t prefix, uint32_t newest) {
  if (c->bits >= PREFIX) return newest >> (c->bits - PREFIX);
  return newest << (PREFIX - c->bits) | prefix >> c->bits;
}

/* Where keys have no context, of the token. */
static inline uint32_t prefix_at(const counting *c, uint32_t before, size_t position) {
  return next_prefix(c, before, token(c, c->length > 0 ? position - 1 : position));
}

static uint32_t first_prefix(const counting *c) {
  uint32_t prefix = 0;
  for (uint32_t i = 0; i + 1 < c->length; i++) prefix = next_prefix(c, prefix, token(c, i));
  return prefix;
}

/* Stable, by some bits of a word of the keys [count]: a counting sort. */
static void sort_by(counting *c, size_t count, unsigned word, unsigned shift) {
  size_t starts[(1 << DIGIT) + 1] = {0};
  const uint64_t mask = (1 << DIGIT) - 1;
  for (size_t i = 0; i < count; i++) starts[(c->keys[i * c->words + word] >> shift & mask) + 1]++;
  for (uint64_t d = 1; d <= mask; d++) {
    if (starts[d] == count) return; /* all are the same there */
    starts[d] += starts[d - 1];
  }
  for (size_t i = 0; i < count; i++) {
    const uint64_t *from = c->keys + i * c->words;
    uint64_t *to = c->spare + starts[from[word] >> shift & mask]++ * c->words;
    for (unsigned w = 0; w < c->words; w++) to[w] = from[w];
  }
  uint64_t *sorted = c->spare;
  c->spare = c->keys;
  c->keys = sorted;
}

static void sort_keys(counting *c, size_t count) {
  for (unsigned word = c->words; word > 0; word--) {
    unsigned used = word < c->words ? c->fields : (c->order - 1) % c->fields + 1;
    for (unsigned shift = 64 - used * c->bits; shift < 64; shift += DIGIT) {
      sort_by(c, count, word - 1, shift);
    }
  }
}

/* ---- The longest contexts, share by share ---------------------------------------------------- */

/* The length of the shortest context of sorted key i that differs from that of the one before it;
 * length + 1 when none does, length + 2 when the whole key is the same. Of the first one of a
 * table all contexts are new, and of another share's first one all but the empty. */
static uint32_t first_difference(const counting *c, size_t i, bool first) {
  if (i == 0 && first) return 0;
  const uint64_t *key = c->keys + i * c->words, *before = key - c->words;
  for (unsigned f = 0; f < c->order; f++) {
    if (field(c, key, f) != field(c, before, f)) return f + 1;
  }
  return c->order + 1;
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

static bool make_room(counting *c, const uint32_t *contexts, uint32_t pairs) {
  ink_counts_level *levels = c->counts->levels, *top = &levels[c->length];
  for (uint32_t k = 0; k <= c->length; k++) {
    ink_counts_level *l = &levels[k];
    uint64_t needed = (uint64_t)l->contexts + contexts[k];
    if (needed <= c->room[k] && l->oldest != NULL) continue;
    uint32_t room = next_room(c->room[k], needed);
    if (!grow(&l->oldest, room, c->width) || !grow(&l->after, room, sizeof *l->after) ||
        (k < c->length && !grow(&l->children, room, sizeof *l->children))) {
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

/* The contexts of sorted keys [count], and the pairs of the longest with how often they occur,
 * behind those of the shares before, the last of which ended with the key at keys[-1]. */
static bool lay_out_share(counting *c, size_t count) {
  ink_counts_level *levels = c->counts->levels, *top = &levels[c->length];
  uint32_t contexts[INK_COUNTS_ORDER_MAX] = {0}, pairs = 0;
  bool first = levels[0].contexts == 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t difference = first_difference(c, i, first);
    for (uint32_t k = difference; k <= c->length; k++) contexts[k]++;
    if (difference <= c->order) pairs++;
  }
  if (!make_room(c, contexts, pairs)) return false;
  for (size_t i = 0; i < count; i++) {
    const uint64_t *key = c->keys + i * c->words;
    uint32_t difference = first_difference(c, i, first);
    for (uint32_t k = difference; k <= c->length; k++) {
      uint32_t made = levels[k].contexts++;
      if (k > 0) ink_counts_put_token(levels[k].oldest, c->width, made, field(c, key, k - 1));
      if (k < c->length) levels[k].children[made] = levels[k + 1].contexts;
      if (k == c->length) top->after[made] = top->pairs;
    }
    if (difference <= c->order) {
      ink_counts_put_token(top->next, c->width, top->pairs, field(c, key, c->length));
      top->count[top->pairs++] = 0;
    }
    top->count[top->pairs - 1]++;
  }
  return true;
}

/* Of the `count` keys whose prefix is from `low` to below `high`. The last one of the share before
 * stays in front of them. */
static bool add_share(counting *c, uint32_t low, uint32_t high, size_t count) {
  uint32_t prefix = first_prefix(c);
  uint64_t *key = c->keys;
  for (size_t i = 0; i < c->count; i++) {
    size_t position = c->length + i;
    prefix = prefix_at(c, prefix, position);
    if (prefix < low || prefix >= high) continue;
    put_key(c, position, key);
    key += c->words;
  }
  sort_keys(c, count);
  if (!lay_out_share(c, count)) return false;
  size_t size = c->words * sizeof *c->keys;
  uint64_t last[8];
  memcpy(last, c->keys + (count - 1) * c->words, size);
  memcpy(c->keys - c->words, last, size);
  memcpy(c->spare - c->words, last, size);
  return true;
}

/* Calls add_share() for all of them, or only gives the largest. sizes [1 << PREFIX]: how many keys
 * there are of each prefix. */
static bool add_shares(counting *c, const uint32_t *sizes, size_t *largest) {
  uint32_t low = 0;
  size_t count = 0;
  for (uint32_t p = 0; p <= 1 << PREFIX; p++) {
    bool full = p == 1 << PREFIX || count + sizes[p] > SORTED_AT_ONCE;
    if (full && count > 0) {
      if (largest == NULL && !add_share(c, low, p, count)) return false;
      if (largest != NULL && count > *largest) *largest = count;
      low = p;
      count = 0;
    }
    if (p < 1 << PREFIX) count += sizes[p];
  }
  return true;
}

static bool lay_out_contexts(counting *c) {
  uint32_t *sizes = calloc(1 << PREFIX, sizeof *sizes), prefix = first_prefix(c);
  if (sizes == NULL) return false;
  for (size_t i = 0; i < c->count; i++) {
    prefix = prefix_at(c, prefix, c->length + i);
    sizes[prefix]++;
  }
  size_t largest = 0;
  add_shares(c, sizes, &largest);
  uint64_t *keys = ink_size_malloc(largest + 1, c->words * sizeof *keys);
  uint64_t *spare = ink_size_malloc(largest + 1, c->words * sizeof *spare);
  bool done = keys != NULL && spare != NULL;
  if (done) {
    c->keys = keys + c->words;
    c->spare = spare + c->words;
    done = add_shares(c, sizes, NULL);
  }
  c->keys = c->spare = NULL;
  free(keys);
  free(spare);
  free(sizes);
  ink_counts_level *levels = c->counts->levels;
  for (uint32_t k = 0; done && k < c->length; k++) {
    levels[k].children[levels[k].contexts] = levels[k + 1].contexts;
  }
  if (done) levels[c->length].after[levels[c->length].contexts] = levels[c->length].pairs;
  return done;
}

/* ---- The shorter ones ------------------------------------------------------------------------ */

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

static bool count_shorter(counting *c) {
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

/* ---- The whole ------------------------------------------------------------------------------- */

static ink_status check(size_t count, size_t vocabulary, uint32_t order, ink_error *error) {
  if (order < 1 || order > INK_COUNTS_ORDER_MAX) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the order of an n-gram must be from 1 to %d",
                    INK_COUNTS_ORDER_MAX);
  }
  if (vocabulary < 1 || vocabulary > UINT32_MAX - 2) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "n-grams need a vocabulary that is not empty");
  }
  if (count > UINT32_MAX - INK_COUNTS_ORDER_MAX) {
    return ink_fail(error, INK_ERROR_TEXT, "the text is too long to count n-grams of");
  }
  if (count == 0) return ink_fail(error, INK_ERROR_TEXT, "there is no text to count n-grams of");
  return INK_OK;
}

ink_status ink_counts_from_tokens(const ink_tokens *tokens, size_t from, size_t count,
                                  size_t vocabulary, uint32_t order, ink_counts **counts,
                                  ink_error *error) {
  *counts = NULL;
  ink_status status = check(count, vocabulary, order, error);
  if (status != INK_OK) return status;
  ink_counts *made = calloc(1, sizeof *made);
  if (made == NULL) return ink_fail_memory(error);
  counting c = {.tokens = tokens,
                .from = from,
                .count = count,
                .vocabulary = vocabulary,
                .order = order,
                .width = ink_counts_width(vocabulary),
                .length = order - 1,
                .counts = made};
  while (vocabulary >> c.bits != 0) c.bits++;
  c.fields = 64 / c.bits;
  c.words = (order + c.fields - 1) / c.fields;
  made->order = order;
  made->vocabulary = vocabulary;
  made->width = c.width;
  bool done = lay_out_contexts(&c) && count_shorter(&c);
  for (uint32_t k = 0; k < order && done; k++) set_discounts(&made->levels[k]);
  if (!done || !ink_counts_finish(made)) {
    ink_counts_free(made);
    return ink_fail_memory(error);
  }
  *counts = made;
  return INK_OK;
}
