/*
 * inkling evaluate of a classifier: how often it finds the class, beside naive Bayes.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "cli/evaluate_task.h"
#include "cli/files.h"
#include "inkling_scores.h"
#include "scores/bleu.h"
#include "text/pairs.h"

/* The class of this name, or UINT32_MAX. */
static uint32_t find_class(const ink_model *model, const char *name, size_t bytes) {
  for (uint32_t id = 0;; id++) {
    const char *label = ink_model_label(model, id);
    if (label == NULL) return UINT32_MAX;
    if (strlen(label) == bytes && memcmp(label, name, bytes) == 0) return id;
  }
}

typedef struct tally {
  uint32_t classes;
  bool characters;     /* of the text; those that the model does not know are left out */
  uint32_t *confusion; /* [classes, classes] */
  double nats;         /* the sum of -ln p(class) */
} tally;

static ink_status count_pair(const ink_model *model, ink_session *session, const ink_pair *pair,
                             tally *t, ink_error *error) {
  uint32_t id = find_class(model, pair->left, pair->left_bytes), likeliest = 0;
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

/* The better of words and runs of characters. */
static ink_status score_bayes(const char *training, size_t training_bytes, const char *text,
                              size_t bytes, ink_classification *best, ink_error *error) {
  ink_status status = INK_OK;
  best->accuracy = -1;
  for (uint32_t features = 0; features <= INK_FEATURES_WORDS && status == INK_OK; features++) {
    ink_naive_bayes *bayes;
    ink_classification result;
    status = ink_naive_bayes_new(training, training_bytes, features, 0.1, &bayes, error);
    if (status != INK_OK) return status;
    status = ink_naive_bayes_evaluate(bayes, text, bytes, &result, error);
    ink_naive_bayes_free(bayes);
    if (status == INK_OK && result.accuracy > best->accuracy) *best = result;
  }
  return status;
}

int ink_evaluate_classes(const ink_model *model, const char *text, size_t bytes,
                         const char *training, size_t training_bytes, bool json) {
  ink_error error;
  ink_pair *pairs;
  size_t count;
  tally t = {0};
  ink_classification bayes = {0};
  ink_status status =
      ink_pairs_read(text, bytes, "a label, a tab and a text", &pairs, &count, &error);
  if (status == INK_OK && count == 0) status = ink_fail(&error, INK_ERROR_TEXT, "no examples");
  if (status == INK_OK) status = count_pairs(model, pairs, count, &t, &error);
  free(pairs);
  if (status == INK_OK && training != NULL) {
    status = score_bayes(training, training_bytes, text, bytes, &bayes, &error);
  }
  if (status == INK_OK) {
    double accuracy = ink_accuracy(t.confusion, t.classes);
    double f1 = ink_macro_f1(t.confusion, t.classes), nats = t.nats / (double)count;
    if (json) {
      printf("{\"accuracy\":%.9g,\"macroF1\":%.9g,\"nats\":%.9g,\"items\":%zu", accuracy, f1, nats,
             count);
      if (training != NULL) {
        printf(",\"naiveBayes\":{\"accuracy\":%.9g,\"macroF1\":%.9g}", bayes.accuracy,
               bayes.macro_f1);
      }
      printf("}\n");
    } else {
      printf("accuracy %.2f %%, macro-F1 %.4f, %.4f nats per text, over %zu texts\n",
             100 * accuracy, f1, nats, count);
      if (training != NULL) {
        printf("accuracy %.2f %%, macro-F1 %.4f of naive Bayes\n", 100 * bayes.accuracy,
               bayes.macro_f1);
      }
    }
  }
  free(t.confusion);
  if (status != INK_OK) return ink_report("", &error);
  return INK_EXIT_OK;
}
