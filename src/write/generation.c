/*
 * Text in pieces. A stop may begin in one piece and end in a later one, so the text that may be its
 * beginning is held back: the longest end of the text that is the beginning of a stop.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/size.h"
#include "base/status.h"
#include "layers/panels.h"
#include "write/model.h"
#include "write/session.h"
#include "write/stops.h"

/* Bytes that one call has room for before its last token, at least; tokens where they are kept. */
enum { ROOM = 16384, KEPT = 4096 };

struct ink_generation {
  ink_session *session;
  ink_sampling sampling;
  uint32_t left; /* tokens that may still be written */
  bool done;
  ink_stops *stops;
  size_t *matched;    /* [stops->count]: bytes of each that the text ends with */
  char *text;         /* what has been held back, then what is being written */
  size_t given, size; /* bytes of text that the last call gave out; bytes of it in all */
  size_t capacity;    /* bytes that text has room for */
  size_t token_bytes; /* of the longest token, with a space before it */
  /* Where tokens are kept, those of the last call: */
  void *kept;                /* of the two arrays; NULL where they are not */
  double *log_probabilities; /* [KEPT] */
  uint32_t *ids;             /* [KEPT] */
  size_t kept_count;
};

static void lay_out(void *object, ink_arena *arena) {
  ink_generation *g = object;
  const ink_vocabulary *vocabulary = g->session->model->network.vocabulary;
  bool words = ink_vocabulary_level(vocabulary) == INK_LEVEL_WORD;
  g->token_bytes = ink_vocabulary_longest(vocabulary) + (words ? 1 : 0);
  g->matched = ink_arena_take(arena, g->stops->count, 1, sizeof *g->matched);
  size_t room = ink_size_min(g->left, ROOM) * g->token_bytes;
  room = ink_size_min(room, ROOM + g->token_bytes);
  if (!ink_size_add(g->stops->size, room, &g->capacity)) arena->overflow = true;
  g->text = ink_arena_take(arena, g->capacity, 1, 1);
}

ink_status ink_generation_new(ink_session *session, const ink_sampling *sampling, uint32_t length,
                              const char *stops, size_t stops_size, ink_generation **generation,
                              ink_error *error) {
  *generation = NULL;
  ink_generation begun = {.session = session, .left = length, .done = length == 0};
  ink_sampling_default(&begun.sampling);
  if (sampling != NULL) begun.sampling = *sampling;
  ink_status status = ink_model_check_writes(session->model, error);
  if (status == INK_OK) status = ink_sampling_check(&begun.sampling, error);
  if (status == INK_OK) status = ink_stops_new(stops, stops_size, &begun.stops, error);
  if (status != INK_OK) return status;
  *generation = ink_arena_make(lay_out, &begun, sizeof begun, error);
  if (*generation != NULL) return INK_OK;
  free(begun.stops);
  return INK_ERROR_MEMORY;
}

void ink_generation_free(ink_generation *generation) {
  if (generation == NULL) return;
  free(generation->stops);
  free(generation->kept);
  free(generation);
}

ink_status ink_generation_keep_tokens(ink_generation *generation, ink_error *error) {
  ink_generation *g = generation;
  if (g->kept != NULL) return INK_OK;
  g->kept = malloc(KEPT * (sizeof *g->log_probabilities + sizeof *g->ids));
  if (g->kept == NULL) return ink_fail_memory(error);
  g->log_probabilities = g->kept;
  g->ids = (uint32_t *)(g->log_probabilities + KEPT);
  return INK_OK;
}

size_t ink_generation_tokens(const ink_generation *generation, const uint32_t **ids,
                             const double **log_probabilities) {
  *ids = generation->ids;
  *log_probabilities = generation->log_probabilities;
  return generation->kept_count;
}

/* Keeps the id that the session has picked; before it is read. */
static void keep_token(ink_generation *g, uint32_t id) {
  g->ids[g->kept_count] = id;
  g->log_probabilities[g->kept_count++] =
      (double)ink_session_logits(g->session)[id] - ink_session_normaliser(g->session);
}

/* Appends a byte; true when it completes a stop, which then is cut off. */
static bool append_byte(ink_generation *g, char c) {
  g->text[g->size++] = c;
  size_t longest = ink_stops_match(g->stops, g->matched, c);
  g->size -= longest;
  return longest > 0;
}

static void append_token(ink_generation *g, uint32_t id, bool spaced) {
  g->left--;
  const ink_model *model = g->session->model;
  if (id == model->end) {
    g->done = true;
    return;
  }
  const char *token = ink_model_token(model, id);
  bool stopped = spaced && append_byte(g, ' ');
  for (; *token != '\0' && !stopped; token++) stopped = append_byte(g, *token);
  if (stopped || g->left == 0) g->done = true;
}

/* One token each. Nothing is drawn before every distribution has been made, so that a failure
 * leaves all of them where they were. */
static ink_status write_tokens(ink_generation *const *generations, size_t count, ink_error *error) {
  ink_session *sessions[INK_STREAMS_MAX];
  uint32_t ids[INK_STREAMS_MAX];
  bool spaced[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) sessions[i] = generations[i]->session;
  ink_sessions_read_out(sessions, count);
  for (size_t i = 0; i < count; i++) {
    ink_status status = ink_session_distribute(sessions[i], &generations[i]->sampling, error);
    if (status != INK_OK) return status;
  }
  for (size_t i = 0; i < count; i++) {
    ids[i] = ink_session_pick(sessions[i]);
    spaced[i] = ink_session_spaces(sessions[i], ids[i]);
    if (generations[i]->kept != NULL) keep_token(generations[i], ids[i]);
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
  g->kept_count = 0;
}

/* Whether the piece may have a further token; else the rest comes with the next call. */
static bool goes_on(const ink_generation *g) {
  return !g->done && g->capacity - g->size >= g->token_bytes && g->kept_count < KEPT;
}

/* The text that is certain by now. */
static const char *end_piece(ink_generation *g, size_t *bytes) {
  size_t held_back = 0;
  for (size_t i = 0; i < g->stops->count && !g->done; i++) {
    if (g->matched[i] > held_back) held_back = g->matched[i];
  }
  g->given = g->size - held_back;
  *bytes = g->given;
  return g->text;
}

static ink_status check_together(ink_generation *const *generations, size_t count,
                                 ink_error *error) {
  for (size_t i = 0; i < count; i++) generations[i]->session->place = i;
  for (size_t i = 0; i < count; i++) {
    const ink_session *session = generations[i]->session;
    if (session->model != generations[0]->session->model) {
      return ink_fail(error, INK_ERROR_ARGUMENT, "generation %zu is of another model", i);
    }
    if (session->place == i) continue;
    return ink_fail(error, INK_ERROR_ARGUMENT, "generations %zu and %zu share a session", i,
                    session->place);
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
