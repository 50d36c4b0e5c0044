/*
 * A session: one stream through the network.
 *   x_part = W_ih x + b_ih   h_part = W_hh h + b_hh   h = cell(x_part, h_part, h)   logits = W_fc h
 *     + b
 * with the x_part of layer 0 read from the model's table. The read-out is made only when somebody
 * asks for logits, so that a prompt does not pay for it. Several streams step together where they
 * can: the products are bound by reading the weights, which then are read once for all.
 */
#include "generate/session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/size.h"
#include "base/status.h"
#include "model/arena.h"
#include "text/words.h"

enum { RANDOM_STREAM = 1, STATE_VERSION = 1 };

ink_quantized *ink_quantized_lay_out(size_t n, size_t count, ink_arena *arena) {
  ink_quantized *quantized = ink_arena_take(arena, count, 1, sizeof *quantized);
  size_t padded = ink_size_round_up(n, 2);
  int16_t *values = ink_arena_take(arena, count, padded, sizeof *values);
  for (size_t i = 0; quantized != NULL && i < count; i++) quantized[i].values = values + i * padded;
  return quantized;
}

size_t ink_state_floats(const ink_model *model) {
  size_t layer = model->shape.layers * model->shape.hidden;
  size_t pooled =
      ink_shape_is(&model->shape, INK_TASK_CLASSIFIER) ? 2 * model->shape.hidden + 1 : 0;
  size_t bag = ink_shape_has_bag(&model->shape) ? model->shape.outputs : 0;
  return layer * (model->cell->carries_c ? 2 : 1) + pooled + bag;
}

static ink_session *lay_out(const ink_model *model, ink_arena *arena) {
  size_t hidden = model->shape.hidden, layer = model->shape.layers * hidden;
  size_t outputs = model->shape.outputs, memory = ink_shape_memory(&model->shape);
  size_t features = ink_shape_features(&model->shape);
  ink_session s = {.model = model};
  s.state = ink_arena_floats(arena, ink_state_floats(model), 1);
  s.x_part = ink_arena_floats(arena, model->gate_rows, 1);
  s.h_part = ink_arena_floats(arena, model->gate_rows, 1);
  size_t widest = memory + hidden > features ? memory + hidden : features;
  s.quantized = ink_quantized_lay_out(widest, 1, arena);
  if (memory > 0) {
    s.features = ink_arena_floats(arena, ink_size_round_up(hidden, INK_ROWS), 1);
    s.joined = ink_arena_floats(arena, memory + hidden, 1);
    s.context = ink_arena_floats(arena, ink_size_round_up(memory, INK_ROWS), 1);
  } else if (features > hidden) {
    s.features = ink_arena_floats(arena, features, 1);
  }
  s.logits = ink_arena_floats(arena, model->logit_rows, 1);
  s.probabilities = ink_arena_floats(arena, outputs, 1);
  s.order = ink_arena_take(arena, outputs, 1, sizeof *s.order);
  ink_session *session = ink_arena_take(arena, 1, 1, sizeof *session);
  if (session == NULL) return NULL;
  s.h = s.state;
  float *behind = s.state + layer;
  if (model->cell->carries_c) {
    s.c = behind;
    behind += layer;
  }
  if (ink_shape_is(&model->shape, INK_TASK_CLASSIFIER)) {
    s.sum = behind;
    s.largest = behind + hidden;
    if (ink_shape_has_bag(&model->shape)) s.bag_sum = s.largest + hidden + 1;
  }
  *session = s;
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
  if (session == NULL) return;
  free(session->scores);
  free(session->allocated);
}

const ink_model *ink_session_model(const ink_session *session) { return session->model; }

void ink_session_copy(const ink_session *from, ink_session *to) {
  to->random = from->random;
  to->fresh = from->fresh;
  to->recent = from->recent;
  to->spacing = from->spacing;
  to->has_logits = false;
  memcpy(to->state, from->state, ink_state_floats(from->model) * sizeof(float));
}

ink_status ink_session_fork(const ink_session *session, ink_session **fork, ink_error *error) {
  ink_status status = ink_session_new(session->model, fork, error);
  if (status != INK_OK) return status;
  ink_session_copy(session, *fork);
  if (session->source != NULL) status = ink_session_attend(*fork, session->source, error);
  if (status != INK_OK) {
    ink_session_free(*fork);
    *fork = NULL;
    return status;
  }
  if (session->has_logits && session->source == NULL) { /* attention is made with them */
    memcpy((*fork)->logits, session->logits, session->model->shape.outputs * sizeof(float));
    (*fork)->has_logits = true;
  }
  return INK_OK;
}

void ink_session_reset(ink_session *session) {
  memset(session->state, 0, ink_state_floats(session->model) * sizeof(float));
  session->recent = (ink_recent){0};
  session->spacing = 0;
  session->fresh = true;
  session->has_logits = false;
}

void ink_session_seed(ink_session *session, uint64_t seed) {
  ink_random_seed(&session->random, seed, RANDOM_STREAM);
}

/* ---- Reading --------------------------------------------------------------------------------- */

void ink_sessions_multiply(ink_session *const *sessions, size_t count, const ink_panels *panels,
                           const float *const *x, float *const *y) {
  ink_quantized *quantized[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) quantized[i] = sessions[i]->quantized;
  ink_panels_product(sessions[0]->model->kernels, panels, count, x, quantized, y);
}

/* The same of the h of layer l. */
static void multiply_h(ink_session *const *sessions, size_t count, size_t l,
                       const ink_panels *panels, float *const *y) {
  const float *h[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) h[i] = sessions[i]->h + l * sessions[i]->model->shape.hidden;
  ink_sessions_multiply(sessions, count, panels, h, y);
}

/* The new state of layer l, when h_part has been made for it. */
static void advance_cell(ink_session *session, size_t l, const float *x_part) {
  size_t hidden = session->model->shape.hidden;
  float *h = session->h + l * hidden, *c = session->c == NULL ? NULL : session->c + l * hidden;
  session->model->cell->forward(1, hidden, x_part, session->h_part, NULL, h, c, h, c);
}

static bool reads_words(const ink_session *session) {
  return ink_vocabulary_level(session->model->vocabulary) == INK_LEVEL_WORD;
}

bool ink_session_spaces(const ink_session *session, uint32_t id) {
  return reads_words(session) &&
         ink_spacing_before(session->spacing, ink_vocabulary_token(session->model->vocabulary, id));
}

static void note_token(ink_session *session, uint32_t id) {
  if (ink_shape_is(&session->model->shape, INK_TASK_CLASSIFIER)) {
    ink_session_pool(session);
    if (session->bag_sum != NULL) ink_session_sum_bag(session, id);
  }
  ink_recent_add(&session->recent, id);
  if (reads_words(session)) {
    session->spacing =
        ink_spacing_after(session->spacing, ink_vocabulary_token(session->model->vocabulary, id));
  }
  session->fresh = false;
  session->has_logits = false;
}

void ink_sessions_step(ink_session *const *sessions, size_t count, const uint32_t *ids) {
  const ink_model *model = sessions[0]->model;
  const ink_model_stack *stack = &model->stack;
  const float *embeddings[INK_STREAMS_MAX];
  float *x_part[INK_STREAMS_MAX], *h_part[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) {
    x_part[i] = sessions[i]->x_part;
    h_part[i] = sessions[i]->h_part;
    if (stack->table == NULL) embeddings[i] = stack->embedding + ids[i] * model->shape.embed;
  }
  for (size_t l = 0; l < model->shape.layers; l++) {
    const ink_model_layer *layer = &stack->layers[l];
    if (l > 0) {
      multiply_h(sessions, count, l - 1, &layer->input, x_part);
    } else if (stack->table == NULL) {
      ink_sessions_multiply(sessions, count, &layer->input, embeddings, x_part);
    }
    multiply_h(sessions, count, l, &layer->recurrent, h_part);
    for (size_t i = 0; i < count; i++) {
      bool by_table = l == 0 && stack->table != NULL;
      advance_cell(sessions[i], l, by_table ? stack->table + ids[i] * model->gate_rows : x_part[i]);
    }
  }
  for (size_t i = 0; i < count; i++) note_token(sessions[i], ids[i]);
}

void ink_session_step(ink_session *session, uint32_t id) { ink_sessions_step(&session, 1, &id); }

/* ---- Reading a text layer by layer ----------------------------------------------------------- */

/* Of so many tokens at once the inputs of a deeper layer are made by one product, which reads its
 * weights from memory once. What is summed, and in which order, is the same as token by token. */
enum { BLOCK = INK_STREAMS_MAX };

typedef struct block {
  float *h;                 /* [BLOCK][H]: of the layer below */
  float *x_parts;           /* [BLOCK][gate_rows] */
  ink_quantized *quantized; /* [BLOCK], of [H] */
} block;

static block lay_out_block(const ink_model *model, ink_arena *arena) {
  return (block){.h = ink_arena_floats(arena, BLOCK, model->shape.hidden),
                 .x_parts = ink_arena_floats(arena, BLOCK, model->gate_rows),
                 .quantized = ink_quantized_lay_out(model->shape.hidden, BLOCK, arena)};
}

/* x_parts of layer l from the h of the layer below, for `count` tokens. */
static void multiply_block(const ink_model *model, const block *b, size_t l, size_t count) {
  const float *h[BLOCK];
  float *x_parts[BLOCK];
  ink_quantized *quantized[BLOCK];
  for (size_t t = 0; t < count; t++) {
    h[t] = b->h + t * model->shape.hidden;
    x_parts[t] = b->x_parts + t * model->gate_rows;
    quantized[t] = &b->quantized[t];
  }
  ink_panels_product(model->kernels, &model->stack.layers[l].input, count, h, quantized, x_parts);
}

static void read_block(ink_session *session, const block *b, const uint32_t *ids, size_t count) {
  const ink_model *model = session->model;
  size_t hidden = model->shape.hidden;
  for (size_t l = 0; l < model->shape.layers; l++) {
    if (l > 0) multiply_block(model, b, l, count);
    for (size_t t = 0; t < count; t++) {
      size_t row = (l > 0 ? t : ids[t]) * model->gate_rows;
      multiply_h(&session, 1, l, &model->stack.layers[l].recurrent, &session->h_part);
      advance_cell(session, l, (l > 0 ? b->x_parts : model->stack.table) + row);
      memcpy(b->h + t * hidden, session->h + l * hidden, hidden * sizeof *b->h);
    }
  }
  for (size_t t = 0; t < count; t++) note_token(session, ids[t]);
}

static void read_start(ink_session *session) {
  const ink_model *model = session->model;
  for (size_t i = 0; i < model->start_count; i++) ink_session_step(session, model->start[i]);
}

/* Fails only for want of memory, and then has read nothing. One layer has no inputs to gain from,
 * and a classifier needs the last layer's state of every token. */
static ink_status read_tokens(ink_session *session, const uint32_t *ids, size_t count,
                              ink_error *error) {
  const ink_model *model = session->model;
  void *allocated = NULL;
  block b;
  if (model->shape.layers > 1 && count > 1 && model->stack.table != NULL && session->sum == NULL) {
    ink_arena counted = {0};
    size_t size;
    lay_out_block(model, &counted);
    if (ink_arena_size(&counted, &size)) allocated = malloc(size);
    if (allocated == NULL) return ink_fail_memory(error);
    ink_arena arena = ink_arena_over(allocated);
    b = lay_out_block(model, &arena);
  }
  if (session->fresh) read_start(session);
  if (allocated == NULL) {
    for (size_t i = 0; i < count; i++) ink_session_step(session, ids[i]);
  } else {
    for (size_t i = 0; i < count; i += BLOCK) {
      read_block(session, &b, ids + i, ink_size_min(BLOCK, count - i));
    }
  }
  free(allocated);
  return INK_OK;
}

ink_status ink_prompt_encode(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                             int skip_unknown, uint32_t **ids, size_t *count, ink_error *error) {
  bool words = ink_vocabulary_level(vocabulary) == INK_LEVEL_WORD;
  ink_unknown unknown = skip_unknown ? INK_UNKNOWN_SKIPPED
                        : words      ? INK_UNKNOWN_NEAREST
                                     : INK_UNKNOWN_FAILS;
  return ink_vocabulary_encode(vocabulary, text, bytes, unknown, ids, count, error);
}

ink_status ink_session_feed(ink_session *session, const char *text, size_t bytes, int skip_unknown,
                            ink_error *error) {
  uint32_t *ids;
  size_t count;
  ink_status status =
      ink_prompt_encode(session->model->vocabulary, text, bytes, skip_unknown, &ids, &count, error);
  if (status != INK_OK) return status;
  status = read_tokens(session, ids, count, error);
  free(ids);
  if (status == INK_OK && reads_words(session)) {
    session->spacing = ink_spacing_after_text(session->spacing, text, bytes);
  }
  return status;
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

/* ---- Writing --------------------------------------------------------------------------------- */

static void predict_from_recent(ink_session *session) {
  const ink_recent *recent = &session->recent;
  uint32_t context[INK_NGRAM_ORDER_MAX - 1], count = INK_NGRAM_ORDER_MAX - 1;
  if (count > recent->count) count = recent->count;
  for (uint32_t i = 0; i < count; i++) context[i] = ink_recent_at(recent, count - i);
  session->model->predict(session->model->ngram, context, count, session->logits);
}

/* A session that is asked for logits has read something; but for a classifier, to which nothing is
 * a text too, and what it reads counts. */
static void read_first(ink_session *session) {
  const ink_model *model = session->model;
  if (ink_shape_is(&model->shape, INK_TASK_CLASSIFIER)) return;
  if (session->fresh) read_start(session);
  if (session->fresh) {
    uint32_t line_break = ink_vocabulary_find(model->vocabulary, '\n');
    ink_session_step(session, line_break == UINT32_MAX ? 0 : line_break);
    session->spacing = 0; /* whichever it was, it is not text */
  }
}

void ink_sessions_read_out(ink_session *const *sessions, size_t count) {
  const ink_model *model = sessions[0]->model;
  ink_session *without[INK_STREAMS_MAX]; /* logits */
  float *logits[INK_STREAMS_MAX];
  size_t left = 0;
  for (size_t i = 0; i < count; i++) {
    read_first(sessions[i]);
    if (sessions[i]->has_logits) continue;
    without[left] = sessions[i];
    logits[left++] = sessions[i]->logits;
    sessions[i]->has_logits = true;
  }
  if (left == 0) return;
  if (model->predict != NULL) {
    for (size_t i = 0; i < left; i++) predict_from_recent(without[i]);
    return;
  }
  const float *features[INK_STREAMS_MAX];
  ink_sessions_features(without, left, features);
  ink_sessions_multiply(without, left, &model->read_out, features, logits);
  bool bagged = ink_shape_has_bag(&model->shape);
  for (size_t i = 0; bagged && i < left; i++) {
    ink_session_average_bag(without[i], logits[i]);
  }
}

const float *ink_session_logits(ink_session *session) {
  ink_sessions_read_out(&session, 1);
  return session->logits;
}

/* The sum of exponentials is of floats by the kernels, which puts 3e-7 at most into the
 * logarithm. */
double ink_session_normaliser(ink_session *session) {
  const ink_kernels *kernels = session->model->kernels;
  size_t outputs = session->model->shape.outputs;
  const float *logits = ink_session_logits(session);
  if (!kernels->finite(logits, outputs)) return NAN;
  float *e = session->probabilities, largest = logits[0];
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
  if (status != INK_OK) return status;
  const ink_model *model = session->model;
  size_t outputs = model->shape.outputs;
  bool classes = ink_shape_is(&model->shape, INK_TASK_CLASSIFIER); /* which are not tokens */
  uint32_t unknown = classes ? UINT32_MAX : ink_vocabulary_unknown(model->vocabulary);
  static const ink_recent none;
  const float *logits = ink_session_logits(session);
  if (!model->kernels->finite(logits, outputs)) {
    return ink_session_fail_infinite(error);
  }
  ink_sample_distribution(model->kernels, logits, outputs, unknown, sampling,
                          classes ? &none : &session->recent, session->order,
                          session->probabilities);
  *probabilities = session->probabilities;
  return INK_OK;
}

uint32_t ink_session_pick(ink_session *session) {
  return ink_pick(session->probabilities, (uint32_t)session->model->shape.outputs,
                  ink_random_uniform(&session->random));
}

ink_status ink_session_sample(ink_session *session, const ink_sampling *sampling, uint32_t *id,
                              ink_error *error) {
  const float *probabilities;
  ink_status status = ink_model_check_writes(session->model, error);
  if (status == INK_OK) {
    status = ink_session_distribution(session, sampling, &probabilities, error);
  }
  if (status != INK_OK) return status;
  *id = ink_session_pick(session);
  ink_session_step(session, *id);
  return INK_OK;
}

/* ---- The state as bytes ---------------------------------------------------------------------- */

/* Little-endian: "INKS"; then of 32 bits the version, cell, layers, hidden, vocabulary, 1 if fresh
 * plus twice the spacing, the number of recent tokens, 256 recent tokens, oldest first, 0 where
 * there are fewer; of 64 bits the two of the random numbers; then the state as floats: h, and c
 * where the cell carries it. Logits are made again. */
enum { STATE_HEADER = 4 + 7 * 4 + INK_RECENT_MAX * 4 + 2 * 8 };

size_t ink_session_state_size(const ink_session *session) {
  return STATE_HEADER + ink_state_floats(session->model) * sizeof(float);
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
  to = put32(to, (session->fresh ? 1 : 0) | session->spacing << 1);
  to = put32(to, session->recent.count);
  for (uint32_t back = session->recent.count; back > 0; back--) {
    to = put32(to, ink_recent_at(&session->recent, back));
  }
  for (uint32_t i = session->recent.count; i < INK_RECENT_MAX; i++) to = put32(to, 0);
  to = put64(to, session->random.state);
  to = put64(to, session->random.increment);
  put_floats(to, session->state, ink_state_floats(session->model));
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
  uint32_t flags = get32(&from), recent_count = get32(&from);
  ink_spacing spacing = flags >> 1, most = reads_words(session) ? INK_SPACING_MOST : 0;
  bool good = spacing <= most && recent_count <= INK_RECENT_MAX;
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
  for (size_t i = ink_state_floats(session->model); i > 0; i--) {
    float value;
    get_floats(&from, &value, 1);
    good = good && isfinite(value);
  }
  if (!good) return ink_fail(error, INK_ERROR_FORMAT, "the saved state is damaged");

  session->fresh = (flags & 1) != 0;
  session->spacing = spacing;
  session->recent = recent;
  session->random = random;
  get_floats(&floats, session->state, ink_state_floats(session->model));
  session->has_logits = false;
  return INK_OK;
}
