/*
 * The commonest label. See commonest.h.
 */
#include "cli/commonest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utf8.h"
#include "inkling_text.h"

static int compare_labels(const void *a, const void *b) {
  const ink_pair *left = a, *right = b;
  return ink_bytes_compare(left->left, left->left_bytes, right->left, right->left_bytes);
}

static ink_status read_pairs(const ink_text_part *part, ink_text *opened, ink_pair **pairs,
                             size_t *count, ink_error *error) {
  *pairs = NULL;
  *count = 0;
  ink_status status = ink_text_open(part->text, part->bytes, 0, opened, error);
  if (status != INK_OK) return status;
  return ink_pairs_read(opened->text, opened->bytes, "a label, a tab and a text", pairs, count,
                        error);
}

/* One with the label that `most` have; of several such labels with the first in order. */
static const ink_pair *find_commonest(ink_pair *pairs, size_t count, size_t *most) {
  const ink_pair *best = NULL;
  qsort(pairs, count, sizeof *pairs, compare_labels);
  *most = 0;
  for (size_t first = 0, end; first < count; first = end) {
    for (end = first + 1; end < count && compare_labels(&pairs[first], &pairs[end]) == 0;) end++;
    if (end - first <= *most) continue;
    *most = end - first;
    best = &pairs[first];
  }
  return best;
}

ink_status ink_commonest_score(const ink_text_part *trained_on, const ink_text_part *scored,
                               ink_commonest *commonest, ink_error *error) {
  ink_text training = {0}, text = {0};
  ink_pair *examples = NULL, *others = NULL;
  size_t count, other_count = 0, most, right = 0;
  *commonest = (ink_commonest){0};
  ink_status status = read_pairs(trained_on, &training, &examples, &count, error);
  if (status == INK_OK) status = read_pairs(scored, &text, &others, &other_count, error);
  if (status == INK_OK && count > 0 && other_count > 0) {
    const ink_pair *best = find_commonest(examples, count, &most);
    for (size_t i = 0; i < other_count; i++) right += compare_labels(&others[i], best) == 0;
    commonest->accuracy = (double)right / (double)other_count;
    commonest->share = (double)most / (double)count;
    memcpy(commonest->label, best->left,
           ink_utf8_fitting(best->left, best->left_bytes, sizeof commonest->label - 1));
  }
  ink_release(examples);
  ink_release(others);
  ink_text_close(&training);
  ink_text_close(&text);
  return status;
}

void ink_print_right(FILE *file, double share, double items) {
  if (items < INK_FEW_TEXTS) {
    fprintf(file, "%.0f of %.0f", round(share * items), items);
  } else {
    fprintf(file, "%.2f %%", 100 * share);
  }
}

bool ink_commonest_beaten(const ink_commonest *commonest, double accuracy, double items) {
  const double far = 0.25;
  double share = fmax(commonest->accuracy, commonest->share);
  return accuracy >= commonest->accuracy + far ||
         accuracy > share + 1.64 * sqrt(share * (1 - share) / items);
}
