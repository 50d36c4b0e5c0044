/*
 * Examples, each a source and a target of tokens, and their batches. The sources of a batch are of one
 * length, so that nothing that reads them needs a mask; targets are filled up.
 */
#ifndef INK_TRAIN_EXAMPLES_H
#define INK_TRAIN_EXAMPLES_H

#include "text/pairs.h"
#include "train/task.h"

/* Tokens of many texts, one after another. */
typedef struct ink_sequences {
  uint32_t *ids;
  size_t *starts; /* [count + 1] into ids */
  size_t count, longest;
} ink_sequences;

typedef struct ink_batch {
  size_t first, count; /* in `order` */
  size_t source_steps; /* of each of its sources */
} ink_batch;

typedef struct ink_examples {
  ink_sequences sources,
      targets; /* of the examples trained on, then of those held out. Sources may be of
                                     no token, where they are something else */
  size_t training, count;
  bool crops; /* longer sources are cut to lengths that many have */
  uint32_t seed;
  uint32_t *order;    /* [count]: by batches; the held-out ones by length */
  ink_batch *batches; /* [batch_count], of one pass over the training examples */
  size_t batch_count, batch_size;
  bool planned; /* batches and order are those of `epoch` */
  uint32_t epoch;
} ink_examples;

/* The vocabulary of a text, by the options' level. */
ink_status ink_examples_vocabulary(const ink_train_options *options, const char *text, size_t bytes,
                                   ink_vocabulary **vocabulary, ink_error *error);

/* The tokens of the right or left sides of pairs. Unknown characters are an error. */
ink_status ink_sequences_encode(const ink_vocabulary *vocabulary, const ink_pair *pairs,
                                size_t count, bool left, ink_sequences *sequences,
                                ink_error *error);
void ink_sequences_free(ink_sequences *sequences);

/* The vocabulary of one side of pairs; `lines` when each is followed by a line break. */
ink_status ink_sequences_vocabulary(const ink_train_options *options, const ink_pair *pairs,
                                    size_t count, bool left, bool lines,
                                    ink_vocabulary **vocabulary, ink_error *error);

/* The distinct left sides of pairs in alphabetical order, and the one of each pair as a sequence of one
 * token. */
ink_status ink_sequences_labels(const ink_pair *pairs, size_t count, ink_vocabulary **labels,
                                ink_sequences *sequences, ink_error *error);

/* Sources and targets are set, and are the examples' own from now on, also when this fails. Plans for
 * batches of `options`, and says in `dataset` how long a pass is. INK_ERROR_TEXT when there are too few. */
ink_status ink_examples_open(const ink_train_options *options, ink_examples *examples,
                             ink_dataset *dataset, ink_error *error);
void ink_examples_close(ink_examples *examples);

/* The batch of a round: which examples, as places in `order`, and how many source tokens each has; as
 * ink_task_functions.next. The round's predictions are left to the task. */
bool ink_examples_next(ink_examples *examples, ink_round *round, ink_batch *batch);

/* Where the source of an example begins in sources.ids, for a batch of that many source tokens. */
size_t ink_examples_source(const ink_examples *examples, const ink_round *round, uint32_t example,
                           size_t steps);

#endif
