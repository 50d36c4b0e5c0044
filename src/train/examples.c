/*
 * Batches of examples. A pass shuffles the examples of each length, cuts them into batches, and
 * shuffles the batches; which pass it is and the seed decide how.
 */
#include "train/examples.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/random.h"
#include "base/size.h"
#include "base/status.h"
#include "base/utf8.h"
#include "text/items.h"
#include "text/words.h"

/* ---- Sequences ------------------------------------------------------------------------------- */

static const char *side(const ink_pair *pair, bool left, size_t *bytes) {
  *bytes = left ? pair->left_bytes : pair->right_bytes;
  return left ? pair->left : pair->right;
}

ink_status ink_examples_vocabulary(const ink_train_options *options, const char *text, size_t bytes,
                                   ink_vocabulary **vocabulary, ink_error *error) {
  if (options->level != INK_LEVEL_WORD) {
    return ink_vocabulary_from_text(text, bytes, vocabulary, error);
  }
  return ink_vocabulary_from_words(text, bytes, options->min_count, options->max_vocabulary,
                                   vocabulary, error);
}

void ink_sequences_free(ink_sequences *sequences) {
  free(sequences->ids);
  free(sequences->starts);
  *sequences = (ink_sequences){0};
}

ink_status ink_sequences_encode(const ink_vocabulary *vocabulary, const ink_pair *pairs,
                                size_t count, bool left, ink_unknown unknown,
                                ink_sequences *sequences, ink_error *error) {
  *sequences = (ink_sequences){.count = count};
  ink_buffer all = {0};
  sequences->starts = calloc(count + 1, sizeof *sequences->starts);
  ink_status status = sequences->starts == NULL ? ink_fail_memory(error) : INK_OK;
  for (size_t i = 0; i < count && status == INK_OK; i++) {
    uint32_t *ids;
    size_t bytes, n;
    const char *text = side(&pairs[i], left, &bytes);
    status = ink_vocabulary_encode(vocabulary, text, bytes, unknown, &ids, &n, error);
    if (status != INK_OK) break;
    ink_buffer_append(&all, ids, n * sizeof *ids);
    free(ids);
    if (n == 0) {
      status = ink_fail(error, INK_ERROR_TEXT, "the text of example %zu is nothing but white space",
                        i + 1);
    }
    sequences->starts[i + 1] = sequences->starts[i] + n;
    if (n > sequences->longest) sequences->longest = n;
  }
  if (status == INK_OK && all.failed) status = ink_fail_memory(error);
  sequences->ids = (uint32_t *)(void *)all.bytes; /* as malloc aligned it */
  if (status != INK_OK) ink_sequences_free(sequences);
  return status;
}

ink_status ink_sequences_vocabulary(const ink_train_options *options, const ink_pair *pairs,
                                    size_t count, bool left, bool lines,
                                    ink_vocabulary **vocabulary, ink_error *error) {
  *vocabulary = NULL;
  ink_buffer text = {0};
  for (size_t i = 0; i < count; i++) {
    size_t bytes;
    const char *from = side(&pairs[i], left, &bytes);
    if (i > 0 && !lines) ink_buffer_append(&text, " ", 1);
    ink_buffer_append(&text, from, bytes);
    if (lines) ink_buffer_append(&text, "\n", 1);
  }
  if (options->lower_case && !text.failed && ink_utf8_valid(text.bytes, text.size)) {
    ink_word_recase(text.bytes, text.size, false, text.bytes);
  }
  ink_status status =
      text.failed ? ink_fail_memory(error)
                  : ink_examples_vocabulary(options, text.bytes, text.size, vocabulary, error);
  ink_buffer_free(&text);
  return status;
}

static int compare_left(const void *a, const void *b) {
  const ink_pair *x = *(const ink_pair *const *)a, *y = *(const ink_pair *const *)b;
  int order = memcmp(x->left, y->left, ink_size_min(x->left_bytes, y->left_bytes));
  if (order != 0) return order;
  return (x->left_bytes > y->left_bytes) - (x->left_bytes < y->left_bytes);
}

ink_status ink_sequences_labels(const ink_pair *pairs, size_t count, ink_vocabulary **labels,
                                ink_sequences *sequences, ink_error *error) {
  *labels = NULL;
  *sequences = (ink_sequences){.count = count, .longest = 1};
  sequences->ids = malloc((count + 1) * sizeof *sequences->ids);
  sequences->starts = malloc((count + 1) * sizeof *sequences->starts);
  const ink_pair **sorted = malloc((count + 1) * sizeof(const ink_pair *));
  ink_buffer tokens = {0};
  bool enough = sequences->ids != NULL && sequences->starts != NULL && sorted != NULL;
  if (enough) {
    for (size_t i = 0; i < count; i++) sorted[i] = &pairs[i];
    qsort(sorted, count, sizeof(const ink_pair *), compare_left);
    uint32_t id = 0;
    for (size_t i = 0; i < count; i++) {
      if (i > 0 && compare_left(&sorted[i - 1], &sorted[i]) != 0) id++;
      if (i == 0 || compare_left(&sorted[i - 1], &sorted[i]) != 0) {
        ink_buffer_append(&tokens, sorted[i]->left, sorted[i]->left_bytes);
        ink_buffer_append(&tokens, "", 1);
      }
      sequences->ids[sorted[i] - pairs] = id;
    }
    for (size_t i = 0; i <= count; i++) sequences->starts[i] = i;
  }
  ink_status status =
      enough && !tokens.failed
          ? ink_vocabulary_from_tokens(tokens.bytes, tokens.size, INK_LEVEL_WORD, labels, error)
          : ink_fail_memory(error);
  free(sorted);
  ink_buffer_free(&tokens);
  if (status != INK_OK) ink_sequences_free(sequences);
  return status;
}

/* ---- Batches --------------------------------------------------------------------------------- */

static size_t source_steps(const ink_examples *e, uint32_t example) {
  return e->sources.starts[example + 1] - e->sources.starts[example];
}

/* What is left of a source of so many tokens when they are cut: all of a short one, or else a
 * multiple of an eighth of its size. */
static size_t cropped(const ink_examples *e, size_t steps) {
  if (!e->crops) return steps;
  size_t grain = 1;
  while (grain * 16 <= steps) grain *= 2;
  return steps / grain * grain;
}

static void shuffle(ink_random *random, uint32_t *list, size_t count) {
  for (size_t i = count; i > 1; i--) {
    uint32_t j = ink_random_below(random, (uint32_t)i), kept = list[i - 1];
    list[i - 1] = list[j];
    list[j] = kept;
  }
}

/* Sorts list by the length of the sources, stably: counting sort over lengths up to the longest. */
static bool sort_by_length(const ink_examples *e, bool crop, uint32_t *list, size_t count) {
  size_t longest = e->sources.longest;
  size_t *starts = calloc(longest + 2, sizeof *starts);
  uint32_t *sorted = malloc((count + 1) * sizeof *sorted);
  if (starts != NULL && sorted != NULL) {
    for (int fill = 0; fill <= 1; fill++) {
      for (size_t i = 0; i < count; i++) {
        size_t steps = source_steps(e, list[i]);
        if (crop) steps = cropped(e, steps);
        if (fill == 0) {
          starts[steps + 1]++;
        } else {
          sorted[starts[steps]++] = list[i];
        }
      }
      for (size_t l = 1; fill == 0 && l <= longest; l++) starts[l] += starts[l - 1];
    }
    memcpy(list, sorted, count * sizeof *list);
  }
  bool sorts = starts != NULL && sorted != NULL;
  free(starts);
  free(sorted);
  return sorts;
}

/* Cuts the sorted training examples into batches of one length. */
static void cut(ink_examples *e) {
  e->batch_count = 0;
  for (size_t first = 0; first < e->training;) {
    size_t steps = cropped(e, source_steps(e, e->order[first])), end = first + 1;
    while (end < e->training && end - first < e->batch_size &&
           cropped(e, source_steps(e, e->order[end])) == steps) {
      end++;
    }
    e->batches[e->batch_count++] = (ink_batch){first, end - first, steps};
    first = end;
  }
}

/* The order and the batches of a pass. False for want of memory: those of the pass before stay. */
static bool plan(ink_examples *e, uint32_t epoch) {
  ink_random random;
  ink_random_seed(&random, e->seed, 0xba7c4 + (uint64_t)epoch);
  for (size_t i = 0; i < e->training; i++) e->order[i] = (uint32_t)i;
  shuffle(&random, e->order, e->training);
  if (!sort_by_length(e, true, e->order, e->training)) return false;
  cut(e);
  for (size_t i = e->batch_count; i > 1; i--) {
    uint32_t j = ink_random_below(&random, (uint32_t)i);
    ink_batch kept = e->batches[i - 1];
    e->batches[i - 1] = e->batches[j];
    e->batches[j] = kept;
  }
  e->planned = true;
  e->epoch = epoch;
  return true;
}

ink_status ink_examples_open(const ink_train_options *options, ink_examples_dataset *dataset,
                             ink_error *error) {
  ink_examples *e = &dataset->examples;
  e->count = e->targets.count;
  e->training = ink_training_tokens(e->count, options->validation);
  e->batch_size = options->batch;
  e->seed = options->seed;
  if (e->training == 0 || e->count > UINT32_MAX / 2) {
    return ink_fail(error, INK_ERROR_TEXT, "there are %zu examples to train on", e->training);
  }
  if (options->validation > 0 && e->training == e->count) {
    return ink_fail(error, INK_ERROR_TEXT,
                    "of %zu examples none would be held out: change validation (0 holds out "
                    "nothing)",
                    e->count);
  }
  e->order = malloc(e->count * sizeof *e->order);
  e->batches = malloc(e->training * sizeof *e->batches);
  if (e->order == NULL || e->batches == NULL) return ink_fail_memory(error);
  for (size_t i = e->training; i < e->count; i++) e->order[i] = (uint32_t)i;
  if (!plan(e, 0) || !sort_by_length(e, false, e->order + e->training, e->count - e->training)) {
    return ink_fail_memory(error);
  }
  dataset->base.span = e->batch_count;
  dataset->base.epoch_steps = (uint32_t)e->batch_count;
  size_t sources = e->sources.starts == NULL ? 0 : e->sources.starts[e->training];
  dataset->base.tokens = sources + e->targets.starts[e->training];
  dataset->base.holds_out = e->count > e->training;
  uint64_t hash = 0;
  const ink_sequences *both[] = {&e->sources, &e->targets};
  for (size_t s = 0; s < 2; s++) {
    for (size_t i = 0; i < both[s]->starts[both[s]->count]; i++) {
      hash = ink_random_mix(hash ^ both[s]->ids[i]);
    }
  }
  dataset->base.hash = hash;
  return INK_OK;
}

void ink_examples_free(ink_dataset *dataset) {
  if (dataset == NULL) return;
  ink_examples *e = &((ink_examples_dataset *)dataset)->examples;
  ink_vocabulary_free(dataset->vocabulary);
  ink_vocabulary_free(dataset->source_vocabulary);
  ink_vocabulary_free(dataset->labels);
  ink_sequences_free(&e->sources);
  ink_sequences_free(&e->targets);
  free(e->order);
  free(e->batches);
  free(dataset);
}

bool ink_examples_next(ink_examples_dataset *dataset, ink_round *round) {
  ink_examples *e = &dataset->examples;
  if (round->held_out) {
    size_t first = e->training + round->position, end = first + 1;
    if (first >= e->count) return false;
    size_t steps = source_steps(e, e->order[first]);
    while (end < e->count && end - first < round->streams &&
           source_steps(e, e->order[end]) == steps) {
      end++;
    }
    dataset->batch = (ink_batch){first, end - first, steps};
    round->advance = end - first;
    return true;
  }
  if (round->position >= e->batch_count) return false;
  /* Without memory for another order the one before serves. */
  if (!e->planned || e->epoch != round->epoch) plan(e, round->epoch);
  dataset->batch = e->batches[round->position];
  round->advance = 1;
  return true;
}

const uint32_t *ink_examples_share(const ink_examples_dataset *dataset, size_t first_stream,
                                   size_t streams, size_t *count) {
  const ink_batch *batch = &dataset->batch;
  *count = batch->count > first_stream ? ink_size_min(batch->count - first_stream, streams) : 0;
  return dataset->examples.order + batch->first + first_stream;
}

/* Where the source of an example begins in sources.ids, when so many tokens of it are read. */
static size_t source_start(const ink_examples *e, const ink_round *round, uint32_t example,
                           size_t steps) {
  size_t spare = source_steps(e, example) - steps;
  uint64_t place = (uint64_t)round->epoch << 32 | example;
  size_t skipped =
      spare == 0 ? 0 : (size_t)(ink_random_mix(ink_random_mix(e->seed) ^ place) % (spare + 1));
  return e->sources.starts[example] + skipped;
}

void ink_examples_sources(const ink_examples_dataset *dataset, const ink_round *round,
                          const uint32_t *examples, size_t count, uint32_t *ids) {
  const ink_examples *e = &dataset->examples;
  size_t steps = dataset->batch.source_steps;
  for (size_t b = 0; b < count; b++) {
    size_t at = source_start(e, round, examples[b], steps);
    for (size_t t = 0; t < steps; t++) ids[t * count + b] = e->sources.ids[at + t];
  }
}
