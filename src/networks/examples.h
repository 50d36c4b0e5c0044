/*
 * Examples, each a source and a target of tokens, and their batches. The sources of a batch are of
 * one length, so that nothing that reads them needs a mask; targets are filled up.
 */
#ifndef INK_NETWORKS_EXAMPLES_H
#define INK_NETWORKS_EXAMPLES_H

#include "networks/training.h"
#include "text/sequences.h"

typedef struct ink_batch {
  size_t first, count; /* in `order` */
  size_t source_steps; /* of each of its sources */
} ink_batch;

typedef struct ink_examples {
  /* of the examples trained on, then of those held out. Sources may be of no token, where they are
   * something else */
  ink_sequences sources, targets;
  size_t training, count;
  bool crops; /* longer sources are cut to lengths that many have */
  uint32_t seed;
  uint32_t *order; /* [count]: by batches; the held-out ones by length */
  /* [batch_count], of one pass over the training examples; room for [training] */
  ink_batch *batches;
  size_t batch_count, batch_size;
  uint32_t epoch;   /* whose batches and order these are */
  size_t *starts;   /* [sources.longest + 2], for sorting */
  uint32_t *sorted; /* [count], for sorting */
} ink_examples;

/* A dataset of examples; a task that keeps more beside them begins its own with it. */
typedef struct ink_examples_dataset {
  ink_dataset base;
  ink_examples examples;
  ink_batch batch; /* of the round */
} ink_examples_dataset;

/* Sources and targets are set, and are the examples' own from now on, also when this fails. Plans
 * for batches of `options`, and says in the dataset how long a pass is. INK_ERROR_TEXT when there
 * are too few. */
ink_status ink_examples_open(const ink_train_options *options, ink_examples_dataset *dataset,
                             ink_error *error);

/* A copy of the lines trained on or, `held_out`, of the others, under options of which none is
 * open: label or text, tab, text. The caller releases it with ink_release(). */
ink_status ink_examples_part(const ink_train_options *options, const char *text, size_t bytes,
                             bool held_out, char **copy, size_t *copy_bytes, ink_error *error);

/* ink_training.free. */
void ink_examples_free(ink_dataset *dataset);

/* ink_training.next: of a dataset that begins with examples, whose targets, where they are items,
 * end with a line break. */
bool ink_examples_next(ink_dataset *dataset, const ink_train_options *options, double progress,
                       ink_round *round);

/* A part's share of the batch: the examples [*count] that its streams take. */
const uint32_t *ink_examples_share(const ink_part_shape *part, size_t *count);

/* The tokens of the sources of examples [count] of the batch: ids [batch.source_steps][count]. */
void ink_examples_sources(const ink_examples_dataset *dataset, const ink_round *round,
                          const uint32_t *examples, size_t count, uint32_t *ids);

#endif
