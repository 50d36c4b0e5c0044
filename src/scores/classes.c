/*
 * How often a classifier finds the class.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inkling_scores.h"
#include "inkling_text.h"
#include "scores/bleu.h"
#include "write/model.h"

typedef struct tally {
  uint32_t classes;
  bool characters;     /* of the text; those that the model does not know are left out */
  uint32_t *confusion; /* [classes, classes] */
  double nats;         /* the sum of -ln p(class) */
} tally;

static ink_status count_pair(const ink_model *model, ink_session *session, const ink_pair *pair,
                             tally *t, ink_error *error) {
  uint32_t id = ink_vocabulary_find_token(model->network.labels, pair->left, pair->left_bytes);
  uint32_t likeliest = 0;
  if (id == UINT32_MAX) {
    return ink_fail(error, INK_ERROR_TEXT, "the model knows no class %.*s",
                    (int)(pair->left_bytes < 60 ? pair->left_bytes : 60), pair->left);
  }
  ink_session_reset(session);
  ink_status status =
      ink_session_feed(session, pair->right, pair->right_bytes, t->characters, error);
  const float *probabilities;
  if (status == INK_OK) status = ink_session_distribution(session, NULL, &probabilities, error);
  if (status != INK_OK) return status;
  for (uint32_t i = 1; i < t->classes; i++) {
    if (probabilities[i] > probabilities[likeliest]) likeliest = i;
  }
  t->confusion[id * t->classes + likeliest]++;
  t->nats -= log((double)probabilities[id]);
  return INK_OK;
}

static ink_status count_pairs(const ink_model *model, const ink_pair *pairs, size_t count, tally *t,
                              ink_error *error) {
  ink_info info;
  ink_model_info(model, &info);
  *t = (tally){.classes = info.classes,
               .characters = strcmp(info.level, "char") == 0,
               .confusion = calloc((size_t)info.classes * info.classes, sizeof *t->confusion)};
  if (t->confusion == NULL) return ink_fail_memory(error);
  ink_session *session;
  ink_status status = ink_session_new(model, &session, error);
  for (size_t i = 0; i < count && status == INK_OK; i++) {
    status = count_pair(model, session, &pairs[i], t, error);
  }
  ink_session_free(session);
  return status;
}

ink_status ink_evaluate_classes(const ink_model *model, const char *text, size_t bytes,
                                ink_classification *result, ink_error *error) {
  ink_info info;
  ink_model_info(model, &info);
  if (info.classes == 0) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the model is a %s, not a classifier", info.task);
  }
  ink_pair *pairs;
  size_t count;
  tally t = {0};
  ink_status status =
      ink_pairs_read(text, bytes, "a label, a tab and a text", &pairs, &count, error);
  if (status == INK_OK && count == 0) status = ink_fail(error, INK_ERROR_TEXT, "no examples");
  if (status == INK_OK) status = count_pairs(model, pairs, count, &t, error);
  free(pairs);
  if (status == INK_OK) {
    *result = (ink_classification){.accuracy = ink_accuracy(t.confusion, t.classes),
                                   .macro_f1 = ink_macro_f1(t.confusion, t.classes),
                                   .nats = t.nats / (double)count,
                                   .items = (double)count};
  }
  free(t.confusion);
  return status;
}
