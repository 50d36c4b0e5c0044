/*
 * Sampling. What it does, in which order, and the sources: see sampler.h.
 *
 * Nothing is sorted that need not be: a heap of ids gives the likeliest ones, one after another,
 * for as long as top-k and top-p ask for more.
 */
#include "write/sampler.h"

#include <float.h>
#include <string.h>

#include "base/option.h"

#define AT(member) offsetof(ink_sampling, member)

static const ink_option rows[] = {
    {"repetition-penalty", INK_OPTION_NUMBER, AT(repetition_penalty), 1, FLT_MAX, 1,
     .expected = "the repetition penalty must be 1 or more"},
    {"repetition-window", INK_OPTION_COUNT, AT(repetition_window), 0, INK_RECENT_MAX, 64,
     .expected = "the repetition window must be a whole number from 0 to 256"},
    {"temperature", INK_OPTION_NUMBER, AT(temperature), 1e-6, 100, 1, .or_zero = true,
     .expected = "the temperature must be 0, or from 0.000001 to 100"},
    {"top-k", INK_OPTION_COUNT, AT(top_k), 0, UINT32_MAX, 0,
     .expected = "top-k must be a whole number from 0 on"},
    {"top-p", INK_OPTION_NUMBER, AT(top_p), FLT_MIN, 1, 1,
     .expected = "top-p must be above 0 and at most 1"},
    {"min-p", INK_OPTION_NUMBER, AT(min_p), 0, 1, 0, .expected = "min-p must be from 0 to 1"},
    {"max-copy", INK_OPTION_COUNT, AT(max_copy), 0, INK_RECENT_MAX - 1, 0,
     .expected = "max-copy must be a whole number from 0 to 255"},
};
static const ink_option_table table = {rows, sizeof rows / sizeof rows[0]};
_Static_assert(sizeof rows / sizeof rows[0] * 4 == sizeof(ink_sampling), "a row every member");

void ink_sampling_default(ink_sampling *sampling) { ink_options_default(&table, sampling); }

ink_status ink_sampling_check(const ink_sampling *sampling, ink_error *error) {
  return ink_options_check(&table, sampling, error);
}

ink_status ink_sampling_set(ink_sampling *sampling, const char *name, double value,
                            ink_error *error) {
  return ink_options_set(&table, sampling, name, value, error);
}

size_t ink_sampling_size(void) { return sizeof(ink_sampling); }

/* Reads `logits` and writes `penalised`, so that a token that occurs twice is penalised once. */
static void penalise(const float *logits, const ink_sampling *sampling, const ink_recent *recent,
                     float *penalised) {
  uint32_t window = sampling->repetition_window;
  if (window > recent->count) window = recent->count;
  for (uint32_t back = 1; back <= window; back++) {
    uint32_t id = ink_recent_at(recent, back);
    float logit = logits[id] > 0 ? logits[id] / sampling->repetition_penalty
                                 : logits[id] * sampling->repetition_penalty;
    penalised[id] = logit < -FLT_MAX ? -FLT_MAX : logit;
  }
}

/* No token that would make the text a copy of more than `most` tokens. */
static void forbid_copies(const ink_counts *counts, uint32_t most, const ink_recent *recent,
                          float *logits) {
  uint32_t context[INK_RECENT_MAX], count = ink_recent_last(recent, INK_RECENT_MAX, context);
  size_t from, end;
  ink_counts_copies(counts, context, count, most, &from, &end);
  if (end - from >= ink_counts_vocabulary(counts)) return; /* all would: then so be it */
  for (; from < end; from++) logits[ink_counts_next(counts, most, from)] = -FLT_MAX;
}

static void set_greedy(size_t count, float *probabilities) {
  size_t largest = 0;
  for (size_t i = 1; i < count; i++) {
    if (probabilities[i] > probabilities[largest]) largest = i;
  }
  memset(probabilities, 0, count * sizeof *probabilities);
  probabilities[largest] = 1;
}

/* ---- A heap of ids, the likeliest on top ----------------------------------------------------- */

static int likelier(const float *probabilities, uint32_t a, uint32_t b) {
  return probabilities[a] > probabilities[b] || (probabilities[a] == probabilities[b] && a < b);
}

/* Lets heap[at] sink to its place among heap [size]. */
static void heap_sink(const float *probabilities, uint32_t *heap, size_t size, size_t at) {
  uint32_t id = heap[at];
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && likelier(probabilities, heap[child + 1], heap[child])) child++;
    if (!likelier(probabilities, heap[child], id)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = id;
}

static void heap_fill(const float *probabilities, uint32_t *heap, size_t size) {
  for (size_t i = 0; i < size; i++) heap[i] = (uint32_t)i;
  for (size_t i = size / 2; i > 0; i--) heap_sink(probabilities, heap, size, i - 1);
}

/* The likeliest id, which moves to heap[size - 1]: the heap is one shorter. */
static uint32_t heap_pop(const float *probabilities, uint32_t *heap, size_t size) {
  uint32_t top = heap[0];
  heap[0] = heap[size - 1];
  heap[size - 1] = top;
  heap_sink(probabilities, heap, size - 1, 0);
  return top;
}

static double sum_of(const float *probabilities, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (double)probabilities[i];
  return sum;
}

/* ---- The cuts -------------------------------------------------------------------------------- */

/* Top-k and top-p. Popped ids lie at the end of `order`, the likeliest last. */
static void cut_tail(size_t count, const ink_sampling *sampling, uint32_t *order,
                     float *probabilities) {
  size_t left = count; /* in the heap */
  heap_fill(probabilities, order, left);
  double total;
  if (sampling->top_k > 0 && sampling->top_k < count) {
    while (left > count - sampling->top_k) heap_pop(probabilities, order, left--);
    total = 0;
    for (size_t i = count; i > left; i--) total += (double)probabilities[order[i - 1]];
  } else {
    total = sum_of(probabilities, count);
  }
  size_t kept = count - left;
  if (sampling->top_p < 1) {
    size_t most = kept > 0 ? kept : count;
    double wanted = (double)sampling->top_p * total, sum = 0;
    for (kept = 0; kept < most && sum < wanted; kept++) {
      if (left == count - kept) heap_pop(probabilities, order, left--);
      sum += (double)probabilities[order[count - 1 - kept]];
    }
  }
  for (size_t i = 0; i < count - kept; i++) probabilities[order[i]] = 0;
}

static void cut_below(size_t count, float min_p, float *probabilities) {
  float largest = 0;
  for (size_t i = 0; i < count; i++) {
    if (probabilities[i] > largest) largest = probabilities[i];
  }
  for (size_t i = 0; i < count; i++) {
    if (probabilities[i] < min_p * largest) probabilities[i] = 0;
  }
}

void ink_sample_distribution(const ink_kernels *kernels, const float *logits, size_t count,
                             uint32_t never, const ink_sampling *sampling, const ink_recent *recent,
                             const ink_counts *counts, uint32_t *order, float *probabilities) {
  if (sampling->repetition_penalty > 1 || sampling->max_copy > 0 || never < count) {
    memcpy(probabilities, logits, count * sizeof *probabilities);
    if (sampling->repetition_penalty > 1) penalise(logits, sampling, recent, probabilities);
    if (INK_HAS_COUNTS && sampling->max_copy > 0) {
      forbid_copies(counts, sampling->max_copy, recent, probabilities);
    }
    if (never < count) probabilities[never] = -FLT_MAX;
    logits = probabilities;
  }
  if (sampling->temperature == 0) {
    if (logits != probabilities) memcpy(probabilities, logits, count * sizeof *probabilities);
    set_greedy(count, probabilities);
    return;
  }
  kernels->softmax(logits, count, 1 / sampling->temperature, probabilities);
  if (never < count) probabilities[never] = 0; /* the kernel's exp ends at exp(-87) */

  int cuts_tail = (sampling->top_k > 0 && sampling->top_k < count) || sampling->top_p < 1;
  if (cuts_tail) cut_tail(count, sampling, order, probabilities);
  if (sampling->min_p > 0) cut_below(count, sampling->min_p, probabilities);
  if (!cuts_tail && !(sampling->min_p > 0)) return;
  double sum = sum_of(probabilities, count);
  for (size_t i = 0; i < count; i++) probabilities[i] = (float)((double)probabilities[i] / sum);
}

uint32_t ink_pick(const float *probabilities, uint32_t count, double uniform) {
  double sum = 0;
  uint32_t last = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (!(probabilities[i] > 0)) continue;
    sum += (double)probabilities[i];
    last = i;
    if (sum > uniform) break;
  }
  /* A sum that rounding left below `uniform` ends at the last one that has a probability. */
  return last;
}
