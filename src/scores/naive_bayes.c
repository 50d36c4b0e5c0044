/*
 * Multinomial naive Bayes (A. McCallum and K. Nigam, "A comparison of event models for naive Bayes
 * text classification", AAAI-98 workshop). A text of features f is most likely of the class c with
 * the largest
 *   log p(c) + sum_f log p(f | c)      p(f | c) = (n(f, c) + a) / (sum_g n(g, c) + a F)
 * n counts features in the texts trained on, of which F are different, and a is the smoothing. A
 * feature that none of these texts has is left out. Features are told apart by a hash of 64 bits of
 * their bytes (FNV-1a): that two of a million are taken for one has a chance of 3e-8.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/size.h"
#include "base/status.h"
#include "inkling_scores.h"
#include "inkling_text.h"
#include "scores/bleu.h"
#include "text/sequences.h"

typedef struct slice {
  const char *text;
  size_t bytes;
} slice;

struct ink_naive_bayes {
  uint32_t features; /* ink_features */
  size_t classes;
  ink_vocabulary *labels; /* [classes] */
  double *prior;          /* [classes]: log p(c) */
  size_t known;           /* F */
  uint64_t *hashes;       /* [known], ascending */
  double *likelihood;     /* [known, classes]: log p(f | c) */
};

void ink_naive_bayes_free(ink_naive_bayes *bayes) {
  if (bayes == NULL) return;
  ink_vocabulary_free(bayes->labels);
  free(bayes->prior);
  free(bayes->hashes);
  free(bayes->likelihood);
  free(bayes);
}

/* ---- Examples -------------------------------------------------------------------------------- */

/* *examples [*count], at least one, is the caller's to free, and so is the text in which they
 * are: left is the label. */
static ink_status read_examples(const char *text, size_t bytes, ink_text *opened,
                                ink_pair **examples, size_t *count, ink_error *error) {
  *examples = NULL;
  *count = 0;
  ink_status status = ink_text_open(text, bytes, 0, opened, error);
  if (status != INK_OK) return status;
  status = ink_pairs_read(opened->text, opened->bytes, "a label, a tab and a text", examples, count,
                          error);
  if (status != INK_OK || *count > 0) return status;
  return ink_fail(error, INK_ERROR_TEXT, "there is no example");
}

static slice text_of(const ink_pair *example) {
  return (slice){example->right, example->right_bytes};
}

/* ---- Features -------------------------------------------------------------------------------- */

/* A feature in a text of a class. */
typedef struct occurrence {
  uint64_t hash;
  size_t class;
} occurrence;

static const uint64_t EMPTY_HASH = 0xcbf29ce484222325;

static uint64_t hash_byte(uint64_t hash, char c) {
  return (hash ^ (unsigned char)c) * 0x100000001b3;
}

static void append_occurrence(ink_buffer *out, uint64_t hash, size_t class) {
  occurrence o = {hash, class};
  ink_buffer_append(out, &o, sizeof o);
}

/* Runs of 1 to 4 characters, of which the text's two ends are two more. */
static void append_characters(ink_buffer *out, slice text, size_t class) {
  enum { LONGEST = 4, START = 2, END = 3 };
  for (size_t from = 0; from < text.bytes + 2; from++) { /* START stands at 0, END at bytes + 1 */
    uint64_t hash = EMPTY_HASH;
    int length = 0;
    for (size_t at = from; at < text.bytes + 2 && length < LONGEST; at++) {
      bool inside = at > 0 && at <= text.bytes && (text.text[at - 1] & 0xc0) == 0x80;
      if (at == from && inside) break; /* not the first byte of a character */
      char c = at == 0 ? START : at > text.bytes ? END : text.text[at - 1];
      hash = hash_byte(hash, c);
      bool goes_on = at < text.bytes && (text.text[at] & 0xc0) == 0x80;
      if (goes_on) continue;
      append_occurrence(out, hash, class);
      length++;
    }
  }
}

/* Every character beyond ASCII counts as a letter. */
static bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (c & 0x80) != 0;
}

/* Words: runs of letters and digits, in which a capital of ASCII is a small letter. */
static void append_words(ink_buffer *out, slice text, size_t class) {
  for (size_t at = 0; at < text.bytes; at++) {
    uint64_t hash = EMPTY_HASH;
    size_t from = at;
    for (; at < text.bytes && is_word(text.text[at]); at++) {
      char c = text.text[at];
      hash = hash_byte(hash, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
    if (at > from) append_occurrence(out, hash, class);
  }
}

static void append_features(ink_buffer *out, uint32_t features, slice text, size_t class) {
  if (features == INK_FEATURES_WORDS) {
    append_words(out, text, class);
  } else {
    append_characters(out, text, class);
  }
}

/* ---- Training -------------------------------------------------------------------------------- */

static int compare_occurrences(const void *a, const void *b) {
  const occurrence *left = a, *right = b;
  return (left->hash > right->hash) - (left->hash < right->hash);
}

/* From occurrences [count], which it sorts. */
static bool set_likelihoods(ink_naive_bayes *bayes, occurrence *occurrences, size_t count,
                            double smoothing) {
  size_t classes = bayes->classes, size;
  if (count > 1) qsort(occurrences, count, sizeof *occurrences, compare_occurrences);
  for (size_t i = 0; i < count; i++) {
    bayes->known += i == 0 || occurrences[i].hash != occurrences[i - 1].hash;
  }
  if (!ink_size_multiply(bayes->known + 1, classes * sizeof(double), &size)) return false;
  bayes->hashes = malloc((bayes->known + 1) * sizeof *bayes->hashes);
  bayes->likelihood = calloc(1, size);
  double *total = calloc(classes, sizeof *total);
  bool done = bayes->hashes != NULL && bayes->likelihood != NULL && total != NULL;
  for (size_t i = 0, made = 0; i < count && done; i++) {
    if (i == 0 || occurrences[i].hash != occurrences[i - 1].hash) {
      bayes->hashes[made++] = occurrences[i].hash;
    }
    bayes->likelihood[(made - 1) * classes + occurrences[i].class]++;
    total[occurrences[i].class]++;
  }
  for (size_t i = 0; i < bayes->known * classes && done; i++) {
    double n = bayes->likelihood[i];
    bayes->likelihood[i] =
        log((n + smoothing) / (total[i % classes] + smoothing * (double)bayes->known));
  }
  free(total);
  return done;
}

static ink_status train(ink_naive_bayes *bayes, const ink_pair *examples, size_t count,
                        double smoothing, ink_error *error) {
  ink_sequences classes;
  ink_status status = ink_sequences_labels(examples, count, &bayes->labels, &classes, error);
  if (status != INK_OK) return status;
  bayes->classes = ink_vocabulary_count(bayes->labels);
  bayes->prior = calloc(bayes->classes, sizeof *bayes->prior);
  ink_buffer occurrences = {.failed = bayes->prior == NULL};
  for (size_t i = 0; i < count && !occurrences.failed; i++) {
    bayes->prior[classes.ids[i]]++;
    append_features(&occurrences, bayes->features, text_of(&examples[i]), classes.ids[i]);
  }
  for (size_t c = 0; c < bayes->classes && !occurrences.failed; c++) {
    bayes->prior[c] = log(bayes->prior[c] / (double)count);
  }
  bool done =
      !occurrences.failed && set_likelihoods(bayes, (occurrence *)(void *)occurrences.bytes,
                                             occurrences.size / sizeof(occurrence), smoothing);
  ink_sequences_free(&classes);
  ink_buffer_free(&occurrences);
  return done ? INK_OK : ink_fail_memory(error);
}

ink_status ink_naive_bayes_new(const char *text, size_t bytes, uint32_t features, double smoothing,
                               ink_naive_bayes **bayes, ink_error *error) {
  *bayes = NULL;
  if (features > INK_FEATURES_WORDS) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "there are no features number %u",
                    (unsigned)features);
  }
  if (!(smoothing > 0 && smoothing <= 1)) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the smoothing must be above 0 and at most 1");
  }
  ink_pair *examples;
  ink_text opened;
  size_t count;
  ink_status status = read_examples(text, bytes, &opened, &examples, &count, error);
  ink_naive_bayes *made = status == INK_OK ? calloc(1, sizeof *made) : NULL;
  if (status == INK_OK && made == NULL) status = ink_fail_memory(error);
  if (status == INK_OK) {
    made->features = features;
    status = train(made, examples, count, smoothing, error);
  }
  free(examples);
  ink_text_close(&opened);
  if (status == INK_OK) {
    *bayes = made;
  } else {
    ink_naive_bayes_free(made);
  }
  return status;
}

/* ---- Classification -------------------------------------------------------------------------- */

static int compare_hashes(const void *a, const void *b) {
  uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return (left > right) - (left < right);
}

/* The likeliest class of a text; score [classes] is scratch. */
static bool classify(const ink_naive_bayes *bayes, slice text, double *score, size_t *best) {
  ink_buffer found = {0};
  append_features(&found, bayes->features, text, 0);
  const occurrence *occurrences = (const occurrence *)(const void *)found.bytes;
  memcpy(score, bayes->prior, bayes->classes * sizeof *score);
  for (size_t i = 0; i < found.size / sizeof *occurrences; i++) {
    const uint64_t *hash = bsearch(&occurrences[i].hash, bayes->hashes, bayes->known,
                                   sizeof *bayes->hashes, compare_hashes);
    if (hash == NULL) continue;
    const double *row = bayes->likelihood + (size_t)(hash - bayes->hashes) * bayes->classes;
    for (size_t c = 0; c < bayes->classes; c++) score[c] += row[c];
  }
  *best = 0;
  for (size_t c = 1; c < bayes->classes; c++) {
    if (score[c] > score[*best]) *best = c;
  }
  bool done = !found.failed;
  ink_buffer_free(&found);
  return done;
}

/* Counts what it says of the examples, whose labels [distinct] are theirs: confusion has as many
 * rows and columns as it has classes and they have labels, those that it does not know last. */
static ink_status confuse(const ink_naive_bayes *bayes, const ink_pair *examples,
                          const ink_sequences *labels, size_t distinct, uint32_t *confusion,
                          ink_error *error) {
  double *score = malloc(bayes->classes * sizeof *score);
  bool done = score != NULL;
  for (size_t i = 0; i < labels->count && done; i++) {
    const ink_pair *example = &examples[i];
    size_t class = ink_vocabulary_find_token(bayes->labels, example->left, example->left_bytes);
    size_t predicted;
    if (class == UINT32_MAX) class = bayes->classes + labels->ids[i];
    done = classify(bayes, text_of(example), score, &predicted);
    if (done) confusion[class * (bayes->classes + distinct) + predicted]++;
  }
  free(score);
  return done ? INK_OK : ink_fail_memory(error);
}

ink_status ink_naive_bayes_evaluate(const ink_naive_bayes *bayes, const char *text, size_t bytes,
                                    ink_classification *result, ink_error *error) {
  ink_pair *examples;
  ink_text opened;
  size_t count, cells;
  ink_vocabulary *names = NULL;
  ink_sequences labels = {0};
  ink_status status = read_examples(text, bytes, &opened, &examples, &count, error);
  if (status == INK_OK) status = ink_sequences_labels(examples, count, &names, &labels, error);
  if (status == INK_OK) {
    size_t distinct = ink_vocabulary_count(names), classes = bayes->classes + distinct;
    uint32_t *confusion =
        ink_size_multiply(classes, classes, &cells) ? calloc(cells, sizeof *confusion) : NULL;
    status = confusion == NULL ? ink_fail_memory(error)
                               : confuse(bayes, examples, &labels, distinct, confusion, error);
    if (status == INK_OK) {
      *result = (ink_classification){.accuracy = ink_accuracy(confusion, classes),
                                     .macro_f1 = ink_macro_f1(confusion, classes),
                                     .nats = NAN,
                                     .items = (double)count};
    }
    free(confusion);
  }
  free(examples);
  ink_text_close(&opened);
  ink_vocabulary_free(names);
  ink_sequences_free(&labels);
  return status;
}
