/*
 * inkling evaluate of a translator: how many texts come out exactly, and BLEU as sacreBLEU defines
 * it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "cli/evaluate_task.h"
#include "cli/files.h"
#include "scores/bleu.h"
#include "text/pairs.h"

typedef struct tally {
  ink_bleu bleu;
  size_t exact;
} tally;

enum { REFERENCES_MAX = 64 };

/* Cuts a line's right side at its tabs. */
static size_t split_references(const ink_pair *pair, const char **references, size_t *bytes) {
  size_t count = 0;
  const char *at = pair->right, *end = pair->right + pair->right_bytes;
  while (count < REFERENCES_MAX) {
    const char *tab = memchr(at, '\t', (size_t)(end - at));
    references[count] = at;
    bytes[count++] = (size_t)((tab == NULL ? end : tab) - at);
    if (tab == NULL) break;
    at = tab + 1;
  }
  return count;
}

static ink_status score_pair(const ink_model *model, ink_session *session, const ink_pair *pair,
                             const ink_beam_options *beam, tally *t, ink_error *error) {
  const char *references[REFERENCES_MAX];
  size_t bytes[REFERENCES_MAX], count = split_references(pair, references, bytes), found;
  ink_hypothesis *best;
  ink_source *source;
  ink_status status = ink_source_text(model, pair->left, pair->left_bytes, 1, &source, error);
  if (status != INK_OK) return status;
  status = ink_session_start(session, source, error);
  if (status == INK_OK) {
    status = ink_beam_search(session, beam, NULL, 0, &best, &found, error);
  }
  if (status == INK_OK) {
    bool exact = false;
    for (size_t i = 0; i < count && !exact; i++) {
      exact = ink_exact_match(best->text, best->bytes, references[i], bytes[i]);
    }
    t->exact += exact;
    status = ink_bleu_add(&t->bleu, best->text, best->bytes, references, bytes, count, error);
    ink_release(best);
  }
  ink_source_free(source);
  return status;
}

int ink_evaluate_translations(const ink_model *model, const char *text, size_t bytes,
                              const ink_beam_options *beam, bool json) {
  ink_error error;
  ink_pair *pairs;
  ink_session *session = NULL;
  size_t count;
  tally t = {0};
  ink_status status =
      ink_pairs_read(text, bytes, "a text, a tab and its translation", &pairs, &count, &error);
  if (status == INK_OK && count == 0) status = ink_fail(&error, INK_ERROR_TEXT, "no examples");
  if (status == INK_OK) status = ink_session_new(model, &session, &error);
  for (size_t i = 0; i < count && status == INK_OK; i++) {
    status = score_pair(model, session, &pairs[i], beam, &t, &error);
  }
  ink_session_free(session);
  free(pairs);
  if (status != INK_OK) return ink_report("", &error);
  double exact = (double)t.exact / (double)count, bleu = ink_bleu_score(&t.bleu);
  printf(json ? "{\"exact\":%.9g,\"bleu\":%.9g,\"items\":%zu}\n"
              : "exact %.4f, BLEU %.2f, over %zu texts\n",
         exact, bleu, count);
  return fflush(stdout) == 0 ? INK_EXIT_OK : INK_EXIT_FAILED;
}
