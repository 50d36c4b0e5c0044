/*
 * Strings before which a text ends. See stops.h.
 */
#include "write/stops.h"

#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/utf8.h"

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

static void lay_out(void *object, ink_arena *arena) {
  ink_stops *s = object;
  s->list = ink_arena_take(arena, s->count, 1, sizeof *s->list);
  s->text = ink_arena_take(arena, s->size, 1, 1);
  s->failure = ink_arena_take(arena, s->size, 1, sizeof *s->failure);
}

ink_status ink_stops_new(const char *strings, size_t size, ink_stops **stops, ink_error *error) {
  *stops = NULL;
  ink_stops begun = {.size = size};
  ink_status status = count_stops(strings, size, &begun.count, error);
  if (status != INK_OK) return status;
  ink_stops *s = *stops = ink_arena_make(lay_out, &begun, sizeof begun, error);
  if (s == NULL) return INK_ERROR_MEMORY;
  if (size > 0) memcpy(s->text, strings, size);
  for (size_t i = 0, at = 0; i < s->count; i++) {
    s->list[i] = (ink_stop){s->text + at, strlen(s->text + at), s->failure + at};
    prepare(&s->list[i]);
    at += s->list[i].length + 1;
  }
  return INK_OK;
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
