/*
 * Strings before which a text ends. See stops.h.
 */
#include "generate/stops.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/utf8.h"
#include "model/arena.h"

/* How many stops there are in strings [size], each ended by a NUL. */
static ink_status count_stops(const char *strings, size_t size, size_t *count, ink_error *error) {
  *count = 0;
  if (size > 0 && strings[size - 1] != '\0') {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the last stop has no NUL byte");
  }
  for (size_t at = 0; at < size;) {
    size_t length = strlen(strings + at);
    if (length == 0) return ink_fail(error, INK_ERROR_ARGUMENT, "stop %zu is empty", *count + 1);
    if (!ink_utf8_valid(strings + at, length)) {
      return ink_fail(error, INK_ERROR_TEXT, "stop %zu is not UTF-8", *count + 1);
    }
    at += length + 1;
    (*count)++;
  }
  return INK_OK;
}

/* The matched bytes of a stop when `c` follows `matched` of them. */
static size_t match(const ink_stop *stop, size_t matched, char c) {
  while (matched > 0 && stop->text[matched] != c) matched = stop->failure[matched - 1];
  return stop->text[matched] == c ? matched + 1 : 0;
}

static void prepare(ink_stop *stop) {
  stop->failure[0] = 0;
  for (size_t i = 1; i < stop->length; i++) {
    stop->failure[i] = match(stop, stop->failure[i - 1], stop->text[i]);
  }
}

static ink_stops *lay_out(size_t count, size_t size, ink_arena *arena, char **text,
                          size_t **failure) {
  ink_stops s = {.count = count};
  s.list = ink_arena_take(arena, count, 1, sizeof *s.list);
  *text = ink_arena_take(arena, size, 1, 1);
  *failure = ink_arena_take(arena, size, 1, sizeof **failure);
  ink_stops *stops = ink_arena_take(arena, 1, 1, sizeof *stops);
  if (stops != NULL) *stops = s;
  return stops;
}

ink_status ink_stops_new(const char *strings, size_t size, ink_stops **stops, ink_error *error) {
  *stops = NULL;
  size_t count, *failure, bytes;
  char *text;
  ink_status status = count_stops(strings, size, &count, error);
  if (status != INK_OK) return status;
  ink_arena counted = {0};
  lay_out(count, size, &counted, &text, &failure);
  void *allocated = ink_arena_size(&counted, &bytes) ? malloc(bytes) : NULL;
  if (allocated == NULL) return ink_fail_memory(error);
  ink_arena arena = ink_arena_over(allocated);
  ink_stops *s = lay_out(count, size, &arena, &text, &failure);
  s->allocated = allocated;
  if (size > 0) memcpy(text, strings, size);
  for (size_t i = 0; i < count; i++) {
    s->list[i] = (ink_stop){.text = text, .length = strlen(text), .failure = failure};
    prepare(&s->list[i]);
    text += s->list[i].length + 1;
    failure += s->list[i].length + 1;
  }
  *stops = s;
  return INK_OK;
}

void ink_stops_free(ink_stops *stops) {
  if (stops != NULL) free(stops->allocated);
}

size_t ink_stops_match(const ink_stops *stops, size_t *matched, char c) {
  size_t longest = 0;
  for (size_t i = 0; i < stops->count; i++) {
    const ink_stop *stop = &stops->list[i];
    matched[i] = match(stop, matched[i], c);
    if (matched[i] == stop->length && stop->length > longest) longest = stop->length;
  }
  return longest;
}
