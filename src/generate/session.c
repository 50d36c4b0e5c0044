/*
 * A session: one stream through the network.
 *   x_part = W_ih x + b_ih   h_part = W_hh h + b_hh   h = cell(x_part, h_part, h)   logits = W_fc h + b
 * with the x_part of layer 0 read from the model's table. The read-out is made only when somebody asks
 * for logits, so that a prompt does not pay for it.
 */
#include "generate/session.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/size.h"
#include "base/status.h"
#include "generate/sampler.h"
#include "model/arena.h"
#include "model/model.h"

enum { RANDOM_STREAM = 1, STATE_VERSION = 1 };

struct ink_session {
  const ink_model *model;
  void *allocated; /* this struct lies inside of it, after the arrays */
  ink_random random;
  bool fresh;      /* nothing has been read */
  bool has_logits; /* logits are those of the present state */
  ink_recent recent;

  float *h, *c;           /* [layers][H]; c where the cell writes it, else NULL */
  float *x_part, *h_part; /* [gate_rows] */
  float *logits;          /* [logit_rows] */
  float *probabilities;   /* [V] */
  uint32_t *order;        /* [V] scratch of the sampler */
};

static ink_session *lay_out(const ink_model *model, ink_arena *arena) {
  size_t layers = model->shape.layers, hidden = model->shape.hidden;
  size_t vocabulary = model->shape.vocabulary;
  ink_session s = {.model = model};
  s.h = ink_arena_floats(arena, layers, hidden);
  if (model->cell->needs_c) s.c = ink_arena_floats(arena, layers, hidden);
  s.x_part = ink_arena_floats(arena, model->gate_rows, 1);
  s.h_part = ink_arena_floats(arena, model->gate_rows, 1);
  s.logits = ink_arena_floats(arena, model->logit_rows, 1);
  s.probabilities = ink_arena_floats(arena, vocabulary, 1);
  s.order = ink_arena_take(arena, vocabulary, 1, sizeof *s.order);
  ink_session *session = ink_arena_take(arena, 1, 1, sizeof *session);
  if (session != NULL) *session = s;
  return session;
}

ink_status ink_session_new(const ink_model *model, ink_session **session, ink_error *error) {
  *session = NULL;
  ink_arena counted = {0};
  size_t size;
  lay_out(model, &counted);
  void *allocated = ink_arena_size(&counted, &size) ? malloc(size) : NULL;
  if (allocated == NULL) return ink_fail_memory(error);
  ink_arena arena = ink_arena_over(allocated);
  *session = lay_out(model, &arena);
  (*session)->allocated = allocated;
  ink_session_seed(*session, 0);
  ink_session_reset(*session);
  return INK_OK;
}

void ink_session_free(ink_session *session) {
  if (session != NULL) free(session->allocated);
}

const ink_model *ink_session_model(const ink_session *session) { return session->model; }

static size_t state_floats(const ink_session *session) {
  return session->model->shape.layers * session->model->shape.hidden;
}

ink_status ink_session_fork(const ink_session *session, ink_session **fork, ink_error *error) {
  ink_status status = ink_session_new(session->model, fork, error);
  if (status != INK_OK) return status;
  ink_session *copy = *fork;
  copy->random = session->random;
  copy->fresh = session->fresh;
  copy->recent = session->recent;
  size_t size = state_floats(session) * sizeof(float);
  memcpy(copy->h, session->h, size);
  if (session->c != NULL) memcpy(copy->c, session->c, size);
  if (session->has_logits) {
    memcpy(copy->logits, session->logits, session->model->shape.vocabulary * sizeof(float));
    copy->has_logits = true;
  }
  return INK_OK;
}

void ink_session_reset(ink_session *session) {
  size_t size = state_floats(session) * sizeof(float);
  memset(session->h, 0, size);
  if (session->c != NULL) memset(session->c, 0, size);
  session->recent = (ink_recent){0};
  session->fresh = true;
  session->has_logits = false;
}

void ink_session_seed(ink_session *session, uint64_t seed) {
  ink_random_seed(&session->random, seed, RANDOM_STREAM);
}

/* ---- Reading ------------------------------------------------------------------------------------- */

void ink_session_step(ink_session *session, uint32_t id) {
  const ink_model *model = session->model;
  const ink_kernels *kernels = model->kernels;
  size_t hidden = model->shape.hidden, rows = model->gate_rows;
  for (size_t l = 0; l < model->shape.layers; l++) {
    const ink_model_layer *layer = &model->layers[l];
    float *h = session->h + l * hidden;
    float *c = session->c == NULL ? NULL : session->c + l * hidden;
    if (l == 0) { /* copied, because the cell turns x_part into the gates */
      memcpy(session->x_part, model->table + id * rows, rows * sizeof(float));
    } else {
      kernels->matrix_vector(layer->weight_ih, layer->bias_ih, h - hidden, rows, hidden,
                             session->x_part);
    }
    kernels->matrix_vector(layer->weight_hh, layer->bias_hh, h, rows, hidden, session->h_part);
    model->cell->forward(1, hidden, session->x_part, session->h_part, h, c, h, c);
  }
  ink_recent_add(&session->recent, id);
  session->fresh = false;
  session->has_logits = false;
}

static void read_start(ink_session *session) {
  const ink_model *model = session->model;
  for (size_t i = 0; i < model->start_count; i++) ink_session_step(session, model->start[i]);
}

ink_status ink_session_feed(ink_session *session, const char *text, size_t bytes, int skip_unknown,
                            ink_error *error) {
  uint32_t *ids;
  size_t count;
  ink_status status = ink_vocabulary_encode(session->model->vocabulary, text, bytes, skip_unknown,
                                            &ids, &count, error);
  if (status != INK_OK) return status;
  if (session->fresh) read_start(session);
  for (size_t i = 0; i < count; i++) ink_session_step(session, ids[i]);
  free(ids);
  return INK_OK;
}

ink_status ink_session_feed_token(ink_session *session, uint32_t id, ink_error *error) {
  if (id >= session->model->shape.vocabulary) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "token %lu is not among the vocabulary's %zu",
                    (unsigned long)id, session->model->shape.vocabulary);
  }
  if (session->fresh) read_start(session);
  ink_session_step(session, id);
  return INK_OK;
}

/* ---- Writing ------------------------------------------------------------------------------------- */

static void predict_from_recent(ink_session *session) {
  const ink_recent *recent = &session->recent;
  uint32_t context[INK_NGRAM_ORDER_MAX - 1], count = INK_NGRAM_ORDER_MAX - 1;
  if (count > recent->count) count = recent->count;
  for (uint32_t i = 0; i < count; i++) context[i] = ink_recent_at(recent, count - i);
  session->model->predict(session->model->ngram, context, count, session->logits);
}

const float *ink_session_logits(ink_session *session) {
  const ink_model *model = session->model;
  size_t hidden = model->shape.hidden;
  if (session->fresh) read_start(session);
  if (session->fresh) {
    uint32_t line_break = ink_vocabulary_find(model->vocabulary, '\n');
    ink_session_step(session, line_break == UINT32_MAX ? 0 : line_break);
  }
  if (session->has_logits) return session->logits;
  if (model->predict != NULL) {
    predict_from_recent(session);
  } else {
    model->kernels->matrix_vector(model->fc_weight, model->fc_bias,
                                  session->h + (model->shape.layers - 1) * hidden,
                                  model->logit_rows, hidden, session->logits);
  }
  session->has_logits = true;
  return session->logits;
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
  if (status != INK_OK) return status;
  size_t vocabulary = session->model->shape.vocabulary;
  const float *logits = ink_session_logits(session);
  for (size_t i = 0; i < vocabulary; i++) {
    if (!isfinite(logits[i])) {
      return ink_fail(error, INK_ERROR_FORMAT,
                      "the model computes no finite number: its weights are too large");
    }
  }
  ink_sample_distribution(session->model->kernels, logits, vocabulary, sampling, &session->recent,
                          session->order, session->probabilities);
  *probabilities = session->probabilities;
  return INK_OK;
}

ink_status ink_session_sample(ink_session *session, const ink_sampling *sampling, uint32_t *id,
                              ink_error *error) {
  const float *probabilities;
  ink_status status = ink_session_distribution(session, sampling, &probabilities, error);
  if (status != INK_OK) return status;
  *id = ink_pick(probabilities, (uint32_t)session->model->shape.vocabulary,
                 ink_random_uniform(&session->random));
  ink_session_step(session, *id);
  return INK_OK;
}

/* ---- The state as bytes -------------------------------------------------------------------------- */

/* Little-endian: "INKS"; then of 32 bits the version, cell, layers, hidden, vocabulary, 1 if fresh, the
 * number of recent tokens, 256 recent tokens, oldest first, 0 where there are fewer; of 64 bits the two
 * of the random numbers; then h, and c where the cell carries it, as floats. Logits are made again. */
enum { STATE_HEADER = 4 + 7 * 4 + INK_RECENT_MAX * 4 + 2 * 8 };

static size_t carried_floats(const ink_session *session) {
  return state_floats(session) * (session->model->cell->carries_c ? 2 : 1);
}

size_t ink_session_state_size(const ink_session *session) {
  return STATE_HEADER + carried_floats(session) * sizeof(float);
}

static uint8_t *put32(uint8_t *to, uint32_t value) {
  for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> (8 * i));
  return to + 4;
}

static uint8_t *put64(uint8_t *to, uint64_t value) {
  return put32(put32(to, (uint32_t)value), (uint32_t)(value >> 32));
}

static uint8_t *put_floats(uint8_t *to, const float *floats, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, &floats[i], sizeof bits);
    to = put32(to, bits);
  }
  return to;
}

static uint32_t get32(const uint8_t **from) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; i--) value = value << 8 | (*from)[i];
  *from += 4;
  return value;
}

static uint64_t get64(const uint8_t **from) {
  uint64_t low = get32(from);
  return low | (uint64_t)get32(from) << 32;
}

static void get_floats(const uint8_t **from, float *floats, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits = get32(from);
    memcpy(&floats[i], &bits, sizeof bits);
  }
}

void ink_session_save(const ink_session *session, uint8_t *bytes) {
  const ink_shape *shape = &session->model->shape;
  memcpy(bytes, "INKS", 4);
  uint8_t *to = put32(bytes + 4, STATE_VERSION);
  to = put32(to, (uint32_t)shape->cell);
  to = put32(to, (uint32_t)shape->layers);
  to = put32(to, (uint32_t)shape->hidden);
  to = put32(to, (uint32_t)shape->vocabulary);
  to = put32(to, session->fresh ? 1 : 0);
  to = put32(to, session->recent.count);
  for (uint32_t back = session->recent.count; back > 0; back--) {
    to = put32(to, ink_recent_at(&session->recent, back));
  }
  for (uint32_t i = session->recent.count; i < INK_RECENT_MAX; i++) to = put32(to, 0);
  to = put64(to, session->random.state);
  to = put64(to, session->random.increment);
  to = put_floats(to, session->h, state_floats(session));
  if (session->model->cell->carries_c) put_floats(to, session->c, state_floats(session));
}

ink_status ink_session_restore(ink_session *session, const uint8_t *bytes, size_t size,
                               ink_error *error) {
  const ink_shape *shape = &session->model->shape;
  if (size < STATE_HEADER || memcmp(bytes, "INKS", 4) != 0) {
    return ink_fail(error, INK_ERROR_FORMAT, "not the saved state of a session");
  }
  const uint8_t *from = bytes + 4;
  uint32_t version = get32(&from);
  if (version != STATE_VERSION) {
    return ink_fail(error, INK_ERROR_FORMAT, "a saved state of version %lu where %d fits",
                    (unsigned long)version, STATE_VERSION);
  }
  uint32_t cell = get32(&from), layers = get32(&from), hidden = get32(&from);
  uint32_t vocabulary = get32(&from);
  if (cell != (uint32_t)shape->cell || layers != shape->layers || hidden != shape->hidden ||
      vocabulary != shape->vocabulary) {
    return ink_fail(error, INK_ERROR_FORMAT, "the saved state is that of another model");
  }
  if (size != ink_session_state_size(session)) {
    return ink_fail(error, INK_ERROR_FORMAT, "the saved state has %zu bytes where %zu fit", size,
                    ink_session_state_size(session));
  }
  uint32_t fresh = get32(&from), recent_count = get32(&from);
  bool good = fresh <= 1 && recent_count <= INK_RECENT_MAX;
  ink_recent recent = {0};
  for (uint32_t i = 0; i < INK_RECENT_MAX; i++) {
    uint32_t id = get32(&from);
    good = good && id < vocabulary;
    if (good && i < recent_count) ink_recent_add(&recent, id);
  }
  ink_random random;
  random.state = get64(&from);
  random.increment = get64(&from);
  good = good && (random.increment & 1) == 1;
  const uint8_t *floats = from;
  for (size_t i = carried_floats(session); i > 0; i--) {
    float value;
    get_floats(&from, &value, 1);
    good = good && isfinite(value);
  }
  if (!good) return ink_fail(error, INK_ERROR_FORMAT, "the saved state is damaged");

  session->fresh = fresh == 1;
  session->recent = recent;
  session->random = random;
  get_floats(&floats, session->h, state_floats(session));
  if (session->model->cell->carries_c) get_floats(&floats, session->c, state_floats(session));
  session->has_logits = false;
  return INK_OK;
}
