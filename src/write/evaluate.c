/*
 * Cross-entropy of a text: the mean of -ln p(token | the tokens before it), with
 *   -ln p(t) = ln sum_v exp(l_v) - l_t
 * in double precision. The metadata's `start` is not read: the score is of the text alone.
 */
#include "write/evaluate.h"

#include <math.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/status.h"
#include "write/model.h"
#include "write/session.h"

/* Sums of nats over all tokens predicted: of the whole, the network and the counts. */
typedef struct sums {
  double whole, network, counts;
  size_t predicted;
} sums;

/* What network and counts say of the next token, which the session's logits are made of. */
static void add_parts(const ink_session *session, uint32_t id, sums *s) {
  const ink_stream *stream = &session->stream;
  const ink_network *network = stream->network;
  uint32_t context[INK_COUNTS_ORDER_MAX];
  uint32_t count = ink_recent_last(&stream->recent, INK_COUNTS_ORDER_MAX, context);
  s->counts -= ink_log(ink_counts_probability(ink_network_counts(network), context, count, id));
  s->network -= ink_log((double)stream->by_network[id]);
}

static sums score(ink_session *session, const uint32_t *ids, size_t count, uint32_t reset) {
  sums s = {0};
  for (size_t i = 0; i < count; i++) {
    if (reset > 0 && i % reset == 0) {
      ink_session_reset(session);
    } else if (i > 0) {
      double nats = ink_session_normaliser(session) - (double)ink_session_logits(session)[ids[i]];
      s.whole += nats;
      if (ink_network_counts(session->stream.network) != NULL) add_parts(session, ids[i], &s);
      s.predicted++;
    }
    ink_session_step(session, ids[i]);
  }
  return s;
}

ink_status ink_evaluation_check(size_t tokens, uint32_t reset, ink_error *error) {
  if (reset == 1) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "with the state reset every token there is nothing to predict");
  }
  if (tokens >= 2) return INK_OK;
  return ink_fail(error, INK_ERROR_TEXT, "the text has %zu tokens where 2 or more are needed",
                  tokens);
}

ink_evaluation ink_evaluation_of(double nats, double predicted) {
  return (ink_evaluation){.nats = nats,
                          .bits = nats / ink_log(2),
                          .perplexity = ink_exp(nats),
                          .tokens = predicted,
                          .network_nats = NAN,
                          .counts_nats = NAN};
}

ink_status ink_evaluate(const ink_model *model, const char *text, size_t bytes, uint32_t reset,
                        ink_evaluation *evaluation, ink_error *error) {
  uint32_t *ids;
  size_t count;
  ink_status status = ink_model_check_writes(model, error);
  if (status != INK_OK) return status;
  status = ink_vocabulary_encode(model->network.vocabulary, text, bytes, 0, &ids, &count, error);
  if (status != INK_OK) return status;
  ink_session *session = NULL;
  status = ink_evaluation_check(count, reset, error);
  if (status == INK_OK) status = ink_session_new(model, &session, error);
  if (status == INK_OK) {
    sums s = score(session, ids, count, reset);
    double predicted = (double)s.predicted, nats = s.whole / predicted;
    if (isfinite(nats)) {
      *evaluation = ink_evaluation_of(nats, predicted);
      if (ink_network_counts(&model->network) != NULL) {
        evaluation->network_nats = s.network / predicted;
        evaluation->counts_nats = s.counts / predicted;
      }
    } else {
      status = ink_session_fail_infinite(error);
    }
  }
  ink_session_free(session);
  free(ids);
  return status;
}
