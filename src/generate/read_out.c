/*
 * What the read-out of a session reads, by task:
 *   generator    h, of the last layer
 *   classifier   [h; mean of h over the text so far; largest of h over it], "concat pooling" (Howard and
 *                Ruder 2018), which grows with the text: every prefix has its answer
 *   translator,  tanh(W [context; h] + b), context = sum_j a_j m_j, a = softmax_j(h . k_j / sqrt(H)) with
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

/* ---- Classifier ---------------------------------------------------------------------------------- */

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

/* ---- Attention ----------------------------------------------------------------------------------- */

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

/* ---- Of all tasks -------------------------------------------------------------------------------- */

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
