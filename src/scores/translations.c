/*
 * How many texts a translator translates exactly, and BLEU as sacreBLEU defines it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/status.h"
#include "inkling_scores.h"
#include "inkling_text.h"
#include "scores/bleu.h"

typedef struct tally {
  ink_bleu bleu;
  size_t exact;
} tally;

/* The first `most` references of a line, without the white space around them. */
static size_t list_references(const ink_pair *pair, size_t most, const char **references,
                              size_t *bytes) {
  size_t count = 1, left = pair->more_bytes;
  references[0] = pair->right;
  bytes[0] = pair->right_bytes;
  for (const char *at = pair->more; count < most && left > 0; count++) {
    const char *tab = memchr(at, '\t', left);
    size_t length = tab == NULL ? left : (size_t)(tab - at);
    references[count] = at;
    bytes[count] = length;
    ink_text_trim(&references[count], &bytes[count]);
    if (tab == NULL) return count + 1;
    at += length + 1;
    left -= length + 1;
  }
  return count;
}

static ink_status score_pair(const ink_model *model, ink_session *session, const ink_pair *pair,
                             size_t most, const ink_beam_options *beam, tally *t,
                             ink_error *error) {
  const char *references[INK_REFERENCES_MAX];
  size_t bytes[INK_REFERENCES_MAX], count = list_references(pair, most, references, bytes), found;
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
      exact = ink_bytes_equal(best->text, best->bytes, references[i], bytes[i]);
    }
    t->exact += exact;
    status = ink_bleu_add(&t->bleu, best->text, best->bytes, references, bytes, count, error);
    ink_release(best);
  }
  ink_source_free(source);
  return status;
}

/* How many lines have more columns than are read. */
static size_t lines_cut(const ink_pair *pairs, size_t count, size_t references) {
  size_t lines = 0;
  for (size_t i = 0; i < count; i++) {
    size_t columns = pairs[i].more_bytes > 0 ? 2 : 1;
    for (size_t j = 0; j < pairs[i].more_bytes; j++) columns += pairs[i].more[j] == '\t';
    lines += columns > references;
  }
  return lines;
}

ink_status ink_evaluate_translations(const ink_model *model, const char *text, size_t bytes,
                                     uint32_t references, const ink_beam_options *beam,
                                     ink_translation *result, ink_error *error) {
  if (references < 1 || references > INK_REFERENCES_MAX) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "references must be from 1 to %d",
                    INK_REFERENCES_MAX);
  }
  ink_pair *pairs;
  ink_session *session = NULL;
  size_t count;
  tally t = {0};
  ink_status status =
      ink_pairs_read(text, bytes, "a text, a tab and its translation", &pairs, &count, error);
  if (status == INK_OK && count == 0) status = ink_fail(error, INK_ERROR_TEXT, "no examples");
  if (status == INK_OK) status = ink_session_new(model, &session, error);
  for (size_t i = 0; i < count && status == INK_OK; i++) {
    status = score_pair(model, session, &pairs[i], references, beam, &t, error);
  }
  ink_session_free(session);
  if (status == INK_OK) {
    bool defined = t.bleu.totals[INK_BLEU_ORDER - 1] > 0;
    *result = (ink_translation){.exact = (double)t.exact / (double)count,
                                .bleu = defined ? ink_bleu_score(&t.bleu) : NAN,
                                .items = (double)count,
                                .lines_cut = (double)lines_cut(pairs, count, references)};
  }
  free(pairs);
  return status;
}
