/*
 * The bag of n-grams of a classifier: its rows, and its weights against those counted by hand.
 */
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "check.h"
#include "file/quantize.h"
#include "file/safetensors.h"
#include "networks/examples.h"
#include "parts/bag.h"

static void check_rows(void) {
  const ink_bag single = {.order = 1, .vocabulary = 5, .rows = 5};
  const ink_bag runs = {.order = 3, .vocabulary = 5, .rows = 1000};
  const uint32_t text[] = {5, 0, 2, 0, 2, 5}; /* between the ends of the text */
  size_t rows[INK_BAG_ORDER_MAX + 1], again[INK_BAG_ORDER_MAX + 1];
  CHECK(ink_bag_kinds(&single) == 1 && ink_bag_kinds(&runs) == 3);
  ink_bag_rows(&single, text, 3, rows);
  CHECK(rows[0] == 2);
  ink_bag_rows(&single, text, 6, rows);
  CHECK(rows[0] == 5); /* the end alone is nothing */
  ink_bag_rows(&runs, text, 2, rows);
  CHECK(rows[0] == 0 && rows[1] >= 5 && rows[1] < 1000 && rows[2] == 1000);
  ink_bag_rows(&runs, text, 3, rows);
  ink_bag_rows(&runs, text, 5, again);
  CHECK(rows[1] == again[1]); /* 0 2 */
  CHECK(rows[2] != again[2]); /* the start, 0 2; and 2 0 2 */
  ink_bag_rows(&runs, (uint32_t[]){5, 0, 3}, 3, again);
  CHECK(rows[1] != again[1] && rows[2] != again[2]);
}

/* The row of the word that ends before the last of tokens [count]. */
static size_t word_row(const ink_bag *bag, const uint32_t *tokens, size_t count) {
  size_t rows[INK_BAG_ORDER_MAX + 1];
  ink_bag_rows(bag, tokens, count, rows);
  return rows[bag->order];
}

static void check_words(void) {
  static const char characters[] =
      "a\0B\0b\0\u00e9\0\u00c9\0'\0\u4e2d\0"
      "7";
  enum { COUNT = 8, END = COUNT };
  ink_vocabulary *vocabulary;
  ink_error error;
  uint32_t letters[COUNT + 1];
  CHECK_OK(ink_vocabulary_from_tokens(characters, sizeof characters, INK_LEVEL_CHAR, &vocabulary,
                                      &error));
  ink_bag_letters(vocabulary, letters);
  ink_vocabulary_free(vocabulary);
  CHECK(letters[1] == letters[2] && letters[3] == letters[4] && letters[0] != letters[1]);
  CHECK(letters[0] != 0 && letters[3] != 0 && letters[7] != 0);
  CHECK(letters[5] == 0 && letters[6] == 0 && letters[END] == 0);
  const ink_bag bag = {.order = 2, .vocabulary = COUNT, .rows = 1000, .letters = letters};
  CHECK(ink_bag_kinds(&bag) == 3);
  CHECK(ink_bag_reach(&bag, 0) == 1 && ink_bag_reach(&bag, 5) == INK_BAG_LETTERS_MAX);
  size_t ab = word_row(&bag, (uint32_t[]){END, 0, 2, 5}, 4);
  CHECK(ab >= COUNT && ab < 1000);
  CHECK(word_row(&bag, (uint32_t[]){5, 0, 1, END}, 4) == ab); /* aB at the end, behind a ' */
  CHECK(word_row(&bag, (uint32_t[]){5, 2, 0, END}, 4) != ab); /* ba */
  CHECK(word_row(&bag, (uint32_t[]){0, 0, 2, END}, 4) != ab); /* aab */
  CHECK(word_row(&bag, (uint32_t[]){5, 0, 2}, 3) == 1000);    /* goes on */
  CHECK(word_row(&bag, (uint32_t[]){0, 5, 5}, 3) == 1000);    /* ended before */
  CHECK(word_row(&bag, (uint32_t[]){END, END}, 2) == 1000);   /* an empty text */
}

/* Runs that were taught have rows of their own, others none; and where there are too few rows some
 * that were taught have none either. */
static void check_claims(void) {
  uint32_t text[] = {0, 1, 2, 3, 4, 0, 2, 4, 1, 3};
  size_t both[] = {0, 10};
  const ink_sequences texts = {text, both, 1, 10};
  ink_error error;
  for (size_t most = 4; most <= 1024; most *= 256) {
    ink_bag bag = {.order = 2, .vocabulary = 5, .rows = 5};
    size_t rows[INK_BAG_ORDER_MAX + 1], found = 0;
    CHECK_OK(ink_bag_claim(&bag, &texts, 1, most, &error));
    bool taken[64] = {false};
    CHECK(bag.rows == (most == 4 ? 5 + 4 : 5 + 16)); /* for 11 pairs, with both ends */
    for (size_t first = 0; first < 10; first++) {
      ink_bag_rows(&bag, text + first, first < 9 ? 2 : 1, rows);
      if (first == 9 || rows[1] == bag.rows) continue;
      CHECK(rows[1] >= 5 && rows[1] < bag.rows && !taken[rows[1]]);
      taken[rows[1]] = true;
      found++;
    }
    CHECK(most == 4 ? found <= 4 : found == 9);
    ink_bag_rows(&bag, (uint32_t[]){4, 3}, 2, rows);
    CHECK(rows[0] == 3 && rows[1] == bag.rows);
    free(bag.keys);
  }
}

/* Texts of at most three of the tokens 0 to 3, and the class of each, 0 to 2. */
enum { TEXTS = 7, CLASSES = 3, TOKENS = 4 };
static const uint32_t ids[] = {0, 0, 1, 1, 2, 0, 2, 1, 0, 3, 2, 3, 3, 2, 0, 1};
static const size_t starts[TEXTS + 1] = {0, 3, 5, 7, 9, 11, 14, 16};
static const uint32_t labels[TEXTS] = {0, 1, 0, 2, 1, 1, 2};
static const size_t label_starts[TEXTS + 1] = {0, 1, 2, 3, 4, 5, 6, 7};

/* The texts in another order, the first `training` of them to be counted. */
typedef struct texts {
  uint32_t ids[sizeof ids / sizeof ids[0]], labels[TEXTS];
  size_t starts[TEXTS + 1], label_starts[TEXTS + 1];
  ink_examples examples;
} texts;

static void arrange(texts *t, const size_t order[TEXTS], size_t training) {
  size_t at = 0;
  for (size_t i = 0; i < TEXTS; i++) {
    t->starts[i] = at;
    for (size_t k = starts[order[i]]; k < starts[order[i] + 1]; k++) t->ids[at++] = ids[k];
    t->labels[i] = labels[order[i]];
  }
  t->starts[TEXTS] = at;
  memcpy(t->label_starts, label_starts, sizeof label_starts);
  t->examples = (ink_examples){.sources = {t->ids, t->starts, TEXTS, 3},
                               .targets = {t->labels, t->label_starts, TEXTS, 1},
                               .training = training,
                               .count = TEXTS};
}

static const size_t in_order[TEXTS] = {0, 1, 2, 3, 4, 5, 6};

static void check_weights(void) {
  texts t;
  ink_bag_counts made;
  ink_error error;
  const ink_bag bag = {.order = 1, .vocabulary = TOKENS, .rows = TOKENS};
  arrange(&t, in_order, 6);
  CHECK_OK(ink_bag_count(&bag, CLASSES, &t.examples.sources, &t.examples.targets,
                         t.examples.training, &made, &error));
  double counts[CLASSES][TOKENS] = {{0}}, totals[CLASSES] = {0}, texts_of[CLASSES] = {0};
  for (size_t i = 0; i < 6; i++) {
    texts_of[labels[i]]++;
    for (size_t k = starts[i]; k < starts[i + 1]; k++) {
      counts[labels[i]][ids[k]]++;
      totals[labels[i]]++;
    }
  }
  for (size_t token = 0; token < TOKENS; token++) {
    double p[CLASSES], mean = 0;
    for (size_t c = 0; c < CLASSES; c++) {
      p[c] = log((counts[c][token] + 0.1) / (totals[c] + 0.1 * TOKENS));
      mean += p[c] / CLASSES;
    }
    for (size_t c = 0; c < CLASSES; c++) {
      CHECK_NEAR((double)made.weight[c * TOKENS + token], p[c] - mean, 1e-6);
    }
  }
  for (size_t c = 0; c < CLASSES; c++) {
    CHECK_NEAR((double)made.bias[c], log((texts_of[c] + 1) / (6 + CLASSES)), 1e-6);
    double logit = (double)made.bias[c]; /* of the last text, which was not counted */
    for (size_t k = starts[6]; k < starts[7]; k++) {
      logit += (double)made.scale[0] * (double)made.weight[c * TOKENS + ids[k]];
    }
    CHECK_NEAR((double)made.logits[6 * CLASSES + c], logit, 1e-5);
  }
  ink_bag_counts_free(&made);
}

/* What is said of a text that was counted is what would be said if it and its part had not been,
 * but that what is left of a class is as many runs as before; and if nothing is, nothing is said of
 * it. The parts are the first texts of each class, the second ones, the third. */
static void check_leaving_out(size_t training) {
  const size_t part[TEXTS] = {0, 0, 1, 0, 1, 2, 1};
  const ink_bag bag = {.order = 1, .vocabulary = TOKENS, .rows = TOKENS};
  texts t;
  ink_bag_counts made;
  ink_error error;
  arrange(&t, in_order, training);
  CHECK_OK(ink_bag_count(&bag, CLASSES, &t.examples.sources, &t.examples.targets,
                         t.examples.training, &made, &error));
  for (size_t out = 0; out < training; out++) {
    double counts[CLASSES][TOKENS] = {{0}}, totals[CLASSES] = {0}, sum[CLASSES] = {0};
    double whole[CLASSES] = {0}, left = 0;
    for (size_t i = 0; i < training; i++) {
      for (size_t k = starts[i]; k < starts[i + 1]; k++) {
        whole[labels[i]]++;
        if (part[i] == part[out]) continue;
        counts[labels[i]][ids[k]]++;
        totals[labels[i]]++;
      }
    }
    for (size_t c = 0; c < CLASSES; c++) left += totals[c] > 0;
    for (size_t k = starts[out]; k < starts[out + 1]; k++) {
      double p[CLASSES] = {0}, mean = 0, occurs = 0;
      for (size_t c = 0; c < CLASSES; c++) occurs += counts[c][ids[k]];
      if (occurs == 0) continue;
      for (size_t c = 0; c < CLASSES; c++) {
        if (totals[c] == 0) continue;
        double grown = whole[c] / totals[c];
        p[c] = log((grown * counts[c][ids[k]] + 0.1) / (grown * totals[c] + 0.1 * TOKENS));
        mean += p[c] / left;
      }
      for (size_t c = 0; c < CLASSES; c++) sum[c] += totals[c] > 0 ? p[c] - mean : 0;
    }
    for (size_t c = 0; c < CLASSES; c++) {
      double logit = (double)made.bias[c] + (double)made.scale[0] * sum[c];
      CHECK_NEAR((double)made.logits[out * CLASSES + c], logit, 1e-5);
    }
  }
  ink_bag_counts_free(&made);
}

/* Texts of chance, with as little to say about their classes, some of which have one text or none
 * among those counted: what is said of the rest costs hardly more than guessing. */
static void check_chance(void) {
  enum { COUNT = 400, KINDS = 100, LENGTH = 30, LETTERS = 10, COUNTED = 360 };
  static uint32_t letters[COUNT * LENGTH], kinds[COUNT];
  static size_t each[COUNT + 1], one[COUNT + 1];
  ink_random random;
  ink_random_seed(&random, 7, 0);
  for (size_t i = 0; i < COUNT * LENGTH; i++) letters[i] = ink_random_below(&random, LETTERS);
  for (size_t i = 0; i < COUNT; i++) kinds[i] = ink_random_below(&random, KINDS);
  for (size_t i = 0; i <= COUNT; i++) each[i] = i * LENGTH, one[i] = i;
  ink_examples examples = {.sources = {letters, each, COUNT, LENGTH},
                           .targets = {kinds, one, COUNT, 1}};
  const ink_bag bag = {.order = 4, .vocabulary = LETTERS, .rows = 1 << 14};
  ink_bag_counts made;
  ink_error error;
  CHECK_OK(
      ink_bag_count(&bag, KINDS, &examples.sources, &examples.targets, COUNTED, &made, &error));
  double loss = 0;
  for (size_t i = COUNTED; i < COUNT; i++) {
    const float *logits = made.logits + i * KINDS;
    double all = 0;
    for (size_t c = 0; c < KINDS; c++) all += exp((double)logits[c]);
    loss += (log(all) - (double)logits[kinds[i]]) / (COUNT - COUNTED);
  }
  CHECK(loss < log(KINDS) + 1);
  ink_bag_counts_free(&made);
}

/* No other scale gives the labels a smaller loss, with what it costs to be unlike the usual one. */
static void check_scale(void) {
  texts t;
  ink_bag_counts made;
  ink_error error;
  const ink_bag bag = {.order = 1, .vocabulary = TOKENS, .rows = TOKENS};
  arrange(&t, in_order, TEXTS);
  CHECK_OK(ink_bag_count(&bag, CLASSES, &t.examples.sources, &t.examples.targets,
                         t.examples.training, &made, &error));
  double losses[3] = {0};
  for (int step = -1; step <= 1; step++) {
    for (size_t i = 0; i < TEXTS; i++) {
      double all = 0, own = 0;
      for (size_t c = 0; c < CLASSES; c++) {
        double bias = (double)made.bias[c];
        double logit = bias + ((double)made.logits[i * CLASSES + c] - bias) * (1 + 0.05 * step);
        all += exp(logit);
        if (c == labels[i]) own = logit;
      }
      losses[step + 1] += log(all) - own;
    }
    double unusual = (double)made.scale[0] * (1 + 0.05 * step) - 0.2;
    losses[step + 1] += 150 * (1 - (double)TEXTS / INK_BAG_MANY) * unusual * unusual;
  }
  CHECK(losses[1] < losses[0] && losses[1] < losses[2]);
  ink_bag_counts_free(&made);
}

/* Classes that no token shares would have the scale grow for ever; few texts are not believed. */
static void check_told_apart(void) {
  enum { COUNT = 6 };
  uint32_t tokens[COUNT] = {0, 1, 0, 1, 0, 1};
  size_t each[COUNT + 1] = {0, 1, 2, 3, 4, 5, 6};
  ink_examples examples = {.sources = {tokens, each, COUNT, 1},
                           .targets = {tokens, each, COUNT, 1},
                           .training = COUNT,
                           .count = COUNT};
  const ink_bag bag = {.order = 2, .vocabulary = 2, .rows = 100};
  ink_bag_counts made;
  ink_error error;
  CHECK_OK(ink_bag_count(&bag, 2, &examples.sources, &examples.targets, examples.training, &made,
                         &error));
  for (size_t n = 0; n < 2; n++) CHECK(made.scale[n] > 0.1f && made.scale[n] < 0.14f);
  for (size_t i = 0; i < COUNT; i++) {
    float own = made.logits[2 * i + tokens[i]], other = made.logits[2 * i + 1 - tokens[i]];
    CHECK(isfinite(own) && isfinite(other) && own > other);
  }
  ink_bag_counts_free(&made);
}

/* A file whose bag has these shapes, of zeros, is refused with a message, or taken where that is
 * NULL. */
static void check_shapes(size_t scales, size_t classes, size_t rows, const char *message) {
  static const uint8_t zeros[4 * 12 * 12];
  size_t size, file_size;
  uint8_t *bytes = check_read_file("tests/parity/classifier-bag.safetensors", &size), *file;
  ink_tensors *tensors;
  ink_error error;
  CHECK_OK(ink_tensors_parse(bytes, size, &tensors, &error));
  ink_tensor list[40];
  size_t count = tensors->count;
  for (size_t i = 0; i < count; i++) {
    list[i] = tensors->list[i];
    if (strcmp(list[i].name, "bag.scale") == 0) {
      list[i].shape[0] = list[i].count = scales;
      list[i].bytes = zeros;
    } else if (strcmp(list[i].name, "bag.weight") == 0) {
      list[i].shape[0] = classes;
      list[i].shape[1] = rows;
      list[i].count = classes * rows;
      list[i].bytes = zeros;
    }
  }
  CHECK_OK(ink_tensors_rewrite(tensors, list, count, NULL, 0, &file, &file_size, &error));
  ink_model *model;
  ink_status status = ink_model_load(file, file_size, NULL, 0, INK_KERNEL_AUTO, &model, &error);
  if (message == NULL) {
    CHECK(status == INK_OK);
    ink_model_free(model);
  } else {
    CHECK(status == INK_ERROR_FORMAT && model == NULL);
    CHECK(strstr(error.message, message) != NULL);
  }
  ink_release(file);
  ink_tensors_free(tensors);
  free(bytes);
}

static void check_files(void) {
  check_shapes(1, 4, 9, NULL);
  check_shapes(3, 4, 11, NULL);
  check_shapes(1, 4, 8, "rows");
  check_shapes(1, 4, 10, "rows");
  check_shapes(2, 4, 9, "rows"); /* none for runs of two */
  check_shapes(9, 4, 12, "rows");
  check_shapes(1, 3, 9, "bag.weight");
}

/* A bag of many runs is stored in eight bits: a text has few of them. What meets all inputs at
 * once stays as it is. */
static void check_eight_bits(void) {
  enum { RUNS = 4000 };
  static float weight[2 * RUNS];
  for (size_t i = 0; i < 2 * RUNS; i++) weight[i] = (float)(i % 13) - 6;
  ink_tensor list[2] = {{.name = "bag.weight"}, {.name = "fc.weight"}};
  for (size_t i = 0; i < 2; i++) {
    list[i].dtype = INK_F32;
    list[i].axes = 2;
    list[i].shape[0] = 2;
    list[i].shape[1] = RUNS;
    list[i].count = 2 * RUNS;
    list[i].bytes = (const uint8_t *)weight;
  }
  size_t size;
  uint8_t *bytes = check_read_file("tests/parity/classifier-bag.safetensors", &size), *file;
  ink_tensors *tensors, *many, *small;
  ink_error error;
  CHECK_OK(ink_tensors_parse(bytes, size, &tensors, &error));
  CHECK_OK(ink_tensors_rewrite(tensors, list, 2, NULL, 0, &file, &size, &error));
  CHECK_OK(ink_tensors_parse(file, size, &many, &error));
  uint8_t *made;
  CHECK_OK(ink_tensors_quantize(many, INK_WEIGHTS_INT8, &made, &size, &error));
  CHECK_OK(ink_tensors_parse(made, size, &small, &error));
  CHECK(ink_tensors_find(small, "bag.weight")->dtype == INK_I8);
  CHECK(ink_tensors_find(small, "fc.weight")->dtype == INK_F32);
  ink_tensors_free(small);
  ink_tensors_free(many);
  ink_tensors_free(tensors);
  ink_release(made);
  ink_release(file);
  free(bytes);
}

int main(void) {
  check_files();
  check_eight_bits();
  check_rows();
  check_words();
  check_claims();
  check_weights();
  check_leaving_out(TEXTS);
  check_leaving_out(TEXTS - 1); /* the third class has one text */
  check_chance();
  check_scale();
  check_told_apart();
  return 0;
}
