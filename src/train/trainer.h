/*
 * What the files of the trainer share: the run itself (trainer.c) and its way to and from bytes
 * (checkpoint.c).
 */
#ifndef INK_TRAIN_TRAINER_H
#define INK_TRAIN_TRAINER_H

#include "networks/network.h"
#include "train/workers.h"

/* One thread's part: `batch` streams, from first_stream on. */
typedef struct ink_part {
  void *memory; /* the task's struct, of task->part_size bytes */
  void *arrays; /* [bytes] */
  size_t bytes;
  size_t first_stream, batch;
  float *gradients; /* [parameters.size] */
  double loss;      /* sum of the round, nats */
} ink_part;

struct ink_trainer {
  ink_train_options options;
  char note[INK_NOTE]; /* what the text was taken for; "": what the options said, or prose */
  const ink_training *task;
  ink_dataset *dataset;
  ink_parameters parameters;
  const ink_kernels *kernels;

  uint32_t epoch;  /* passes over the training part that have been completed */
  size_t position; /* in this pass */

  float *weights, *m, *v; /* [parameters.size] */
  float *best;            /* [parameters.size], by validation; good ones before the first */
  float *average;         /* [parameters.size], or NULL: options.average is 0 */
  float *dropped;         /* [parameters.size], or NULL: options.weight_drop is 0 */
  bool has_best;          /* by validation */
  uint32_t step, steps;
  double loss, validation_loss, best_loss; /* NaN: none yet */
  double good_loss;                        /* of a round, with the weights kept before has_best */
  uint32_t without_gain;                   /* validations since the best one */
  bool diverged;

  uint32_t part;              /* of how many, see ink_trainer_split() */
  size_t first_stream, batch; /* the streams of options.batch that this trainer computes */
  bool has_gradients;         /* computed and not yet applied */
  ink_round round;            /* of those gradients */

  ink_workers *workers;
  ink_part *parts; /* [options.threads] */

  /* What the workers are doing. */
  const ink_round *work_round;
  const float *work_weights;
  bool work_trains; /* forward and backward, or forward alone */
  ink_dropout_choice work_dropout;
};

/* A trainer for a dataset, with all weights zero. Takes the dataset, also when it fails. */
ink_status ink_trainer_prepare(const ink_training *task, const ink_train_options *options,
                               ink_dataset *dataset, ink_trainer **trainer, ink_error *error);

/* Reads what is trained on. */
ink_status ink_trainer_read(const ink_train_options *options, const ink_material *material,
                            const ink_training **task, ink_dataset **dataset, ink_error *error);

/* The weights that a model of the present is made of: averaged ones where they are averaged. */
const float *ink_trainer_present(const ink_trainer *trainer);

/* The carried state, as ink_trainer_state_get() gives it; NULL sets zeros. */
void ink_trainer_state_set(ink_trainer *trainer, const float *state);

/* The work of one thread in a round: of the part `index` of the trainer that is the context. */
void ink_trainer_part_work(void *context, uint32_t index);

/* Room for the carried state, never of no bytes; NULL when there is none. */
float *ink_trainer_state_room(const ink_trainer *trainer);

#endif
