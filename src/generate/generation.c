/*
 * Text in pieces. A stop may begin in one piece and end in a later one, so the text that may be its
 * beginning is held back: the longest end of the text that is the beginning of a stop. Each stop keeps
 * how much of it has been matched, and goes back by its failure table (Knuth, Morris and Pratt 1977),
 * so that a byte costs the same however long the stops are.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "base/utf8.h"
#include "generate/sampler.h"
#include "generate/session.h"
#include "layers/panels.h"
#include "model/arena.h"
#include "model/model.h"

/* Bytes that one call has room for before its last token, at least. */
enum { ROOM = 16384 };

typedef struct stop {
  char *text; /* [length] */
  size_t length;
  size_t *failure; /* [length]: after i+1 bytes, the longest shorter beginning that they end with */
  size_t matched;  /* bytes of it that the text ends with */
} stop;

struct ink_generation {
  void *allocated; /* this struct lies inside of it, after the arrays */
  ink_session *session;
  ink_sampling sampling;
  uint32_t left; /* tokens that may still be written */
  bool done;
  size_t stop_count;
  stop *stops;        /* [stop_count] */
  char *text;         /* what has been held back, then what is being written */
  size_t given, size; /* bytes of text that the last call gave out; bytes of it in all */
  size_t capacity;    /* bytes that text has room for */
  size_t token_bytes; /* of the longest token, with a space before it */
};

static ink_generation *lay_out(const ink_model *model, uint32_t length, size_t stop_count,
                               size_t stops_size, ink_arena *arena, char **stop_text,
                               size_t **failure) {
  ink_generation g = {.left = length, .done = length == 0, .stop_count = stop_count};
  bool words = ink_vocabulary_level(model->vocabulary) == INK_LEVEL_WORD;
  g.token_bytes = ink_vocabulary_longest(model->vocabulary) + (words ? 1 : 0);
  g.stops = ink_arena_take(arena, stop_count, 1, sizeof *g.stops);
  *stop_text = ink_arena_take(arena, stops_size, 1, 1);
  *failure = ink_arena_take(arena, stops_size, 1, sizeof **failure);
  size_t room = ink_size_min(length, ROOM) * g.token_bytes;
  room = ink_size_min(room, ROOM + g.token_bytes);
  if (!ink_size_add(stops_size, room, &g.capacity)) arena->overflow = true;
  g.text = ink_arena_take(arena, g.capacity, 1, 1);
  ink_generation *generation = ink_arena_take(arena, 1, 1, sizeof *generation);
  if (generation != NULL) *generation = g;
  return generation;
}

/* How many stops there are in stops [size], each ended by a NUL. */
static ink_status count_stops(const char *stops, size_t size, size_t *count, ink_error *error) {
  *count = 0;
  if (size > 0 && stops[size - 1] != '\0') {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the last stop has no NUL byte");
  }
  for (size_t at = 0; at < size;) {
    size_t length = strlen(stops + at);
    if (length == 0) return ink_fail(error, INK_ERROR_ARGUMENT, "stop %zu is empty", *count + 1);
    if (!ink_utf8_valid(stops + at, length)) {
      return ink_fail(error, INK_ERROR_TEXT, "stop %zu is not UTF-8", *count + 1);
    }
    at += length + 1;
    (*count)++;
  }
  return INK_OK;
}

/* The matched bytes of a stop when `c` follows `matched` of them. */
static size_t match(const stop *s, size_t matched, char c) {
  while (matched > 0 && s->text[matched] != c) matched = s->failure[matched - 1];
  return s->text[matched] == c ? matched + 1 : 0;
}

static void prepare_stop(stop *s) {
  s->failure[0] = 0;
  for (size_t i = 1; i < s->length; i++) s->failure[i] = match(s, s->failure[i - 1], s->text[i]);
}

ink_status ink_generation_new(ink_session *session, const ink_sampling *sampling, uint32_t length,
                              const char *stops, size_t stops_size, ink_generation **generation,
                              ink_error *error) {
  *generation = NULL;
  ink_sampling used;
  ink_sampling_default(&used);
  if (sampling != NULL) used = *sampling;
  size_t stop_count = 0;
  ink_status status = ink_model_check_writes(ink_session_model(session), error);
  if (status == INK_OK) status = ink_sampling_check(&used, error);
  if (status == INK_OK) status = count_stops(stops, stops_size, &stop_count, error);
  if (status != INK_OK) return status;

  char *stop_text;
  size_t *failure, size;
  ink_arena counted = {0};
  const ink_model *model = ink_session_model(session);
  lay_out(model, length, stop_count, stops_size, &counted, &stop_text, &failure);
  void *allocated = ink_arena_size(&counted, &size) ? malloc(size) : NULL;
  if (allocated == NULL) return ink_fail_memory(error);
  ink_arena arena = ink_arena_over(allocated);
  ink_generation *g = lay_out(model, length, stop_count, stops_size, &arena, &stop_text, &failure);
  g->allocated = allocated;
  g->session = session;
  g->sampling = used;
  if (stops_size > 0) memcpy(stop_text, stops, stops_size);
  for (size_t i = 0; i < stop_count; i++) {
    g->stops[i] = (stop){.text = stop_text, .length = strlen(stop_text), .failure = failure};
    prepare_stop(&g->stops[i]);
    stop_text += g->stops[i].length + 1;
    failure += g->stops[i].length + 1;
  }
  *generation = g;
  return INK_OK;
}

void ink_generation_free(ink_generation *generation) {
  if (generation != NULL) free(generation->allocated);
}

/* Appends a byte; true when it completes a stop, which then is cut off. Of several the one that begins
 * first. */
static bool append_byte(ink_generation *g, char c) {
  g->text[g->size++] = c;
  size_t longest = 0;
  for (size_t i = 0; i < g->stop_count; i++) {
    stop *s = &g->stops[i];
    s->matched = match(s, s->matched, c);
    if (s->matched == s->length && s->length > longest) longest = s->length;
  }
  g->size -= longest;
  return longest > 0;
}

static void append_token(ink_generation *g, uint32_t id, bool spaced) {
  g->left--;
  const ink_model *model = ink_session_model(g->session);
  if (id == model->end) {
    g->done = true;
    return;
  }
  const char *token = ink_model_token(model, id);
  bool stopped = spaced && append_byte(g, ' ');
  for (; *token != '\0' && !stopped; token++) stopped = append_byte(g, *token);
  if (stopped || g->left == 0) g->done = true;
}

/* One token each. Nothing is drawn before every distribution has been made, so that a failure leaves
 * all of them where they were. */
static ink_status write_tokens(ink_generation *const *generations, size_t count, ink_error *error) {
  ink_session *sessions[INK_STREAMS_MAX];
  uint32_t ids[INK_STREAMS_MAX];
  bool spaced[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) sessions[i] = generations[i]->session;
  ink_sessions_read_out(sessions, count);
  for (size_t i = 0; i < count; i++) {
    const float *probabilities;
    ink_status status =
        ink_session_distribution(sessions[i], &generations[i]->sampling, &probabilities, error);
    if (status != INK_OK) return status;
  }
  for (size_t i = 0; i < count; i++) {
    ids[i] = ink_session_pick(sessions[i]);
    spaced[i] = ink_session_spaces(sessions[i], ids[i]);
  }
  ink_sessions_step(sessions, count, ids);
  for (size_t i = 0; i < count; i++) append_token(generations[i], ids[i], spaced[i]);
  return INK_OK;
}

/* Forgets the text that the last call gave out. */
static void begin_piece(ink_generation *g) {
  memmove(g->text, g->text + g->given, g->size - g->given);
  g->size -= g->given;
  g->given = 0;
}

/* Whether the piece may have a further token; else the rest comes with the next call. */
static bool goes_on(const ink_generation *g) {
  return !g->done && g->capacity - g->size >= g->token_bytes;
}

/* The text that is certain by now. */
static const char *end_piece(ink_generation *g, size_t *bytes) {
  size_t held_back = 0;
  for (size_t i = 0; i < g->stop_count && !g->done; i++) {
    if (g->stops[i].matched > held_back) held_back = g->stops[i].matched;
  }
  g->given = g->size - held_back;
  *bytes = g->given;
  return g->text;
}

static ink_status check_together(ink_generation *const *generations, size_t count,
                                 ink_error *error) {
  for (size_t i = 1; i < count; i++) {
    const ink_session *session = generations[i]->session;
    if (ink_session_model(session) != ink_session_model(generations[0]->session)) {
      return ink_fail(error, INK_ERROR_ARGUMENT, "generation %zu is of another model", i);
    }
    for (size_t j = 0; j < i; j++) {
      if (generations[j]->session != session) continue;
      return ink_fail(error, INK_ERROR_ARGUMENT, "generations %zu and %zu share a session", j, i);
    }
  }
  return INK_OK;
}

/* Up to max_tokens of each of at most INK_STREAMS_MAX, together for as long as they go on. */
static ink_status write_pieces(ink_generation *const *generations, size_t count,
                               uint32_t max_tokens, ink_error *error) {
  for (uint32_t n = 0; n < max_tokens; n++) {
    ink_generation *going[INK_STREAMS_MAX];
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
      if (goes_on(generations[i])) going[left++] = generations[i];
    }
    if (left == 0) break;
    ink_status status = write_tokens(going, left, error);
    if (status != INK_OK) return status;
  }
  return INK_OK;
}

ink_status ink_generations_next(ink_generation *const *generations, size_t count,
                                uint32_t max_tokens, const char **texts, size_t *bytes,
                                ink_error *error) {
  for (size_t i = 0; i < count; i++) {
    texts[i] = "";
    bytes[i] = 0;
  }
  ink_status status = check_together(generations, count, error);
  if (status != INK_OK) return status;
  for (size_t i = 0; i < count; i++) begin_piece(generations[i]);
  for (size_t i = 0; i < count && status == INK_OK; i += INK_STREAMS_MAX) {
    status =
        write_pieces(generations + i, ink_size_min(INK_STREAMS_MAX, count - i), max_tokens, error);
  }
  if (status != INK_OK) return status;
  for (size_t i = 0; i < count; i++) texts[i] = end_piece(generations[i], &bytes[i]);
  return INK_OK;
}

ink_status ink_generation_next(ink_generation *generation, uint32_t max_tokens, const char **text,
                               size_t *bytes, ink_error *error) {
  return ink_generations_next(&generation, 1, max_tokens, text, bytes, error);
}

int ink_generation_done(const ink_generation *generation) { return generation->done ? 1 : 0; }
