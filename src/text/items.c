/*
 * Lines in another order, and the split of a text.
 */
#include "text/items.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/random.h"
#include "base/size.h"
#include "base/status.h"
#include "inkling_text.h"

typedef struct item {
  const char *text;
  size_t bytes; /* without the line break */
} item;

static void shuffle(void *items, size_t size, size_t count, uint64_t seed) {
  ink_random random;
  ink_random_seed(&random, seed, 0x11e5);
  ink_random_shuffle(&random, items, size, count);
}

ink_status ink_shuffle_lines(const char *text, size_t bytes, uint64_t seed, char **shuffled,
                             size_t *shuffled_bytes, ink_error *error) {
  *shuffled = NULL;
  *shuffled_bytes = 0;
  size_t most = 1, size;
  for (size_t i = 0; i < bytes; i++) most += text[i] == '\n';
  if (most > UINT32_MAX || !ink_size_multiply(most, sizeof(item), &size)) {
    return ink_fail(error, INK_ERROR_TEXT, "the text has too many lines");
  }
  item *lines = malloc(size);
  char *out = malloc(bytes + 1);
  if (lines == NULL || out == NULL) {
    free(lines);
    free(out);
    return ink_fail_memory(error);
  }
  uint32_t count = 0;
  size_t at = 0;
  for (ink_pair line = {0}; ink_line_next(text, bytes, &at, &line);) {
    if (line.right_bytes > 0) lines[count++] = (item){line.right, line.right_bytes};
  }
  shuffle(lines, sizeof *lines, count, seed);
  at = 0;
  for (uint32_t i = 0; i < count; i++) {
    memcpy(out + at, lines[i].text, lines[i].bytes);
    at += lines[i].bytes;
    out[at++] = '\n';
  }
  free(lines);
  *shuffled = out;
  *shuffled_bytes = at;
  return INK_OK;
}

void ink_shuffle_pairs(ink_pair *pairs, size_t count, uint64_t seed) {
  shuffle(pairs, sizeof *pairs, count, seed);
}

/* A pair on its way to its place. */
typedef struct placed {
  ink_pair pair;
  size_t before; /* in the shuffled list */
  double place;  /* (0,1): (how many of its label stand before it + 1/2) / how many there are */
} placed;

static int by_label(const void *left, const void *right) {
  const placed *a = left, *b = right;
  int order = ink_bytes_compare(a->pair.left, a->pair.left_bytes, b->pair.left, b->pair.left_bytes);
  return order != 0 ? order : (a->before > b->before) - (a->before < b->before);
}

static int by_place(const void *left, const void *right) {
  const placed *a = left, *b = right;
  if (a->place != b->place) return a->place < b->place ? -1 : 1;
  return (a->before > b->before) - (a->before < b->before);
}

static bool same_label(const placed *a, const placed *b) {
  return ink_bytes_equal(a->pair.left, a->pair.left_bytes, b->pair.left, b->pair.left_bytes);
}

ink_status ink_shuffle_labelled(ink_pair *pairs, size_t count, uint64_t seed, ink_error *error) {
  placed *list = calloc(count + 1, sizeof *list);
  if (list == NULL) return ink_fail_memory(error);
  ink_shuffle_pairs(pairs, count, seed);
  for (size_t i = 0; i < count; i++) list[i] = (placed){.pair = pairs[i], .before = i};
  qsort(list, count, sizeof *list, by_label);
  for (size_t first = 0, end; first < count; first = end) {
    for (end = first + 1; end < count && same_label(list + first, list + end);) end++;
    for (size_t i = first; i < end; i++) {
      list[i].place = ((double)(i - first) + 0.5) / (double)(end - first);
    }
  }
  qsort(list, count, sizeof *list, by_place);
  for (size_t i = 0; i < count; i++) pairs[i] = list[i].pair;
  free(list);
  return INK_OK;
}

size_t ink_training_tokens(size_t tokens, float validation) {
  return tokens - (size_t)((double)tokens * (double)validation);
}
