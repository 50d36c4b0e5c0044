/*
 * What the read-out of a session reads, by task:
 *   generator    h, of the last layer
 *   classifier   [h; mean of h over the text so far; largest of h over it], "concat pooling"
 *                (Howard and Ruder 2018), which grows with the text: every prefix has its answer.
 *                Beside it, where there is one, the sum of the bag's rows (layers/bag.h), which
 *                  grows, too
 *   translator,  tanh(W [context; h] + b), context = sum_j a_j m_j, a = softmax_j(h . k_j /
 *     sqrt(H)) with
 *   captioner    the memory m and its keys k: "general" attention (Luong et al. 2015), scaled
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "generate/session.h"

static const float *last_h(const ink_session *session) {
  const ink_shape *shape = &session->model->shape;
  return session->h + (shape->layers - 1) * shape->hidden;
}

/* ---- Classifier ------------------------------------------------------------------------------ */

void ink_session_pool(ink_session *session) {
  size_t hidden = session->model->shape.hidden;
  float *read = session->largest + hidden;
  const float *h = last_h(session);
  for (size_t i = 0; i < hidden; i++) {
    session->sum[i] += h[i];
    if (*read == 0 || h[i] > session->largest[i]) session->largest[i] = h[i];
  }
  *read += 1;
}

static const float *pooled_features(ink_session *session) {
  size_t hidden = session->model->shape.hidden;
  float read = session->largest[hidden], *features = session->features;
  memcpy(features, last_h(session), hidden * sizeof *features);
  for (size_t i = 0; i < hidden; i++) {
    features[hidden + i] = session->sum[i] / (read > 0 ? read : 1);
  }
  memcpy(features + 2 * hidden, session->largest, hidden * sizeof *features);
  return features;
}

/* Adds the rows of the runs that end with `id`, the newest token. */
static void add_runs(const ink_session *session, uint32_t id, float *to) {
  const ink_model *model = session->model;
  ink_bag bag = ink_shape_bag(&model->shape);
  uint32_t tokens[INK_BAG_ORDER_MAX];
  size_t rows[INK_BAG_ORDER_MAX], count = 0, classes = model->shape.outputs;
  size_t before = ink_size_min(session->recent.count, bag.order - 1);
  if (before + 1 < bag.order) tokens[count++] = (uint32_t)bag.vocabulary;
  for (size_t back = before; back > 0; back--) {
    tokens[count++] = ink_recent_at(&session->recent, (uint32_t)back);
  }
  tokens[count++] = id;
  count = ink_bag_rows(&bag, tokens, count, rows);
  for (size_t n = 0; n < count; n++) {
    const float *row = model->bag + rows[n] * classes;
    for (size_t c = 0; c < classes; c++) to[c] += model->bag_scale[n] * row[c];
  }
}

void ink_session_sum_bag(ink_session *session, uint32_t id) {
  add_runs(session, id, session->bag_sum);
}

void ink_session_average_bag(ink_session *session, float *logits) {
  const ink_model *model = session->model;
  size_t classes = model->shape.outputs;
  float *sum = session->probabilities; /* scratch */
  memcpy(sum, session->bag_sum, classes * sizeof *sum);
  add_runs(session, (uint32_t)model->shape.vocabulary, sum);
  for (size_t c = 0; c < classes; c++) {
    logits[c] = 0.5f * (logits[c] + (model->bag_bias[c] + sum[c]));
  }
}

/* ---- Attention ------------------------------------------------------------------------------- */

ink_status ink_session_attend(ink_session *session, const ink_source *source, ink_error *error) {
  size_t rows = source->keys.rows;
  float *scores = realloc(session->scores, rows * sizeof *scores);
  if (scores == NULL) return ink_fail_memory(error);
  session->scores = scores;
  session->source = source;
  session->has_logits = false;
  return INK_OK;
}

/* joined = [context; h]; without a source the context is zeros. */
static void attend(ink_session *session) {
  const ink_model *model = session->model;
  size_t hidden = model->shape.hidden, memory = ink_shape_memory(&model->shape);
  const ink_source *source = session->source;
  const float *h = last_h(session), *scores = session->scores;
  memcpy(session->joined + memory, h, hidden * sizeof *h);
  if (source == NULL) {
    memset(session->joined, 0, memory * sizeof *session->joined);
    return;
  }
  model->kernels->product(&source->keys, 1, &h, &session->scores);
  model->kernels->softmax(scores, source->positions, 1 / sqrtf((float)hidden), session->scores);
  model->kernels->product(&source->mix, 1, &scores, &session->context);
  memcpy(session->joined, session->context, memory * sizeof *session->joined);
}

const float *ink_session_attention(ink_session *session, size_t *positions) {
  *positions = session->source == NULL ? 0 : session->source->positions;
  if (session->source == NULL) return NULL;
  ink_session_logits(session);
  return session->scores;
}

/* ---- Of all tasks ---------------------------------------------------------------------------- */

void ink_sessions_features(ink_session *const *sessions, size_t count, const float **features) {
  const ink_model *model = sessions[0]->model;
  if (ink_shape_memory(&model->shape) == 0) {
    for (size_t i = 0; i < count; i++) {
      features[i] = ink_shape_is(&model->shape, INK_TASK_CLASSIFIER) ? pooled_features(sessions[i])
                                                                     : last_h(sessions[i]);
    }
    return;
  }
  const float *joined[INK_STREAMS_MAX] = {0};
  float *outputs[INK_STREAMS_MAX] = {0};
  for (size_t i = 0; i < count; i++) {
    attend(sessions[i]);
    joined[i] = sessions[i]->joined;
    features[i] = outputs[i] = sessions[i]->features;
  }
  ink_sessions_multiply(sessions, count, &model->attention, joined, outputs);
  for (size_t i = 0; i < count; i++) model->kernels->tanh(outputs[i], model->shape.hidden);
}

ink_status ink_session_start(ink_session *session, const ink_source *source, ink_error *error) {
  const ink_model *model = session->model;
  if (source->model != model) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the source was made by another model");
  }
  ink_status status = ink_session_attend(session, source, error);
  if (status != INK_OK) return status;
  ink_session_reset(session);
  memcpy(session->state, source->state, ink_state_floats(model) * sizeof(float));
  return INK_OK;
}
