/*
 * How much of a text is found in a source. All suffixes of
 *   source, a separator, text, an end
 * are sorted; of a suffix of the text, the source's suffixes that share most with it are the
 * nearest ones before and after it. What neighbours share is counted in the order of the text,
 * where it shrinks by one at most from suffix to suffix (T. Kasai et al. 2001; J. Kärkkäinen, G.
 * Manzini and S. J. Puglisi 2009).
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/utf8.h"
#include "inkling_scores.h"
#include "scores/suffixes.h"

enum { SPAN = 8, END = 0, SEPARATOR = 1, FIRST = 2 };

typedef struct joined {
  size_t source_count, text_count; /* characters */
  size_t size;                     /* source_count + 1 + text_count + 1 */
  uint32_t *symbols;               /* [size]: code points + FIRST */
  uint32_t *sorted;                /* [size]: suffixes in order */
  uint32_t *shared;                /* [size]: what suffix i shares with the one sorted before it */
  uint32_t *found;                 /* [text_count]: the longest span found that begins there */
} joined;

static void lay_out(void *object, ink_arena *arena) {
  joined *j = object;
  j->symbols = ink_arena_take(arena, j->size, 1, sizeof *j->symbols);
  j->sorted = ink_arena_take(arena, j->size, 1, sizeof *j->sorted);
  j->shared = ink_arena_take(arena, j->size, 1, sizeof *j->shared);
  j->found = ink_arena_take(arena, j->text_count, 1, sizeof *j->found);
}

static ink_status count_characters(const char *name, const char *text, size_t bytes, size_t *count,
                                   ink_error *error) {
  *count = 0;
  for (size_t at = 0; at < bytes; (*count)++) {
    uint32_t code_point;
    size_t step = ink_utf8_decode(text + at, bytes - at, &code_point);
    if (step == 0) return ink_fail(error, INK_ERROR_TEXT, "%s is not UTF-8 at byte %zu", name, at);
    at += step;
  }
  return INK_OK;
}

static void put_symbols(const char *text, size_t bytes, uint32_t *symbols) {
  for (size_t at = 0; at < bytes; symbols++) {
    uint32_t code_point;
    at += ink_utf8_decode(text + at, bytes - at, &code_point);
    *symbols = code_point + FIRST;
  }
}

static void count_shared(joined *j) {
  /* First, in the place of a suffix, the one sorted before it. */
  for (size_t i = 1; i < j->size; i++) j->shared[j->sorted[i]] = j->sorted[i - 1];
  uint32_t length = 0;
  for (size_t i = 0; i + 1 < j->size; i++) { /* the end is sorted first and has none */
    size_t before = j->shared[i];
    while (j->symbols[i + length] == j->symbols[before + length]) length++;
    j->shared[i] = length;
    if (length > 0) length--;
  }
}

/* Goes over the sorted suffixes in one direction with `most`, what the present one shares with the
 * last one of the source. */
static void find_spans(joined *j) {
  size_t text_start = j->source_count + 1;
  for (int backward = 0; backward < 2; backward++) {
    uint32_t most = 0;
    for (size_t n = 1; n < j->size; n++) {
      size_t i = backward ? j->size - n : n; /* the pair of sorted[i - 1] and sorted[i] */
      size_t from = j->sorted[backward ? i : i - 1], to = j->sorted[backward ? i - 1 : i];
      uint32_t shared = j->shared[j->sorted[i]];
      if (from < j->source_count || shared < most) most = shared;
      if (to < text_start || to + 1 == j->size) continue;
      if (most > j->found[to - text_start]) j->found[to - text_start] = most;
    }
  }
}

static ink_overlap sum_up(const joined *j, const char *text, size_t bytes) {
  ink_overlap o = {0};
  size_t longest_index = 0;
  for (size_t i = 0; i < j->text_count; i++) {
    if (j->found[i] > o.longest) {
      o.longest = j->found[i];
      longest_index = i;
    }
    if (i + SPAN <= j->text_count) o.spans++;
    if (j->found[i] >= SPAN) o.spans_found++;
  }
  size_t end = longest_index + (size_t)o.longest, index = 0;
  for (size_t at = 0; at < bytes && index < end; index++) {
    uint32_t code_point;
    size_t step = ink_utf8_decode(text + at, bytes - at, &code_point);
    *(index < longest_index ? &o.longest_at : &o.longest_bytes) += (double)step;
    at += step;
  }
  return o;
}

ink_status ink_novelty(const char *text, size_t bytes, const char *source, size_t source_bytes,
                       ink_overlap *overlap, ink_error *error) {
  joined j = {0};
  ink_status status = count_characters("the text", text, bytes, &j.text_count, error);
  if (status == INK_OK) {
    status = count_characters("the source", source, source_bytes, &j.source_count, error);
  }
  if (status != INK_OK) return status;
  if (j.text_count == 0) return ink_fail(error, INK_ERROR_TEXT, "the text is empty");
  if (j.text_count > INK_SUFFIXES_MAX - 2 || j.source_count > INK_SUFFIXES_MAX - 2 - j.text_count) {
    return ink_fail(error, INK_ERROR_TEXT, "the texts are too long to compare");
  }
  j.size = j.source_count + 1 + j.text_count + 1;
  void *memory;
  status = ink_arena_allocate(lay_out, &j, &memory, NULL, error);
  if (status != INK_OK) return status;
  put_symbols(source, source_bytes, j.symbols);
  j.symbols[j.source_count] = SEPARATOR;
  put_symbols(text, bytes, j.symbols + j.source_count + 1);
  j.symbols[j.size - 1] = END;
  uint32_t highest = SEPARATOR;
  for (size_t i = 0; i < j.size; i++) {
    if (j.symbols[i] > highest) highest = j.symbols[i];
  }
  bool done = ink_suffixes_sort(j.symbols, j.size, highest + 1, j.sorted);
  if (done) {
    count_shared(&j);
    find_spans(&j);
    *overlap = sum_up(&j, text, bytes);
  }
  free(memory);
  return done ? INK_OK : ink_fail_memory(error);
}
