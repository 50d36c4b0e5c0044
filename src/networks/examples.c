/*
 * Batches of examples. A pass shuffles the examples of each length, cuts them into batches, and
 * shuffles the batches; which pass it is and the seed decide how.
 */
#include "networks/examples.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/random.h"
#include "base/size.h"
#include "base/status.h"
#include "inkling_text.h"
#include "text/items.h"

/* What is left of a source of so many tokens when they are cut: all of a short one, or else a
 * multiple of an eighth of its size. */
static size_t cropped(const ink_examples *e, size_t steps) {
  if (!e->crops) return steps;
  size_t grain = 1;
  while (grain * 16 <= steps) grain *= 2;
  return steps / grain * grain;
}

/* Sorts list by the length of the sources, stably: counting sort over lengths up to the longest. */
static void sort_by_length(ink_examples *e, bool crop, uint32_t *list, size_t count) {
  size_t longest = e->sources.longest, *starts = e->starts;
  memset(starts, 0, (longest + 2) * sizeof *starts);
  for (int fill = 0; fill <= 1; fill++) {
    for (size_t i = 0; i < count; i++) {
      size_t steps = ink_sequence_tokens(&e->sources, list[i]);
      if (crop) steps = cropped(e, steps);
      if (fill == 0) {
        starts[steps + 1]++;
      } else {
        e->sorted[starts[steps]++] = list[i];
      }
    }
    for (size_t l = 1; fill == 0 && l <= longest; l++) starts[l] += starts[l - 1];
  }
  memcpy(list, e->sorted, count * sizeof *list);
}

/* Cuts the sorted training examples into batches of one length. */
static void cut(ink_examples *e) {
  e->batch_count = 0;
  for (size_t first = 0; first < e->training;) {
    size_t steps = cropped(e, ink_sequence_tokens(&e->sources, e->order[first])), end = first + 1;
    while (end < e->training && end - first < e->batch_size &&
           cropped(e, ink_sequence_tokens(&e->sources, e->order[end])) == steps) {
      end++;
    }
    e->batches[e->batch_count++] = (ink_batch){first, end - first, steps};
    first = end;
  }
}

/* The order and the batches of a pass. */
static void plan(ink_examples *e, uint32_t epoch) {
  ink_random random;
  ink_random_seed(&random, e->seed, 0xba7c4 + (uint64_t)epoch);
  for (size_t i = 0; i < e->training; i++) e->order[i] = (uint32_t)i;
  ink_random_shuffle(&random, e->order, sizeof *e->order, e->training);
  sort_by_length(e, true, e->order, e->training);
  cut(e);
  ink_random_shuffle(&random, e->batches, sizeof *e->batches, e->batch_count);
  e->epoch = epoch;
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
  e->starts = malloc((e->sources.longest + 2) * sizeof *e->starts);
  e->sorted = malloc(e->count * sizeof *e->sorted);
  if (e->order == NULL || e->batches == NULL || e->starts == NULL || e->sorted == NULL) {
    return ink_fail_memory(error);
  }
  for (size_t i = e->training; i < e->count; i++) e->order[i] = (uint32_t)i;
  plan(e, 0);
  sort_by_length(e, false, e->order + e->training, e->count - e->training);
  dataset->base.span = e->batch_count;
  dataset->base.epoch_steps = (uint32_t)e->batch_count;
  size_t sources = e->sources.starts == NULL ? 0 : e->sources.starts[e->training];
  dataset->base.tokens = sources + e->targets.starts[e->training];
  dataset->base.holds_out = e->count > e->training;
  uint64_t hash = 0;
  const ink_sequences *both[] = {&e->sources, &e->targets};
  for (size_t s = 0; s < 2; s++) {
    size_t ids = both[s]->starts[both[s]->count];
    for (size_t i = 0; i < ids; i++) hash = ink_random_mix(hash ^ both[s]->ids[i]);
    dataset->base.bytes += ids * sizeof *both[s]->ids;
  }
  dataset->base.hash = hash;
  return INK_OK;
}

void ink_examples_free(ink_dataset *dataset) {
  ink_examples *e = &((ink_examples_dataset *)dataset)->examples;
  ink_vocabulary_free(dataset->vocabulary);
  ink_vocabulary_free(dataset->source_vocabulary);
  ink_vocabulary_free(dataset->labels);
  ink_sequences_free(&e->sources);
  ink_sequences_free(&e->targets);
  free(e->order);
  free(e->batches);
  free(e->starts);
  free(e->sorted);
  free(dataset);
}

/* Chooses the batch of a round; false where the pass has ended. */
static bool choose_batch(ink_examples_dataset *dataset, ink_round *round) {
  ink_examples *e = &dataset->examples;
  if (round->held_out) {
    size_t first = e->training + round->position, end = first + 1;
    if (first >= e->count) return false;
    size_t steps = ink_sequence_tokens(&e->sources, e->order[first]);
    while (end < e->count && end - first < round->streams &&
           ink_sequence_tokens(&e->sources, e->order[end]) == steps) {
      end++;
    }
    dataset->batch = (ink_batch){first, end - first, steps};
    round->advance = end - first;
    return true;
  }
  if (round->position >= e->batch_count) return false;
  if (e->epoch != round->epoch) plan(e, round->epoch);
  dataset->batch = e->batches[round->position];
  round->advance = 1;
  return true;
}

bool ink_examples_next(ink_dataset *dataset, const ink_train_options *options, double progress,
                       ink_round *round) {
  (void)options;
  (void)progress;
  ink_examples_dataset *d = (ink_examples_dataset *)dataset;
  if (!choose_batch(d, round)) return false;
  const uint32_t *examples = d->examples.order + d->batch.first;
  round->predictions = 0;
  for (size_t i = 0; i < d->batch.count; i++) {
    size_t tokens = ink_sequence_tokens(&d->examples.targets, examples[i]);
    round->predictions += (double)(tokens + dataset->items); /* which end with one more */
  }
  return true;
}

const uint32_t *ink_examples_share(const ink_part_shape *part, size_t *count) {
  const ink_examples_dataset *d = (const ink_examples_dataset *)part->dataset;
  size_t first = part->first_stream;
  *count = d->batch.count > first ? ink_size_min(d->batch.count - first, part->batch) : 0;
  return d->examples.order + d->batch.first + first;
}

/* Where the source of an example begins in sources.ids, when so many tokens of it are read. */
static size_t source_start(const ink_examples *e, const ink_round *round, uint32_t example,
                           size_t steps) {
  size_t spare = ink_sequence_tokens(&e->sources, example) - steps;
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

ink_status ink_examples_part(const ink_train_options *options, const char *text, size_t bytes,
                             bool held_out, char **copy, size_t *copy_bytes, ink_error *error) {
  ink_pair *pairs;
  size_t count;
  *copy = NULL;
  *copy_bytes = 0;
  ink_status status =
      ink_pairs_read(text, bytes, "a label or a text, a tab and a text", &pairs, &count, error);
  if (status != INK_OK) return status;
  if (options->lines && options->task == INK_TASK_CLASSIFIER) {
    status = ink_shuffle_labelled(pairs, count, options->seed, error);
  } else if (options->lines) {
    ink_shuffle_pairs(pairs, count, options->seed);
  }
  if (status != INK_OK) {
    free(pairs);
    return status;
  }
  size_t start = ink_training_tokens(count, options->validation);
  size_t end = held_out ? count : start;
  ink_buffer lines = {0};
  for (size_t i = held_out ? start : 0; i < end; i++) {
    ink_buffer_append(&lines, pairs[i].left, pairs[i].left_bytes);
    ink_buffer_append(&lines, "\t", 1);
    ink_buffer_append(&lines, pairs[i].right, pairs[i].right_bytes);
    ink_buffer_append(&lines, "\n", 1);
  }
  free(pairs);
  status = ink_buffer_end(&lines, error);
  *copy = lines.bytes;
  *copy_bytes = lines.size;
  return status;
}
