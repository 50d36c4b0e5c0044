/*
 * Pruning a table of n-grams. Without the pair h w, its share a = (c - D(c)) / T(h) of the
 * distribution falls to the shorter context:
 *   p(w | h) = a + g p(w | h')   becomes   (g + a) p(w | h')      g = M(h) / T(h)
 * and tokens that h has no pairs with gain by (g + a) / g. With P(h), the share of the text's
 * places that context h stands before, the text then loses in nats a token about
 *   P(h) (p(w | h) ln(p(w | h) / ((g + a) p(w | h'))) - (1 - sum_v p(v | h)) ln((g + a) / g))
 * with v over the pairs of h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/status.h"
#include "parts/counts_steps.h"

typedef struct pruning {
  ink_counts *counts;
  double threshold;
  double places; /* of the text */
  /* [contexts], or NULL where the threshold is 0: */
  uint32_t *occurs[INK_COUNTS_ORDER_MAX]; /* how often */
  uint32_t *origin[INK_COUNTS_ORDER_MAX]; /* the pair that leads to it */
  uint8_t *context[INK_COUNTS_ORDER_MAX]; /* [contexts]: whether it stays */
  uint8_t *pair[INK_COUNTS_ORDER_MAX];    /* [pairs]: the same, at first of all */
} pruning;

static void lay_out(void *object, ink_arena *arena) {
  pruning *p = object;
  for (uint32_t k = 0; k < p->counts->order; k++) {
    size_t contexts = (size_t)p->counts->levels[k].contexts + 1;
    p->context[k] = ink_arena_take(arena, contexts, 1, 1);
    p->pair[k] = ink_arena_take(arena, (size_t)p->counts->levels[k].pairs + 1, 1, 1);
    if (p->threshold == 0) continue;
    p->occurs[k] = ink_arena_take(arena, contexts, 1, sizeof *p->occurs[k]);
    p->origin[k] = ink_arena_take(arena, contexts, 1, sizeof *p->origin[k]);
  }
}

static void count_occurrences(pruning *p) {
  for (uint32_t k = p->counts->order; k > 0; k--) {
    const ink_counts_level *l = &p->counts->levels[k - 1];
    for (uint32_t h = 0; h < l->contexts; h++) {
      uint32_t sum = 0; /* of all of them the text's length, which fits */
      if (k == p->counts->order) {
        for (uint32_t i = l->after[h]; i < l->after[h + 1]; i++) sum += l->count[i];
      } else {
        for (uint32_t x = l->children[h]; x < l->children[h + 1]; x++) sum += p->occurs[k][x];
      }
      p->occurs[k - 1][h] = sum;
    }
  }
  p->places = p->occurs[0][0];
}

/* ---- What each pair is worth ----------------------------------------------------------------- */

/* Of context h of level k >= 1: probabilities of its pairs from `lower`, those of its parent's
 * pairs, which are [from .. end), into `own`; and which of them are worth keeping. */
static void weigh(pruning *p, uint32_t k, uint32_t h, uint32_t parent, const double *lower,
                  double *own) {
  const ink_counts *counts = p->counts;
  const ink_counts_level *l = &counts->levels[k], *shorter = l - 1;
  double total = 0, mass = 0, covered = 0;
  for (uint32_t i = l->after[h]; i < l->after[h + 1]; i++) {
    total += l->count[i];
    mass += l->discount[ink_counts_class(l->count[i])];
  }
  double g = mass / total;
  uint32_t at = shorter->after[parent];
  for (uint32_t i = l->after[h]; i < l->after[h + 1]; i++, at++) {
    at = ink_counts_find(shorter->next, counts->width, at, shorter->after[parent + 1],
                         ink_counts_token(l->next, counts->width, i));
    double c = l->count[i];
    own[i] = (c - l->discount[ink_counts_class(l->count[i])]) / total + g * lower[at];
    covered += own[i];
  }
  double open = covered < 1 ? 1 - covered : 0;
  at = shorter->after[parent];
  for (uint32_t i = l->after[h]; i < l->after[h + 1]; i++, at++) {
    at = ink_counts_find(shorter->next, counts->width, at, shorter->after[parent + 1],
                         ink_counts_token(l->next, counts->width, i));
    double wide = g + (l->count[i] - l->discount[ink_counts_class(l->count[i])]) / total;
    double loss = own[i] * ink_log(own[i] / (wide * lower[at])) - open * ink_log(wide / g);
    p->pair[k][i] = p->occurs[k][h] / p->places * loss >= p->threshold;
  }
}

static bool weigh_all(pruning *p) {
  const ink_counts *counts = p->counts;
  const ink_counts_level *root = &counts->levels[0];
  double *lower = calloc((size_t)root->pairs + 1, sizeof *lower);
  for (uint32_t i = 0; lower != NULL && i < root->pairs; i++) {
    uint32_t w = ink_counts_token(root->next, counts->width, i);
    lower[i] = ink_counts_probability(counts, NULL, 0, w);
  }
  for (uint32_t k = 1; lower != NULL && k < counts->order; k++) {
    const ink_counts_level *shorter = &counts->levels[k - 1];
    double *own = calloc((size_t)counts->levels[k].pairs + 1, sizeof *own);
    for (uint32_t parent = 0; own != NULL && parent < shorter->contexts; parent++) {
      for (uint32_t h = shorter->children[parent]; h < shorter->children[parent + 1]; h++) {
        weigh(p, k, h, parent, lower, own);
      }
    }
    free(lower);
    lower = own;
  }
  free(lower);
  return lower != NULL;
}

/* ---- What must stay with it ------------------------------------------------------------------ */

/* The pairs that lead to the contexts of level k + 1, and the contexts that those of level k lead
 * to. */
static bool find_origins(pruning *p) {
  const ink_counts *counts = p->counts;
  uint32_t *reached = NULL;
  bool done = true;
  for (uint32_t k = 0; k + 1 < counts->order && done; k++) {
    const ink_counts_level *l = &counts->levels[k], *longer = l + 1;
    ink_counts_steps steps = {0};
    uint32_t *next = malloc(((size_t)l->pairs + 1) * sizeof *next);
    done = next != NULL && ink_counts_steps_new(counts, k, reached, &steps);
    if (done) memset(next, 0xff, ((size_t)l->pairs + 1) * sizeof *next);
    for (uint32_t h = 0; done && h < l->contexts; h++) {
      uint32_t child = l->children[h], end = l->children[h + 1];
      for (uint32_t i = steps.starts[h]; i < steps.starts[h + 1]; i++) {
        uint32_t oldest = ink_counts_token(steps.oldest, counts->width, i);
        child = ink_counts_find(longer->oldest, counts->width, l->children[h], end, oldest);
        if (child == end) continue;
        next[steps.pairs[i]] = child;
        p->origin[k + 1][child] = steps.pairs[i];
      }
    }
    ink_counts_steps_free(&steps);
    free(reached);
    reached = next;
  }
  free(reached);
  return done;
}

/* From the longest contexts down: a context stays for its pairs and children, and with it its
 * parent and the pair that leads to it; with a pair the shorter context's same pair. Contexts that
 * reach before the start of the text go. */
static void close_level(pruning *p, uint32_t k) {
  const ink_counts *counts = p->counts;
  const ink_counts_level *l = &counts->levels[k], *shorter = l - 1;
  for (uint32_t parent = 0; parent < shorter->contexts; parent++) {
    for (uint32_t h = shorter->children[parent]; h < shorter->children[parent + 1]; h++) {
      bool real = ink_counts_token(l->oldest, counts->width, h) < counts->vocabulary;
      uint32_t at = shorter->after[parent];
      for (uint32_t i = l->after[h]; i < l->after[h + 1]; i++) {
        if (!real) p->pair[k][i] = 0;
        if (!p->pair[k][i]) continue;
        at = ink_counts_find(shorter->next, counts->width, at, shorter->after[parent + 1],
                             ink_counts_token(l->next, counts->width, i));
        p->pair[k - 1][at] = 1;
        p->context[k][h] = 1;
      }
      if (!real) p->context[k][h] = 0;
      if (!p->context[k][h]) continue;
      p->context[k - 1][parent] = 1;
      if (p->origin[k] != NULL) p->pair[k - 1][p->origin[k][h]] = 1;
    }
  }
}

/* ---- Closing the gaps ------------------------------------------------------------------------ */

/* Moves what stays of a level together; longer_stays [contexts of the next one], or NULL; rest
 * [contexts], or NULL where only contexts go. */
static void compact(pruning *p, uint32_t k, const uint8_t *longer_stays, uint32_t *rest) {
  ink_counts_level *l = &p->counts->levels[k];
  unsigned width = p->counts->width;
  uint32_t contexts = 0, pairs = 0, children = 0, from = 0;
  for (uint32_t h = 0; h < l->contexts; h++) {
    uint32_t end = l->after[h + 1], pairs_before = pairs, children_before = children, gone = 0;
    for (uint32_t i = from; i < end; i++) {
      if (!p->pair[k][i]) {
        gone += l->count[i];
        continue;
      }
      ink_counts_put_token(l->next, width, pairs, ink_counts_token(l->next, width, i));
      l->count[pairs++] = l->count[i];
    }
    from = end;
    if (longer_stays != NULL) {
      for (uint32_t x = l->children[h]; x < l->children[h + 1]; x++) children += longer_stays[x];
    }
    if (!p->context[k][h]) continue;
    ink_counts_put_token(l->oldest, width, contexts, ink_counts_token(l->oldest, width, h));
    if (longer_stays != NULL) l->children[contexts] = children_before;
    l->after[contexts] = pairs_before;
    if (rest != NULL) rest[contexts] = gone;
    contexts++;
    p->counts->pruned |= gone > 0;
  }
  if (longer_stays != NULL) l->children[contexts] = children;
  l->after[contexts] = pairs;
  l->contexts = contexts;
  l->pairs = pairs;
  free(l->rest);
  l->rest = rest;
  free(l->sums); /* of the counts before */
  l->sums = NULL;
}

/* Of a threshold above 0: which pairs stay, and room for what of each context's goes. */
static bool choose(pruning *p, uint32_t **rest) {
  for (uint32_t k = 0; k < p->counts->order; k++) {
    rest[k] = calloc((size_t)p->counts->levels[k].contexts + 1, sizeof *rest[k]);
    if (rest[k] == NULL) return false;
  }
  count_occurrences(p);
  return weigh_all(p) && find_origins(p);
}

ink_status ink_counts_prune(ink_counts *counts, double threshold, ink_error *error) {
  pruning p = {.counts = counts, .threshold = threshold};
  uint32_t *rest[INK_COUNTS_ORDER_MAX] = {NULL};
  void *memory;
  ink_status status = ink_arena_allocate(lay_out, &p, &memory, NULL, error);
  if (status != INK_OK) return status;
  for (uint32_t k = 0; k < counts->order; k++) memset(p.pair[k], 1, counts->levels[k].pairs);
  bool done = threshold == 0 || choose(&p, rest);
  if (done) {
    for (uint32_t k = counts->order - 1; k > 0; k--) close_level(&p, k);
    p.context[0][0] = 1;
  }
  for (uint32_t k = 0; k < counts->order; k++) {
    if (done) {
      compact(&p, k, k + 1 < counts->order ? p.context[k + 1] : NULL, rest[k]);
    } else {
      free(rest[k]);
    }
  }
  free(memory);
  return done ? INK_OK : ink_fail_memory(error);
}
