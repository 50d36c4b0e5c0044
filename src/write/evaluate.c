/*
 * Cross-entropy of a text: the mean of -ln p(token | the tokens before it), with
 *   -ln p(t) = ln sum_v exp(l_v) - l_t
 * in double precision. The metadata's `start` is not read: the score is of the text alone.
 */
#include <math.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/status.h"
#include "write/model.h"
#include "write/session.h"

/* nats: the sum over all tokens predicted, whose number is *predicted. */
static double score(ink_session *session, const uint32_t *ids, size_t count, uint32_t reset,
                    size_t *predicted) {
  double nats = 0;
  *predicted = 0;
  for (size_t i = 0; i < count; i++) {
    if (reset > 0 && i % reset == 0) {
      ink_session_reset(session);
    } else if (i > 0) {
      nats += ink_session_normaliser(session) - (double)ink_session_logits(session)[ids[i]];
      (*predicted)++;
    }
    ink_session_step(session, ids[i]);
  }
  return nats;
}

ink_status ink_evaluate(const ink_model *model, const char *text, size_t bytes, uint32_t reset,
                        ink_evaluation *evaluation, ink_error *error) {
  if (reset == 1) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "with the state reset every token there is nothing to predict");
  }
  uint32_t *ids;
  size_t count, predicted;
  ink_status status = ink_model_check_writes(model, error);
  if (status != INK_OK) return status;
  status = ink_vocabulary_encode(model->network.vocabulary, text, bytes, 0, &ids, &count, error);
  if (status != INK_OK) return status;
  ink_session *session = NULL;
  if (count < 2) {
    status = ink_fail(error, INK_ERROR_TEXT, "the text has %zu tokens where 2 or more are needed",
                      count);
  } else {
    status = ink_session_new(model, &session, error);
  }
  if (status == INK_OK) {
    double nats = score(session, ids, count, reset, &predicted) / (double)predicted;
    if (isfinite(nats)) {
      *evaluation = (ink_evaluation){.nats = nats,
                                     .bits = nats / ink_log(2),
                                     .perplexity = ink_exp(nats),
                                     .tokens = (double)predicted};
    } else {
      status = ink_session_fail_infinite(error);
    }
  }
  ink_session_free(session);
  free(ids);
  return status;
}
