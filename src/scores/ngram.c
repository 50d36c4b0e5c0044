/*
 * N-grams with modified Kneser-Ney smoothing, interpolated (S. F. Chen and J. Goodman, "An
 * empirical study of smoothing techniques for language modeling", Computer Speech and Language 13,
 * 1999). After a context h, of which h' is all but the oldest token,
 *   p(w | h) = (c(h w) - D(c(h w)) + M(h) p(w | h')) / sum_v c(h v)      M(h) = sum_v D(c(h v))
 * down to the empty context, below which stands the uniform distribution. At the highest order c
 * counts occurrences, at lower ones the different tokens that precede h w (the start of the text is
 * one, too). The discounts D(1), D(2), D(3 or more) of an order come from n1 .. n4, how many c are
 * 1 .. 4:
 *   Y = n1 / (n1 + 2 n2)      D(k) = k - (k + 1) Y n(k+1) / n(k)
 * A context that never occurred leaves the shorter one's distribution as it is.
 *
 * Contexts are a tree that is read backwards in the text: the empty one is the root, and a child is
 * longer by one older token. One sort of all positions by their contexts lays it out.
 */
#include "scores/ngram.h"
#include "inkling_scores.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "text/reader.h"

/* The contexts of k tokens, those with the same newest tokens side by side, and the pairs of a
 * context and a token after it. */
typedef struct level {
  uint32_t contexts, pairs;
  uint32_t *oldest;   /* [contexts]: its k-th newest token; ascending among the children of one */
  uint32_t *children; /* [contexts + 1]: where its children begin in the next level */
  uint32_t *after;    /* [contexts + 1]: where its pairs begin */
  uint32_t *total;    /* [contexts]: sum_v c(h v) */
  double *mass;       /* [contexts]: M(h) */
  uint32_t *next;     /* [pairs]: w, ascending within a context */
  uint32_t *count;    /* [pairs]: c(h w) */
  double discount[4]; /* D(c), the last for every c >= 3 */
} level;

struct ink_ngram {
  uint32_t order;
  size_t vocabulary_count;
  ink_vocabulary *vocabulary; /* or NULL */
  level levels[INK_NGRAM_ORDER_MAX];
};

void ink_ngram_free(ink_ngram *ngram) {
  if (ngram == NULL) return;
  for (uint32_t k = 0; k < ngram->order; k++) {
    level *l = &ngram->levels[k];
    free(l->oldest);
    free(l->children);
    free(l->after);
    free(l->total);
    free(l->mass);
    free(l->next);
    free(l->count);
  }
  ink_vocabulary_free(ngram->vocabulary);
  free(ngram);
}

const ink_vocabulary *ink_ngram_vocabulary(const ink_ngram *ngram) { return ngram->vocabulary; }
size_t ink_ngram_vocabulary_count(const ink_ngram *ngram) { return ngram->vocabulary_count; }

size_t ink_ngram_size(const ink_ngram *ngram) {
  size_t size = 0;
  for (uint32_t k = 0; k < ngram->order; k++) size += ngram->levels[k].pairs;
  return size;
}

/* ---- Counting -------------------------------------------------------------------------------- */

/* A text while it is counted. */
typedef struct counting {
  size_t count;     /* tokens; a position is that of a token that follows a context */
  uint32_t length;  /* of the longest contexts: order - 1 */
  uint32_t *padded; /* [length + count]: `length` times the start, a token beyond the vocabulary */
  uint32_t *positions; /* [count] in padded: sorted by context, newest token first, then by token */
  uint32_t *spare;     /* [count] */
  uint32_t *buckets;   /* [vocabulary + 2] */
} counting;

static void counting_free(counting *c) {
  free(c->padded);
  free(c->positions);
  free(c->spare);
  free(c->buckets);
}

static uint32_t *allocate(size_t count) {
  size_t size;
  return ink_size_multiply(count, sizeof(uint32_t), &size) ? malloc(size) : NULL;
}

/* Stable, by the token that stands `back` before a position: a counting sort. */
static void sort_by(counting *c, size_t vocabulary, uint32_t back) {
  memset(c->buckets, 0, (vocabulary + 2) * sizeof *c->buckets);
  uint32_t *starts = c->buckets + 1;
  for (size_t i = 0; i < c->count; i++) starts[c->padded[c->positions[i] - back]]++;
  for (size_t v = 1; v <= vocabulary; v++) starts[v] += starts[v - 1];
  starts--; /* what was counted up to v is where v + 1 starts */
  for (size_t i = 0; i < c->count; i++) {
    c->spare[starts[c->padded[c->positions[i] - back]]++] = c->positions[i];
  }
  uint32_t *sorted = c->spare;
  c->spare = c->positions;
  c->positions = sorted;
}

static bool counting_new(counting *c, const uint32_t *tokens, size_t count, size_t vocabulary,
                         uint32_t order) {
  *c = (counting){.count = count, .length = order - 1};
  c->padded = allocate(c->length + count);
  c->positions = allocate(count);
  c->spare = allocate(count);
  c->buckets = allocate(vocabulary + 2);
  if (c->padded == NULL || c->positions == NULL || c->spare == NULL || c->buckets == NULL) {
    return false;
  }
  for (uint32_t i = 0; i < c->length; i++) c->padded[i] = (uint32_t)vocabulary;
  memcpy(c->padded + c->length, tokens, count * sizeof *tokens);
  for (size_t i = 0; i < count; i++) c->positions[i] = (uint32_t)(c->length + i);
  sort_by(c, vocabulary, 0);
  for (uint32_t back = c->length; back > 0; back--) sort_by(c, vocabulary, back);
  return true;
}

/* The length of the shortest context of sorted position i that differs from that of the one before
 * it; length + 1 when none does. All contexts of the first one are new. */
static uint32_t first_difference(const counting *c, size_t i) {
  if (i == 0) return 0;
  const uint32_t *here = c->padded + c->positions[i], *before = c->padded + c->positions[i - 1];
  for (uint32_t back = 1; back <= c->length; back++) {
    if (*(here - back) != *(before - back)) return back;
  }
  return c->length + 1;
}

static bool is_new_pair(const counting *c, size_t i) {
  return first_difference(c, i) <= c->length ||
         c->padded[c->positions[i]] != c->padded[c->positions[i - 1]];
}

static bool allocate_contexts(level *l) {
  l->oldest = allocate(l->contexts);
  l->children = allocate((size_t)l->contexts + 1);
  l->after = allocate((size_t)l->contexts + 1);
  l->total = allocate(l->contexts);
  l->mass = calloc(l->contexts, sizeof *l->mass);
  return l->oldest != NULL && l->children != NULL && l->after != NULL && l->total != NULL &&
         l->mass != NULL;
}

static bool allocate_pairs(level *l) {
  l->next = allocate(l->pairs);
  l->count = allocate(l->pairs);
  return l->next != NULL && l->count != NULL;
}

/* The contexts of all lengths, and the pairs of the longest with how often they occur. */
static bool lay_out_contexts(ink_ngram *ngram, const counting *c) {
  level *levels = ngram->levels, *top = &levels[c->length];
  for (size_t i = 0; i < c->count; i++) {
    for (uint32_t k = first_difference(c, i); k <= c->length; k++) levels[k].contexts++;
    if (is_new_pair(c, i)) top->pairs++;
  }
  for (uint32_t k = 0; k <= c->length; k++) {
    if (!allocate_contexts(&levels[k])) return false;
  }
  if (!allocate_pairs(top)) return false;

  uint32_t made[INK_NGRAM_ORDER_MAX + 1] = {0}, pairs = 0; /* so far */
  for (size_t i = 0; i < c->count; i++) {
    for (uint32_t k = first_difference(c, i); k <= c->length; k++) {
      levels[k].oldest[made[k]] = c->padded[c->positions[i] - k];
      levels[k].children[made[k]] = made[k + 1];
      if (k == c->length) top->after[made[k]] = pairs;
      made[k]++;
    }
    if (is_new_pair(c, i)) {
      top->next[pairs] = c->padded[c->positions[i]];
      top->count[pairs++] = 0;
    }
    top->count[pairs - 1]++;
  }
  for (uint32_t k = 0; k <= c->length; k++) levels[k].children[made[k]] = made[k + 1];
  top->after[top->contexts] = pairs;
  return true;
}

static int compare_ids(const void *a, const void *b) {
  uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  return (left > right) - (left < right);
}

/* The pairs of a level from the longer ones: c(h w) is how many children of h have w after them.
 * tally [vocabulary], all zero, and found [vocabulary] are scratch. */
static bool count_pairs(level *l, const level *longer, uint32_t *tally, uint32_t *found) {
  for (int storing = 0; storing < 2; storing++) { /* first only how many there are */
    if (storing && !allocate_pairs(l)) return false;
    uint32_t pairs = 0;
    for (uint32_t h = 0; h < l->contexts; h++) {
      uint32_t end = longer->after[l->children[h + 1]], distinct = 0;
      for (uint32_t i = longer->after[l->children[h]]; i < end; i++) {
        if (tally[longer->next[i]]++ == 0) found[distinct++] = longer->next[i];
      }
      l->after[h] = pairs;
      if (storing) qsort(found, distinct, sizeof *found, compare_ids);
      for (uint32_t i = 0; i < distinct; i++, pairs++) {
        if (storing) l->next[pairs] = found[i];
        if (storing) l->count[pairs] = tally[found[i]];
        tally[found[i]] = 0;
      }
    }
    l->after[l->contexts] = pairs;
    l->pairs = pairs;
  }
  return true;
}

/* ---- Discounts ------------------------------------------------------------------------------- */

static size_t discount_class(uint32_t count) { return count < 3 ? count : 3; }

/* In a text that is small or odd the formulas divide by zero, or give a discount that leaves
 * nothing for tokens unseen. Half of every count up to 3 is taken then. */
static void set_discounts(level *l) {
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

  for (uint32_t h = 0; h < l->contexts; h++) {
    l->total[h] = 0;
    for (uint32_t i = l->after[h]; i < l->after[h + 1]; i++) {
      l->total[h] += l->count[i];
      l->mass[h] += l->discount[discount_class(l->count[i])];
    }
  }
}

ink_status ink_ngram_from_tokens(const uint32_t *tokens, size_t count, size_t vocabulary,
                                 uint32_t order, ink_ngram **ngram, ink_error *error) {
  *ngram = NULL;
  if (order < 1 || order > INK_NGRAM_ORDER_MAX) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the order of an n-gram must be from 1 to %d",
                    INK_NGRAM_ORDER_MAX);
  }
  if (count == 0) return ink_fail(error, INK_ERROR_TEXT, "there is no text to count n-grams of");
  if (count > UINT32_MAX - INK_NGRAM_ORDER_MAX || vocabulary > UINT32_MAX - 2) {
    return ink_fail(error, INK_ERROR_TEXT, "the text is too long to count n-grams of");
  }
  ink_ngram *made = calloc(1, sizeof *made);
  if (made == NULL) return ink_fail_memory(error);
  made->order = order;
  made->vocabulary_count = vocabulary;
  uint32_t *tally = calloc(vocabulary, sizeof *tally), *found = allocate(vocabulary);
  counting c = {0};
  bool done = tally != NULL && found != NULL &&
              counting_new(&c, tokens, count, vocabulary, order) && lay_out_contexts(made, &c);
  counting_free(&c);
  for (uint32_t k = order - 1; k > 0 && done; k--) {
    done = count_pairs(&made->levels[k - 1], &made->levels[k], tally, found);
  }
  free(tally);
  free(found);
  if (!done) {
    ink_ngram_free(made);
    return ink_fail_memory(error);
  }
  for (uint32_t k = 0; k < order; k++) set_discounts(&made->levels[k]);
  *ngram = made;
  return INK_OK;
}

/* Takes the vocabulary, also when it fails. */
static ink_status count_text(const char *text, size_t bytes, ink_vocabulary *vocabulary,
                             uint32_t order, ink_ngram **ngram, ink_error *error) {
  uint32_t *ids = NULL;
  size_t count;
  ink_status status =
      ink_vocabulary_encode(vocabulary, text, bytes, INK_UNKNOWN_FAILS, &ids, &count, error);
  if (status == INK_OK) {
    status =
        ink_ngram_from_tokens(ids, count, ink_vocabulary_count(vocabulary), order, ngram, error);
  }
  free(ids);
  if (status != INK_OK) {
    ink_vocabulary_free(vocabulary);
    return status;
  }
  (*ngram)->vocabulary = vocabulary;
  return INK_OK;
}

ink_status ink_ngram_from_text(const char *text, size_t bytes, const ink_vocabulary *vocabulary,
                               uint32_t order, ink_ngram **ngram, ink_error *error) {
  *ngram = NULL;
  size_t size;
  const char *tokens = ink_vocabulary_tokens(vocabulary, &size);
  ink_vocabulary *own;
  ink_status status =
      ink_vocabulary_from_tokens(tokens, size, ink_vocabulary_level(vocabulary), &own, error);
  return status == INK_OK ? count_text(text, bytes, own, order, ngram, error) : status;
}

ink_status ink_ngram_new(const char *text, size_t bytes, const char *vocabulary,
                         size_t vocabulary_size, uint32_t order, ink_ngram **ngram,
                         ink_error *error) {
  *ngram = NULL;
  ink_vocabulary *own;
  if (vocabulary != NULL) {
    ink_status status =
        ink_vocabulary_from_tokens(vocabulary, vocabulary_size, INK_LEVEL_CHAR, &own, error);
    return status == INK_OK ? count_text(text, bytes, own, order, ngram, error) : status;
  }
  ink_text opened;
  ink_status status = ink_text_open(text, bytes, 0, &opened, error);
  if (status == INK_OK) {
    status = ink_vocabulary_from_text(opened.text, opened.bytes, &own, error);
  }
  if (status == INK_OK) {
    status = count_text(opened.text, opened.bytes, own, order, ngram, error);
  }
  ink_text_close(&opened);
  return status;
}

/* ---- Probabilities --------------------------------------------------------------------------- */

/* The contexts of all lengths that have occurred, of one place in a text: contexts[k] of level
 * k. */
typedef struct path {
  uint32_t length;
  uint32_t contexts[INK_NGRAM_ORDER_MAX];
} path;

/* Where `id` is in ids[from .. to), which ascend; `to` when it is not there. */
static uint32_t find(const uint32_t *ids, uint32_t from, uint32_t to, uint32_t id) {
  uint32_t low = from, high = to;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (ids[middle] < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < to && ids[low] == id ? low : to;
}

static path find_path(const ink_ngram *ngram, const uint32_t *context, size_t count) {
  path p = {.length = 1};
  for (; p.length < ngram->order && p.length <= count; p.length++) {
    const level *l = &ngram->levels[p.length - 1];
    uint32_t parent = p.contexts[p.length - 1], end = l->children[parent + 1];
    uint32_t child =
        find(ngram->levels[p.length].oldest, l->children[parent], end, context[count - p.length]);
    if (child == end) break;
    p.contexts[p.length] = child;
  }
  return p;
}

/* From the uniform distribution up: p = (c - D(c) + M p) / sum of c */
static double probability(const ink_ngram *ngram, const path *way, uint32_t id) {
  double p = 1 / (double)ngram->vocabulary_count;
  for (uint32_t k = 0; k < way->length; k++) {
    const level *l = &ngram->levels[k];
    uint32_t h = way->contexts[k], end = l->after[h + 1];
    uint32_t pair = find(l->next, l->after[h], end, id), c = pair == end ? 0 : l->count[pair];
    p = ((double)c - l->discount[discount_class(c)] + l->mass[h] * p) / (double)l->total[h];
  }
  return p;
}

double ink_ngram_probability(const ink_ngram *ngram, const uint32_t *context, size_t count,
                             uint32_t id) {
  path p = find_path(ngram, context, count);
  return probability(ngram, &p, id);
}

/* ln(m 2^e) = e ln 2 + 2 atanh((m - 1) / (m + 1)), m in [sqrt(1/2), sqrt(2)): the C library's log
 * would not give every build the same bits, and with them the same text. */
static double logarithm(double x) {
  int exponent;
  double m = frexp(x, &exponent);
  if (m < 0.70710678118654752) {
    m *= 2;
    exponent--;
  }
  double s = (m - 1) / (m + 1), square = s * s, sum = 0;
  for (int k = 21; k > 0; k -= 2) sum = sum * square + 1.0 / k;
  return exponent * 0.69314718055994531 + 2 * s * sum;
}

void ink_ngram_logits(const ink_ngram *ngram, const uint32_t *context, size_t count,
                      float *logits) {
  path p = find_path(ngram, context, count);
  for (uint32_t id = 0; id < ngram->vocabulary_count; id++) {
    logits[id] = (float)logarithm(probability(ngram, &p, id));
  }
}

ink_status ink_ngram_score(const ink_ngram *ngram, const uint32_t *tokens, size_t count,
                           uint32_t reset, ink_evaluation *evaluation, ink_error *error) {
  if (reset == 1) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "with the state reset every token there is nothing to predict");
  }
  if (count < 2) {
    return ink_fail(error, INK_ERROR_TEXT, "the text has %zu tokens where 2 or more are needed",
                    count);
  }
  double nats = 0;
  size_t start = 0, predicted = 0; /* start: where the context may begin */
  for (size_t i = 0; i < count; i++) {
    if (reset > 0 && i % reset == 0) start = i;
    if (i == start) continue;
    nats -= logarithm(ink_ngram_probability(ngram, tokens + start, i - start, tokens[i]));
    predicted++;
  }
  nats /= (double)predicted;
  *evaluation = (ink_evaluation){
      .nats = nats, .bits = nats / log(2.0), .perplexity = exp(nats), .tokens = (double)predicted};
  return INK_OK;
}

ink_status ink_ngram_evaluate(const ink_ngram *ngram, const char *text, size_t bytes,
                              uint32_t reset, ink_evaluation *evaluation, ink_error *error) {
  uint32_t *ids;
  size_t count;
  ink_status status = ink_vocabulary_encode(ngram->vocabulary, text, bytes, 0, &ids, &count, error);
  if (status != INK_OK) return status;
  status = ink_ngram_score(ngram, ids, count, reset, evaluation, error);
  free(ids);
  return status;
}
