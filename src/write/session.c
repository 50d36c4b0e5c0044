/*
 * A session: one stream through a model's network, the text that it has read, and its random
 * numbers. The read-out is made only when somebody asks for logits, so that a prompt does not pay
 * for it. Several sessions step together where they can: the products are bound by reading the
 * weights, which then are read once for all.
 */
#include "write/session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"

enum { RANDOM_STREAM = 1 };

static void lay_out(void *object, ink_arena *arena) {
  ink_session *s = object;
  const ink_network *network = &s->model->network;
  float *state = ink_arena_floats(arena, ink_stream_floats(network), 1);
  ink_stream_lay_out(network, state, arena, &s->stream);
  s->order = ink_arena_take(arena, network->shape.outputs, 1, sizeof *s->order);
}

ink_status ink_session_new(const ink_model *model, ink_session **session, ink_error *error) {
  ink_session begun = {.model = model};
  *session = ink_arena_make(lay_out, &begun, sizeof begun, error);
  if (*session == NULL) return INK_ERROR_MEMORY;
  ink_session_seed(*session, 0);
  ink_session_reset(*session);
  return INK_OK;
}

void ink_session_free(ink_session *session) {
  if (session == NULL) return;
  const ink_attention_state *attention = session->stream.attention;
  if (INK_HAS_SOURCES && attention != NULL) free(attention->scores);
  free(session);
}

static size_t state_bytes(const ink_session *session) {
  return ink_stream_floats(&session->model->network) * sizeof(float);
}

void ink_session_copy(const ink_session *from, ink_session *to) {
  to->random = from->random;
  to->fresh = from->fresh;
  to->stream.recent = from->stream.recent;
  to->spacing = from->spacing;
  to->stream.counts_weight = from->stream.counts_weight;
  to->has_logits = false;
  memcpy(to->stream.state, from->stream.state, state_bytes(from));
}

/* From now on the session attends to this source. INK_ERROR_MEMORY changes nothing. */
static ink_status attend(ink_session *session, const ink_source *source, ink_error *error) {
  ink_status status = ink_attention_look_at(session->stream.attention, &source->memory, error);
  if (status != INK_OK) return status;
  session->source = source;
  session->has_logits = false;
  return INK_OK;
}

ink_status ink_session_fork(const ink_session *session, ink_session **fork, ink_error *error) {
  ink_status status = ink_session_new(session->model, fork, error);
  if (status != INK_OK) return status;
  ink_session_copy(session, *fork);
  if (INK_HAS_SOURCES && session->source != NULL) status = attend(*fork, session->source, error);
  if (status != INK_OK) {
    ink_session_free(*fork);
    *fork = NULL;
    return status;
  }
  /* Of attention and of counts the logits are not all that is made. */
  bool more = session->source != NULL || ink_network_counts(&session->model->network) != NULL;
  if (session->has_logits && !more) {
    memcpy((*fork)->stream.logits, session->stream.logits,
           session->model->network.shape.outputs * sizeof(float));
    (*fork)->has_logits = true;
  }
  return INK_OK;
}

void ink_session_reset(ink_session *session) {
  memset(session->stream.state, 0, state_bytes(session));
  if (INK_HAS_FOREIGN) ink_stream_begin(&session->stream);
  session->stream.recent = (ink_recent){0};
  session->spacing = 0;
  session->fresh = true;
  session->has_logits = false;
}

/* Where it was when nothing had been read: in the zero state, or that which its source left. */
static void begin(ink_session *session) {
  ink_session_reset(session);
  if (!INK_HAS_SOURCES || session->source == NULL) return;
  memcpy(session->stream.state, session->source->state, state_bytes(session));
}

void ink_session_seed(ink_session *session, uint64_t seed) {
  ink_random_seed(&session->random, seed, RANDOM_STREAM);
}

/* ---- Reading --------------------------------------------------------------------------------- */

bool ink_session_reads_words(const ink_session *session) {
  return ink_vocabulary_level(session->model->network.vocabulary) == INK_LEVEL_WORD;
}

bool ink_session_spaces(const ink_session *session, uint32_t id) {
  return ink_session_reads_words(session) &&
         ink_spacing_before(session->spacing,
                            ink_vocabulary_token(session->model->network.vocabulary, id));
}

/* Token `id` has been read by the stream. */
static void note_token(ink_session *session, uint32_t id) {
  if (ink_session_reads_words(session)) {
    const char *token = ink_vocabulary_token(session->model->network.vocabulary, id);
    session->spacing = ink_spacing_after(session->spacing, token);
  }
  session->fresh = false;
  session->has_logits = false;
}

void ink_sessions_step(ink_session *const *sessions, size_t count, const uint32_t *ids) {
  ink_stream *streams[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) streams[i] = &sessions[i]->stream;
  ink_streams_step(streams, count, ids);
  for (size_t i = 0; i < count; i++) note_token(sessions[i], ids[i]);
}

void ink_session_step(ink_session *session, uint32_t id) { ink_sessions_step(&session, 1, &id); }

void ink_session_read_start(ink_session *session) {
  const ink_model *model = session->model;
  if (!session->fresh) return;
  for (size_t i = 0; i < model->start_count; i++) ink_session_step(session, model->start[i]);
}

/* INK_ERROR_MEMORY, with nothing read. */
static ink_status read_tokens(ink_session *session, const uint32_t *ids, size_t count,
                              ink_error *error) {
  ink_status status = ink_stream_read(&session->stream, ids, count, error);
  if (status != INK_OK) return status;
  for (size_t i = 0; i < count; i++) note_token(session, ids[i]);
  return INK_OK;
}

ink_status ink_prompt_encode(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                             int skip_unknown, uint32_t **ids, size_t *count, ink_error *error) {
  ink_unknown unknown = skip_unknown ? INK_UNKNOWN_SKIPPED : INK_UNKNOWN_NEAREST;
  return ink_vocabulary_encode(vocabulary, text, bytes, unknown, ids, count, error);
}

void ink_session_note_text(ink_session *session, const char *text, size_t bytes) {
  if (!ink_session_reads_words(session)) return;
  session->spacing = ink_spacing_after_text(session->spacing, text, bytes);
}

ink_status ink_session_feed(ink_session *session, const char *text, size_t bytes, int skip_unknown,
                            ink_error *error) {
  uint32_t *ids;
  size_t count;
  ink_status status = ink_prompt_encode(session->model->network.vocabulary, text, bytes,
                                        skip_unknown, &ids, &count, error);
  if (status != INK_OK) return status;
  bool starts = session->fresh && session->model->start_count > 0;
  ink_session_read_start(session);
  status = read_tokens(session, ids, count, error);
  if (status != INK_OK && starts) begin(session);
  free(ids);
  if (status == INK_OK) ink_session_note_text(session, text, bytes);
  return status;
}

ink_status ink_session_feed_token(ink_session *session, uint32_t id, ink_error *error) {
  if (id >= session->model->network.shape.vocabulary) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "token %lu is not among the vocabulary's %zu",
                    (unsigned long)id, session->model->network.shape.vocabulary);
  }
  ink_session_read_start(session);
  ink_session_step(session, id);
  return INK_OK;
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* A session that is asked for logits has read something; but for one that says
 * what a text is: to that nothing is a text too, and what it reads counts. */
static void read_first(ink_session *session) {
  const ink_model *model = session->model;
  if (!model->network.kind->writes) return;
  ink_session_read_start(session);
  if (session->fresh) {
    uint32_t line_break = ink_vocabulary_find(model->network.vocabulary, '\n');
    ink_session_step(session, line_break == UINT32_MAX ? 0 : line_break);
    session->spacing = 0; /* whichever it was, it is not text */
  }
}

void ink_sessions_read_out(ink_session *const *sessions, size_t count) {
  ink_stream *without[INK_STREAMS_MAX]; /* logits */
  size_t left = 0;
  for (size_t i = 0; i < count; i++) {
    read_first(sessions[i]);
    if (sessions[i]->has_logits) continue;
    without[left++] = &sessions[i]->stream;
    sessions[i]->has_logits = true;
  }
  if (left > 0) ink_streams_predict(without, left);
}

const float *ink_session_logits(ink_session *session) {
  ink_sessions_read_out(&session, 1);
  return session->stream.logits;
}

/* The sum of exponentials is of floats by the kernels, which puts 3e-7 at most into the
 * logarithm. */
double ink_session_normaliser(ink_session *session) {
  const ink_kernels *kernels = session->model->network.kernels;
  size_t outputs = session->model->network.shape.outputs;
  const float *logits = ink_session_logits(session);
  if (!kernels->finite(logits, outputs)) return NAN;
  float *e = session->stream.probabilities, largest = logits[0];
  for (size_t i = 1; i < outputs; i++) largest = logits[i] > largest ? logits[i] : largest;
  for (size_t i = 0; i < outputs; i++) e[i] = logits[i] - largest;
  kernels->exp(e, outputs);
  double sum = 0;
  for (size_t i = 0; i < outputs; i++) sum += (double)e[i];
  return (double)largest + ink_log(sum);
}

ink_status ink_session_fail_infinite(ink_error *error) {
  return ink_fail(error, INK_ERROR_FORMAT,
                  "the model computes no finite number: its weights are too large");
}

ink_status ink_session_distribution(ink_session *session, const ink_sampling *sampling,
                                    const float **probabilities, ink_error *error) {
  *probabilities = NULL;
  ink_sampling own;
  if (sampling == NULL) {
    ink_sampling_default(&own);
    sampling = &own;
  }
  ink_status status = ink_sampling_check(sampling, error);
  if (status == INK_OK) status = ink_session_distribute(session, sampling, error);
  if (status == INK_OK) *probabilities = session->stream.probabilities;
  return status;
}

ink_status ink_session_distribute(ink_session *session, const ink_sampling *sampling,
                                  ink_error *error) {
  const ink_model *model = session->model;
  const ink_network *network = &model->network;
  size_t outputs = network->shape.outputs;
  bool writes = network->kind->writes; /* else outputs are no tokens */
  uint32_t unknown = writes ? ink_vocabulary_unknown(network->vocabulary) : UINT32_MAX;
  static const ink_recent none;
  const ink_counts *counts = ink_network_counts(network);
  if (sampling->max_copy > 0 && counts == NULL) return ink_model_fail_counts(error);
  if (sampling->max_copy > 0 && !ink_counts_whole(counts)) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "limiting copies needs all a model's counts");
  }
  const float *logits = ink_session_logits(session);
  if (!network->kernels->finite(logits, outputs)) return ink_session_fail_infinite(error);
  ink_sample_distribution(network->kernels, logits, outputs, unknown, sampling,
                          writes ? &session->stream.recent : &none, counts, session->order,
                          session->stream.probabilities);
  return INK_OK;
}

uint32_t ink_session_pick(ink_session *session) {
  return ink_pick(session->stream.probabilities, (uint32_t)session->model->network.shape.outputs,
                  ink_random_uniform(&session->random));
}

ink_status ink_session_sample(ink_session *session, const ink_sampling *sampling, uint32_t *id,
                              ink_error *error) {
  const float *probabilities;
  ink_status status = ink_model_check_writes(session->model, error);
  if (status == INK_OK) status = ink_session_distribution(session, sampling, &probabilities, error);
  if (status != INK_OK) return status;
  *id = ink_session_pick(session);
  ink_session_step(session, *id);
  return INK_OK;
}

/* ---- Counts ---------------------------------------------------------------------------------- */

ink_status ink_session_weigh_counts(ink_session *session, float weight, ink_error *error) {
  ink_status status = ink_model_check_weight(session->model, weight, error);
  if (status != INK_OK) return status;
  session->stream.counts_weight = weight;
  session->has_logits = false;
  return INK_OK;
}

void ink_session_parts(ink_session *session, const float **network, const float **counts) {
  ink_session_logits(session);
  *network = session->stream.by_network;
  *counts = session->stream.by_counts;
}

/* ---- Sources --------------------------------------------------------------------------------- */

ink_status ink_session_start(ink_session *session, const ink_source *source, ink_error *error) {
  const ink_network *network = &session->model->network;
  if (source->network != network) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the source was made by another model");
  }
  ink_status status = attend(session, source, error);
  if (status != INK_OK) return status;
  begin(session);
  return INK_OK;
}

const float *ink_session_attention(ink_session *session, size_t *positions) {
  *positions = session->source == NULL ? 0 : session->source->positions;
  if (session->source == NULL) return NULL;
  ink_session_logits(session);
  return session->stream.attention->scores;
}
