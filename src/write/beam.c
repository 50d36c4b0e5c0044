/*
 * Beam search. From a beam of `width` hypotheses, each a text with the sum of its tokens'
 * log-probabilities, the search goes on to the likeliest of all that continue one of them by a
 * token. One that ends is put aside, and the beam is that much narrower from then on (Sutskever et
 * al. 2014); at the end all of them are ordered by their score (inkling.h).
 *
 * A hypothesis is a chain of links, one a token, from its last token back to its first; hypotheses
 * that begin alike share their beginning, and going on costs the same however long they are. Sums
 * run in the order of the tokens, and of two candidates that are as likely the better one is that
 * of the better hypothesis, then that of the lower id: the same hypotheses win on every build.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/option.h"
#include "base/size.h"
#include "base/status.h"
#include "write/model.h"
#include "write/session.h"
#include "write/stops.h"

/* Of the longest texts, the widest search takes some 60 MB and a second. */
enum { WIDTH_MAX = INK_STREAMS_MAX, LENGTH_MAX = 100000 };

/* One token of a hypothesis. */
typedef struct link {
  const struct link *before; /* NULL at the first */
  double log_probability;
  uint32_t token;
  bool spaced; /* a space stands before it */
} link;

typedef struct hypothesis {
  const link *last;     /* NULL of no tokens */
  size_t tokens, bytes; /* of the text, which a stop that has ended it is no part of */
  double log_probability, score;
} hypothesis;

/* The hypothesis `from` of the beam going on with a token. */
typedef struct candidate {
  size_t from;
  uint32_t token;
  double log_probability; /* of the token */
  double sum;             /* of the hypothesis with it */
} candidate;

typedef struct search {
  ink_beam_options options;
  const ink_model *model;
  ink_stops *stops;
  ink_session *sessions[WIDTH_MAX]; /* [width]; the first `count` have read what the beam has */
  hypothesis beam[WIDTH_MAX];       /* [count] */
  hypothesis ended[WIDTH_MAX];      /* [ended_count], with their scores, the best first */
  size_t count, ended_count;
  size_t *matched,
      *next_matched; /* [width][stops->count]: of each the bytes that the text ends with */
  link *next_link;   /* of [length][width] */
} search;

/* ---- One token further ----------------------------------------------------------------------- */

/* Puts a candidate in its place among the best, of which there may be `most`. */
static size_t insert(candidate *best, size_t found, size_t most, candidate c) {
  size_t at = found < most ? found : most - 1;
  for (; at > 0 && c.sum > best[at - 1].sum; at--) best[at] = best[at - 1];
  best[at] = c;
  return found < most ? found + 1 : most;
}

/* Fills best [most] with the likeliest candidates, the best first, and sets *found. */
static ink_status find_best(search *s, candidate *best, size_t most, size_t *found,
                            ink_error *error) {
  uint32_t never = ink_vocabulary_unknown(s->model->network.vocabulary);
  *found = 0;
  for (size_t i = 0; i < s->count; i++) {
    double normaliser = ink_session_normaliser(s->sessions[i]);
    if (normaliser != normaliser) return ink_session_fail_infinite(error);
    const float *logits = ink_session_logits(s->sessions[i]);
    for (uint32_t t = 0; t < s->model->network.shape.vocabulary; t++) {
      if (t == never) continue;
      double log_probability = (double)logits[t] - normaliser;
      double sum = s->beam[i].log_probability + log_probability;
      if (*found == most && !(sum > best[most - 1].sum)) continue;
      *found = insert(best, *found, most, (candidate){i, t, log_probability, sum});
    }
  }
  return INK_OK;
}

/* Adds a byte to the text of a hypothesis; true when that completes a stop. */
static bool add_byte(const search *s, hypothesis *h, size_t *matched, char c) {
  size_t stop = ink_stops_match(s->stops, matched, c);
  h->bytes = h->bytes + 1 - stop;
  return stop > 0;
}

/* Adds the text of its last token to a hypothesis; true when that ends it. */
static bool add_text(const search *s, hypothesis *h, size_t *matched) {
  if (h->last->token == s->model->end) return true;
  bool stopped = h->last->spaced && add_byte(s, h, matched, ' ');
  const char *c = ink_model_token(s->model, h->last->token);
  for (; *c != '\0' && !stopped; c++) stopped = add_byte(s, h, matched, *c);
  return stopped || h->tokens == s->options.length;
}

static void put_aside(search *s, hypothesis h) {
  double n = (double)h.tokens;
  h.score = h.log_probability / ink_exp((double)s->options.length_penalty * ink_log((5 + n) / 6));
  size_t at = s->ended_count++;
  for (; at > 0 && h.score > s->ended[at - 1].score; at--) s->ended[at] = s->ended[at - 1];
  s->ended[at] = h;
}

/* Makes the first `count` sessions those that have read what hypotheses from[i] have. The first of
 * them that comes of a session takes it over, and the others get a copy in one that nobody took. */
static void pass_on(search *s, const size_t *from, size_t count) {
  ink_session *next[WIDTH_MAX], *left[WIDTH_MAX];
  bool taken[WIDTH_MAX] = {false}, copied[WIDTH_MAX];
  size_t left_count = 0;
  for (size_t i = 0; i < count; i++) {
    copied[i] = taken[from[i]];
    taken[from[i]] = true;
  }
  for (size_t i = 0; i < s->options.width; i++) {
    if (!taken[i]) left[left_count++] = s->sessions[i];
  }
  for (size_t i = 0; i < count; i++) {
    next[i] = copied[i] ? left[--left_count] : s->sessions[from[i]];
    if (copied[i]) ink_session_copy(s->sessions[from[i]], next[i]);
  }
  memcpy(s->sessions, next, count * sizeof *next);
  memcpy(s->sessions + count, left, left_count * sizeof *left);
}

/* The hypothesis that a candidate makes, and its matched bytes; true when it has ended. */
static bool continue_by(search *s, const candidate *c, hypothesis *h, size_t *matched) {
  *h = s->beam[c->from];
  bool spaced = c->token != s->model->end && ink_session_spaces(s->sessions[c->from], c->token);
  *s->next_link = (link){h->last, c->log_probability, c->token, spaced};
  h->last = s->next_link++;
  h->log_probability = c->sum;
  h->tokens++;
  size_t stops = s->stops->count;
  memcpy(matched, s->matched + c->from * stops, stops * sizeof *matched);
  return add_text(s, h, matched);
}

static ink_status advance(search *s, ink_error *error) {
  candidate best[WIDTH_MAX];
  hypothesis beam[WIDTH_MAX];
  size_t from[WIDTH_MAX], found, count = 0;
  uint32_t tokens[WIDTH_MAX];
  ink_sessions_read_out(s->sessions, s->count);
  ink_status status = find_best(s, best, s->options.width - s->ended_count, &found, error);
  if (status != INK_OK) return status;
  for (size_t i = 0; i < found; i++) {
    if (continue_by(s, &best[i], &beam[count], s->next_matched + count * s->stops->count)) {
      put_aside(s, beam[count]);
    } else {
      from[count] = best[i].from;
      tokens[count++] = best[i].token;
    }
  }
  memcpy(s->beam, beam, count * sizeof *beam);
  s->count = count;
  size_t *matched = s->matched;
  s->matched = s->next_matched;
  s->next_matched = matched;
  if (count > 0) {
    pass_on(s, from, count);
    ink_sessions_step(s->sessions, count, tokens);
  }
  return INK_OK;
}

/* ---- What was found -------------------------------------------------------------------------- */

/* What a token is written as, without the space; "" of the end. */
static const char *written(const search *s, const link *l) {
  return l->token == s->model->end ? "" : ink_model_token(s->model, l->token);
}

/* Fills the arrays that a hypothesis points to, from their ends. */
static void unroll(const search *s, const hypothesis *h, char *text, uint32_t *ids,
                   double *log_probabilities) {
  size_t n = h->tokens, at = 0;
  for (const link *l = h->last; l != NULL; l = l->before) at += l->spaced + strlen(written(s, l));
  for (const link *l = h->last; l != NULL; l = l->before) {
    ids[--n] = l->token;
    log_probabilities[n] = l->log_probability;
    const char *token = written(s, l);
    for (size_t i = strlen(token); i > 0; i--) {
      if (--at < h->bytes) text[at] = token[i - 1]; /* what is beyond belongs to a stop */
    }
    if (l->spaced && --at < h->bytes) text[at] = ' ';
  }
}

/* A block that begins with the hypotheses; behind them what they point to. */
static ink_status gather(const search *s, ink_hypothesis **best, size_t *count, ink_error *error) {
  size_t tokens = 0, bytes = 0;
  for (size_t i = 0; i < s->ended_count; i++) {
    tokens += s->ended[i].tokens; /* of which each has a link in memory, which is larger */
    bytes += s->ended[i].bytes;
  }
  size_t size = s->ended_count * sizeof **best + tokens * (sizeof(double) + sizeof(uint32_t));
  void *memory = ink_size_add(size, bytes, &size) ? malloc(size) : NULL;
  if (memory == NULL) return ink_fail_memory(error);
  ink_hypothesis *hypotheses = memory;
  double *log_probabilities = (double *)(hypotheses + s->ended_count);
  uint32_t *ids = (uint32_t *)(log_probabilities + tokens);
  char *text = (char *)(ids + tokens);
  for (size_t i = 0; i < s->ended_count; i++) {
    const hypothesis *h = &s->ended[i];
    hypotheses[i] = (ink_hypothesis){.text = text,
                                     .bytes = h->bytes,
                                     .tokens = ids,
                                     .log_probabilities = log_probabilities,
                                     .count = h->tokens,
                                     .log_probability = h->log_probability,
                                     .score = h->score};
    unroll(s, h, text, ids, log_probabilities);
    text += h->bytes;
    ids += h->tokens;
    log_probabilities += h->tokens;
  }
  *best = hypotheses;
  *count = s->ended_count;
  return INK_OK;
}

/* ---- The search ------------------------------------------------------------------------------ */

#define AT(member) offsetof(ink_beam_options, member)

static const ink_option rows[] = {
    {"beam", INK_OPTION_COUNT, AT(width), 1, WIDTH_MAX, 4,
     .expected = "the beam's width must be from 1 to 16"},
    {"length", INK_OPTION_COUNT, AT(length), 0, LENGTH_MAX, 200,
     .expected = "the length of a beam's texts must be from 0 to 100000"},
    {"length-penalty", INK_OPTION_NUMBER, AT(length_penalty), 0, 10, 0,
     .expected = "the length penalty must be from 0 to 10"},
};
static const ink_option_table table = {rows, sizeof rows / sizeof rows[0]};
_Static_assert(sizeof rows / sizeof rows[0] * 4 == sizeof(ink_beam_options), "a row every member");

void ink_beam_options_default(ink_beam_options *options) { ink_options_default(&table, options); }

ink_status ink_beam_options_set(ink_beam_options *options, const char *name, double value,
                                ink_error *error) {
  return ink_options_set(&table, options, name, value, error);
}

size_t ink_beam_options_size(void) { return sizeof(ink_beam_options); }

static void lay_out(void *object, ink_arena *arena) {
  search *s = object;
  size_t width = s->options.width, stops = s->stops->count;
  s->matched = ink_arena_take(arena, width, stops, sizeof *s->matched);
  s->next_matched = ink_arena_take(arena, width, stops, sizeof *s->matched);
  s->next_link = ink_arena_take(arena, s->options.length, width, sizeof *s->next_link);
}

static void close_search(search *s) {
  for (size_t i = 0; i < WIDTH_MAX; i++) ink_session_free(s->sessions[i]);
  free(s);
}

/* Everything that the search allocates, but for what was found. */
static ink_status open_search(const ink_session *session, const ink_beam_options *options,
                              ink_stops *stops, search **opened, ink_error *error) {
  search begun = {.options = *options, .stops = stops, .model = session->model};
  search *s = ink_arena_make(lay_out, &begun, sizeof begun, error);
  if (s == NULL) return INK_ERROR_MEMORY;
  ink_status status = INK_OK;
  for (size_t i = 0; i < options->width && status == INK_OK; i++) {
    status = ink_session_fork(session, &s->sessions[i], error);
  }
  if (status != INK_OK) {
    close_search(s);
    return status;
  }
  *opened = s;
  return INK_OK;
}

ink_status ink_beam_search(const ink_session *session, const ink_beam_options *options,
                           const char *stops, size_t stops_size, ink_hypothesis **best,
                           size_t *count, ink_error *error) {
  *best = NULL;
  *count = 0;
  ink_stops *prepared = NULL;
  search *s = NULL;
  ink_beam_options own;
  if (options == NULL) {
    ink_beam_options_default(&own);
    options = &own;
  }
  ink_status status = ink_model_check_writes(session->model, error);
  if (status == INK_OK) status = ink_options_check(&table, options, error);
  if (status == INK_OK) status = ink_stops_new(stops, stops_size, &prepared, error);
  if (status == INK_OK) status = open_search(session, options, prepared, &s, error);
  if (status == INK_OK) {
    s->count = 1; /* the text of no tokens */
    if (options->length == 0) {
      s->count = 0;
      put_aside(s, s->beam[0]);
    }
    while (s->count > 0 && status == INK_OK) status = advance(s, error);
    if (status == INK_OK) status = gather(s, best, count, error);
    close_search(s);
  }
  free(prepared);
  return status;
}
