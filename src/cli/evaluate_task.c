/*
 * inkling evaluate of models that are not generators. See evaluate_task.h.
 */
#include "cli/evaluate_task.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/commonest.h"
#include "cli/files.h"
#include "cli/print.h"
#include "inkling_scores.h"

/* ---- A classifier ---------------------------------------------------------------------------- */

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

static void print_accuracy(double accuracy, double items) {
  fputs("accuracy ", stdout);
  ink_print_right(stdout, accuracy, items);
}

int ink_print_classes(const ink_model *model, const ink_text_part *text,
                      const ink_text_part *training, const ink_text_paths *paths, bool json) {
  ink_error error;
  ink_classification found, bayes = {0};
  ink_status status = ink_evaluate_classes(model, text->text, text->bytes, &found, &error);
  if (status != INK_OK) return ink_report_text(paths->text, &error);
  bool beside = training->text != NULL;
  ink_commonest commonest;
  if (beside) {
    status = score_bayes(training->text, training->bytes, text->text, text->bytes, &bayes, &error);
  }
  if (status == INK_OK && beside) status = ink_commonest_score(training, text, &commonest, &error);
  if (status != INK_OK) return ink_report_text(paths->beside, &error);
  if (json) {
    printf("{\"accuracy\":%.9g,\"macroF1\":%.9g,\"nats\":%.9g,\"items\":%.0f", found.accuracy,
           found.macro_f1, found.nats, found.items);
    if (beside) {
      printf(",\"naiveBayes\":{\"accuracy\":%.9g,\"macroF1\":%.9g}", bayes.accuracy,
             bayes.macro_f1);
      printf(",\"commonest\":{\"accuracy\":%.9g}", commonest.accuracy);
    }
    printf("}\n");
  } else {
    print_accuracy(found.accuracy, found.items);
    printf(", macro-F1 %.4f, %.4f nats per text, over %.0f texts\n", found.macro_f1, found.nats,
           found.items);
    if (beside) {
      print_accuracy(bayes.accuracy, found.items);
      printf(", macro-F1 %.4f of naive Bayes\n", bayes.macro_f1);
      print_accuracy(commonest.accuracy, found.items);
      fputs(" of always saying \"", stdout);
      ink_print_string(stdout, commonest.label);
      printf("\", the commonest label\n");
    }
  }
  return INK_EXIT_OK;
}

/* ---- A translator ---------------------------------------------------------------------------- */

int ink_print_translations(const ink_model *model, const ink_text_part *text, const char *path,
                           uint32_t references, const ink_beam_options *beam, bool json) {
  ink_error error;
  ink_translation t;
  if (ink_evaluate_translations(model, text->text, text->bytes, references, beam, &t, &error) !=
      INK_OK) {
    return ink_report_text(path, &error);
  }
  if (t.lines_cut > 0) {
    ink_complain(NULL,
                 "what stands behind the first %u columns of %.0f lines is left out; --references "
                 "N reads N translations",
                 (unsigned)references + 1, t.lines_cut);
  }
  printf(json ? "{\"exact\":%.9g,\"bleu\":" : "exact %.4f, ", t.exact);
  if (!isnan(t.bleu)) {
    printf(json ? "%.9g" : "BLEU %.2f", t.bleu);
  } else {
    fputs(json ? "null" : "no BLEU, which takes runs of four words and finds none", stdout);
  }
  printf(json ? ",\"items\":%.0f}\n" : ", over %.0f texts\n", t.items);
  return INK_EXIT_OK;
}

/* ---- A captioner ----------------------------------------------------------------------------- */

int ink_print_captions(const ink_model *model, const ink_text_part *text, const char *pictures,
                       const ink_beam_options *beam, bool json) {
  ink_text_part file;
  ink_captioning c;
  ink_error error;
  if (!ink_file_read(pictures, &file.text, &file.bytes)) return INK_EXIT_FAILED;
  ink_status status = ink_evaluate_captions(
      model, text->text, text->bytes, (const uint8_t *)file.text, file.bytes, beam, &c, &error);
  free(file.text);
  if (status != INK_OK) return ink_report("", &error);
  if (json) {
    printf("{\"nats\":%.9g,\"tokens\":%.0f,\"exact\":%.9g,\"wordF1\":%.9g,\"captions\":%.0f}\n",
           c.nats, c.tokens, c.exact, c.word_f1, c.items);
  } else {
    printf("%.4f nats per token, over %.0f tokens\n", c.nats, c.tokens);
    printf("%.1f %% of %.0f captions exact, mean word F1 %.1f %%\n", 100 * c.exact, c.items,
           100 * c.word_f1);
  }
  return INK_EXIT_OK;
}
