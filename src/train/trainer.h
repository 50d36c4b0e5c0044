/*
 * What the files of the trainer share: the run itself (trainer.c) and its way to and from bytes
 * (checkpoint.c).
 */
#ifndef INK_TRAIN_TRAINER_H
#define INK_TRAIN_TRAINER_H

#include "model/generator_file.h"
#include "text/vocabulary.h"
#include "train/network.h"
#include "train/workers.h"

/* One thread's part: `batch` streams, from first_stream on. */
typedef struct ink_part {
  ink_network *network;
  size_t first_stream, batch;
  uint32_t *ids, *targets; /* [nchars][batch] */
  float *gradients;        /* [parameters.size] */
  double loss;             /* sum of the window, nats */
} ink_part;

struct ink_trainer {
  ink_train_options options;
  ink_parameters parameters;
  ink_vocabulary *vocabulary;
  const ink_kernels *kernels;

  uint32_t *tokens; /* the text: training tokens, then the held-out ones */
  size_t training_count, held_out_count;
  size_t stride;        /* tokens from the start of one stream to the next */
  uint32_t epoch_steps; /* windows of nchars in an epoch */
  uint32_t epoch;       /* passes over the text that have been completed */
  size_t position;      /* tokens of every stream read in this pass */

  float *weights, *m, *v; /* [parameters.size] */
  float *best;            /* [parameters.size], by validation; good ones before the first */
  float *average;         /* [parameters.size], or NULL: options.average is 0 */
  float *dropped;         /* [parameters.size], or NULL: options.weight_drop is 0 */
  bool has_best;          /* by validation */
  uint32_t step, steps;
  double loss, validation_loss, best_loss; /* NaN: none yet */
  double good_loss;                        /* of a window, with the weights kept before has_best */
  bool diverged;

  uint32_t part;              /* of how many, see ink_trainer_split() */
  size_t first_stream, batch; /* the streams of options.batch that this trainer computes */
  bool has_gradients;         /* computed and not yet applied */

  ink_workers *workers;
  ink_part *parts; /* [options.threads] */

  /* The round that the workers are doing. */
  size_t round_steps; /* time steps of the window */
  const float *round_weights;
  bool round_trains; /* forward and backward, or forward alone */
  ink_dropout_choice round_dropout;
};

/* A text as training reads it: its lines shuffled when they are items, then as tokens. */
typedef struct ink_trainer_text {
  const char *text; /* [bytes]: the caller's, or `shuffled` */
  size_t bytes;
  char *shuffled; /* owned, or NULL */
  ink_vocabulary *vocabulary;
  uint32_t *tokens; /* [count] */
  size_t count;
} ink_trainer_text;

ink_status ink_trainer_read_text(const ink_train_options *options, const char *text, size_t bytes,
                                 ink_trainer_text *read, ink_error *error);
void ink_trainer_text_free(ink_trainer_text *read);

/* A trainer for a text, with all weights zero. Takes what `read` owns, also when it fails. */
ink_status ink_trainer_prepare(const ink_train_options *options, ink_trainer_text *read,
                               ink_trainer **trainer, ink_error *error);

/* The weights that a model of the present is made of: averaged ones where they are averaged. */
const float *ink_trainer_present(const ink_trainer *trainer);

/* The carried state, as ink_trainer_state_get() gives it; NULL sets zeros. */
void ink_trainer_state_set(ink_trainer *trainer, const float *state);

#endif
