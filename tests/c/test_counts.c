/*
 * Tables of n-grams: probabilities and pruning as a second implementation has them
 * (tests/parity/dump_counts.py); distributions; files that are read as they were written, and
 * damaged ones that are refused or, where nothing shows, still give distributions.
 */
#include <stdbool.h>

#include "base/log.h"
#include "base/random.h"
#include "check.h"
#include "parts/counts.h"

static ink_status count_tokens(const uint32_t *tokens, size_t count, size_t vocabulary,
                               uint32_t order, ink_counts **counts, ink_error *error) {
  const ink_tokens all = {(void *)(uintptr_t)tokens, count, sizeof *tokens};
  return ink_counts_from_tokens(&all, 0, count, vocabulary, order, counts, error);
}

/* ---- Against the second implementation ------------------------------------------------------- */

static ink_counts *table_of_case(char *line, double *threshold, bool within) {
  ink_error error;
  uint32_t tokens[300], count = 0;
  char *at = line;
  uint32_t order = (uint32_t)strtoul(at, &at, 10);
  size_t vocabulary = strtoul(at, &at, 10);
  *threshold = strtod(at, &at);
  size_t size = strtoul(at, &at, 10);
  for (char *end;; at = end) {
    uint32_t token = (uint32_t)strtoul(at, &end, 10);
    if (end == at) break;
    CHECK(count < 300);
    tokens[count++] = token;
  }
  ink_counts *counts;
  if (within) {
    uint16_t others[302] = {0}; /* two before the text */
    for (uint32_t i = 0; i < count; i++) others[2 + i] = (uint16_t)tokens[i];
    const ink_tokens all = {others, count + 2, sizeof *others};
    CHECK_OK(ink_counts_from_tokens(&all, 2, count, vocabulary, order, &counts, &error));
  } else {
    CHECK_OK(count_tokens(tokens, count, vocabulary, order, &counts, &error));
  }
  if (*threshold >= 0) CHECK_OK(ink_counts_prune(counts, *threshold, &error));
  CHECK(ink_counts_size(counts) == size);
  CHECK(ink_counts_order(counts) == order && ink_counts_vocabulary(counts) == vocabulary);
  return counts;
}

/* What was written is read, and gives the same bits. */
static ink_counts *through_a_file(const ink_counts *counts) {
  ink_error error;
  ink_buffer tree = {0};
  ink_counts_coded bytes;
  ink_counts *again;
  CHECK_OK(ink_counts_write(counts, &tree, &bytes, &error));
  CHECK_OK(ink_counts_read(&bytes, ink_counts_vocabulary(counts), &again, &error));
  CHECK(ink_counts_size(again) == ink_counts_size(counts));
  ink_buffer_free(&tree);
  return again;
}

static void check_after(const ink_counts *counts, const ink_counts *read, char *at, float *p) {
  uint32_t context[16], length = (uint32_t)strtoul(at, &at, 10);
  CHECK(length <= 16);
  for (uint32_t i = 0; i < length; i++) context[i] = (uint32_t)strtoul(at, &at, 10);
  ink_counts_distribution(counts, context, length, p);
  for (char *end;; at = end) {
    uint32_t token = (uint32_t)strtoul(at, &end, 10);
    if (end == at) break;
    double wanted = strtod(end + 1, &end);
    CHECK_NEAR(ink_counts_probability(counts, context, length, token), wanted, 1e-13);
    CHECK_NEAR((double)p[token], wanted, 1e-6 * wanted);
    /* A file has discounts of single precision. */
    if (read != NULL) {
      CHECK_NEAR(ink_counts_probability(read, context, length, token), wanted, 1e-6 * wanted);
    }
  }
}

static void test_parity(void) {
  size_t size, cases = 0, contexts = 0;
  char *text = (char *)check_read_file("tests/parity/counts.dat", &size);
  float *p = malloc(70001 * sizeof *p);
  CHECK(p != NULL && text[size - 1] == '\n');
  ink_counts *counts = NULL, *read = NULL;
  for (char *line = text, *end; line < text + size; line = end + 1) {
    end = memchr(line, '\n', (size_t)(text + size - line));
    *end = '\0';
    if (strncmp(line, "case ", 5) == 0) {
      double threshold;
      ink_counts_free(counts);
      ink_counts_free(read);
      counts = table_of_case(line + 5, &threshold, cases++ % 2 == 1);
      read = threshold >= 0 ? through_a_file(counts) : NULL;
    } else {
      CHECK(strncmp(line, "after ", 6) == 0);
      check_after(counts, read, line + 6, p);
      contexts++;
    }
  }
  CHECK(cases == 32 && contexts > 300);
  ink_counts_free(counts);
  ink_counts_free(read);
  free(p);
  free(text);
}

/* ---- Distributions --------------------------------------------------------------------------- */

enum { LETTERS = 12, LENGTH = 5000 };

/* A text in which much comes again. */
static void write_text(uint32_t *tokens, size_t count, uint32_t vocabulary, uint64_t seed) {
  ink_random random;
  ink_random_seed(&random, seed, 1);
  for (size_t i = 0; i < count;) {
    size_t at = i > 20 ? ink_random_below(&random, (uint32_t)i - 10) : 0;
    size_t run = i > 20 ? ink_random_below(&random, 9) : 1;
    for (size_t j = 0; j < run && i < count; j++) tokens[i++] = tokens[at + j];
    if (i < count) tokens[i++] = ink_random_below(&random, vocabulary);
  }
}

static ink_counts *table_of(uint32_t vocabulary, uint32_t order, double threshold) {
  static uint32_t tokens[LENGTH];
  ink_error error;
  ink_counts *counts;
  write_text(tokens, LENGTH, vocabulary, 7);
  CHECK_OK(count_tokens(tokens, LENGTH, vocabulary, order, &counts, &error));
  if (threshold >= 0) CHECK_OK(ink_counts_prune(counts, threshold, &error));
  return counts;
}

/* After contexts drawn at random, of tokens that are there or not. */
static void check_sums(const ink_counts *counts) {
  size_t vocabulary = ink_counts_vocabulary(counts);
  float *p = malloc(vocabulary * sizeof *p);
  CHECK(p != NULL);
  ink_random random;
  ink_random_seed(&random, 3, 1);
  uint32_t context[2 * INK_COUNTS_ORDER_MAX];
  for (int round = 0; round < 200; round++) {
    size_t length = ink_random_below(&random, 2 * INK_COUNTS_ORDER_MAX);
    write_text(context, length, (uint32_t)vocabulary, (uint64_t)round);
    ink_counts_distribution(counts, context, length, p);
    double sum = 0;
    for (uint32_t v = 0; v < vocabulary; v++) {
      double exact = ink_counts_probability(counts, context, length, v);
      CHECK(p[v] > 0 && p[v] <= 1);
      CHECK_NEAR((double)p[v], exact, 2e-6 * exact);
      sum += (double)p[v];
    }
    CHECK_NEAR(sum, 1, 1e-5);
  }
  free(p);
}

static void test_sums(void) {
  for (uint32_t order = 1; order <= INK_COUNTS_ORDER_MAX; order++) {
    for (double threshold = -1; threshold < 1e-3; threshold += threshold < 0 ? 1 : 2e-4) {
      ink_counts *counts = table_of(LETTERS, order, threshold);
      check_sums(counts);
      ink_counts_free(counts);
    }
  }
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* Refused with a message that names a tensor; or it is a table. */
static bool is_refused(const ink_counts_coded *bytes, size_t vocabulary, const char *name) {
  ink_error error;
  ink_counts *counts;
  ink_status status = ink_counts_read(bytes, vocabulary, &counts, &error);
  CHECK((status == INK_OK) == (counts != NULL));
  if (status == INK_OK) {
    check_sums(counts);
    ink_counts_free(counts);
    return false;
  }
  CHECK(status == INK_ERROR_FORMAT && strstr(error.message, name) != NULL);
  return true;
}

static void test_damage(void) {
  ink_error error;
  ink_counts *counts = table_of(LETTERS, 5, 1e-4);
  ink_buffer tree = {0};
  ink_counts_coded bytes;
  CHECK_OK(ink_counts_write(counts, &tree, &bytes, &error));
  CHECK(bytes.tree_size < 2 * ink_counts_size(counts));

  /* Cut short anywhere, or longer. */
  ink_counts_coded bad = bytes;
  for (bad.tree_size = 0; bad.tree_size < bytes.tree_size;
       bad.tree_size += 1 + bad.tree_size / 50) {
    CHECK(is_refused(&bad, LETTERS, "counts."));
  }
  uint8_t *longer = malloc(bytes.tree_size + 1);
  CHECK(longer != NULL);
  memcpy(longer, bytes.tree, bytes.tree_size);
  longer[bytes.tree_size] = 0;
  bad = bytes;
  bad.tree = longer;
  bad.tree_size++;
  CHECK(is_refused(&bad, LETTERS, "counts.tree does not add up"));

  /* A bit turned in the tree changes all that follows it. */
  size_t accepted = 0;
  bad.tree_size = bytes.tree_size;
  for (size_t i = 0; i + 5 < bytes.tree_size; i++) {
    longer[i] ^= (uint8_t)(1 << i % 8);
    accepted += !is_refused(&bad, LETTERS, "counts.tree");
    longer[i] ^= (uint8_t)(1 << i % 8);
  }
  CHECK(accepted < 20);
  free(longer);

  /* Sizes that are not those of the tree. */
  for (size_t i = 0; i <= 2 * (size_t)bytes.order; i++) {
    for (uint32_t turned = 1; turned != 0; turned *= 2) {
      bad = bytes;
      bad.sizes[i] ^= turned;
      CHECK(is_refused(&bad, LETTERS, "counts.sizes"));
    }
  }
  /* Discounts: 0, the count and more, infinite, none, negative. */
  const float wrong[] = {0, 3, INFINITY, NAN, -1};
  for (size_t i = 0; i < 5; i++) {
    bad = bytes;
    bad.discounts[5] = wrong[i];
    CHECK(is_refused(&bad, LETTERS, "counts.discounts"));
  }
  /* Another order or vocabulary. */
  bad = bytes;
  bad.order = 4;
  CHECK(is_refused(&bad, LETTERS, "counts.tree does not add up"));
  bad.order = 0;
  CHECK(is_refused(&bad, LETTERS, "counts.sizes is of n-grams of 0"));
  bad.order = INK_COUNTS_ORDER_MAX + 1;
  CHECK(is_refused(&bad, LETTERS, "counts.sizes"));
  CHECK(is_refused(&bytes, 0, "counts.sizes"));
  CHECK(is_refused(&bytes, 3, "of 12 tokens, where the model has 3"));
  ink_buffer_free(&tree);
  ink_counts_free(counts);
}

/* Bytes without sense: an error or a table. */
static void test_noise(void) {
  ink_random random;
  ink_random_seed(&random, 11, 1);
  ink_counts_coded bytes = {.order = 3};
  uint8_t tree[64];
  for (int round = 0; round < 2000; round++) {
    for (size_t i = 0; i < sizeof tree; i++) tree[i] = (uint8_t)ink_random_below(&random, 256);
    for (size_t i = 2; i < 7; i++) bytes.sizes[i] = ink_random_below(&random, 9);
    for (size_t i = 0; i < 9; i++) bytes.discounts[i] = 0.5f;
    bytes.sizes[0] = 1 + ink_random_below(&random, 30);
    bytes.sizes[1] = 1;
    bytes.tree = tree;
    bytes.tree_size = sizeof tree;
    is_refused(&bytes, bytes.sizes[0], "counts.");
  }
}

static void test_errors(void) {
  ink_error error;
  ink_counts *counts;
  const uint32_t tokens[] = {0, 1};
  CHECK_FAILS(count_tokens(tokens, 2, 2, 0, &counts, &error), INK_ERROR_ARGUMENT, "1 to");
  CHECK_FAILS(count_tokens(tokens, 2, 2, INK_COUNTS_ORDER_MAX + 1, &counts, &error),
              INK_ERROR_ARGUMENT, "1 to");
  CHECK_FAILS(count_tokens(tokens, 0, 2, 2, &counts, &error), INK_ERROR_TEXT, "no text");
  CHECK_FAILS(count_tokens(tokens, 2, 0, 2, &counts, &error), INK_ERROR_ARGUMENT, "vocabulary");
  CHECK(counts == NULL);
  ink_counts_free(NULL);
}

int main(void) {
  test_parity();
  test_sums();
  test_damage();
  test_noise();
  test_errors();
  return 0;
}
