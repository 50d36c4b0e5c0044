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

/* From `step` on the run has `steps` in all. */
typedef struct ink_replan {
  uint32_t step, steps;
} ink_replan;

enum { INK_REPLANS_MAX = 32, INK_PLAN_TEXT = INK_REPLANS_MAX * 22 + 1 };

/* Seconds that have passed of a run for a time, when it had made so many steps. */
typedef struct ink_mark {
  double passed;
  uint32_t step;
} ink_mark;

struct ink_trainer {
  ink_train_options options;
  char note[INK_NOTE]; /* what the text was taken for; "": what the options said, or prose */
  const ink_training *task;
  ink_dataset *dataset;
  ink_parameters parameters;
  const ink_kernels *kernels;

  uint32_t epoch;  /* passes over the training part that have been completed */
  size_t position; /* in this pass */

  void *arrays;           /* that follow, of all the floats */
  float *weights, *m, *v; /* [parameters.size] */
  float *best;            /* [parameters.size], by validation; good ones before the first */
  float *average;         /* [parameters.size], or NULL: options.average is 0 */
  float *dropped;         /* [parameters.size], or NULL: options.weight_drop is 0 */
  float *rounded;         /* [parameters.size], or NULL: options.bits is 0 */
  bool has_best;          /* by validation */
  uint32_t step, steps;
  uint32_t planned;                   /* steps at the beginning; since then: */
  ink_replan replan[INK_REPLANS_MAX]; /* [replans], by step */
  uint32_t replans;
  ink_mark marks[2]; /* the two last moments at which the time was looked at */
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

/* Puts what a generator has learnt in place of the first weights: ink_trainer_new(), of its
 * material's `from`. */
ink_status ink_trainer_pretrained(ink_trainer *trainer, const uint8_t *bytes, size_t size,
                                  ink_error *error);

/* Reads what is trained on. */
ink_status ink_trainer_read(const ink_train_options *options, const ink_material *material,
                            const ink_training **task, ink_dataset **dataset, ink_error *error);

/* The share of a run that is done, 0 to 1, counted from step `first` to its last one but `less`. */
double ink_trainer_share(const ink_trainer *trainer, uint32_t first, uint32_t less);

/* Changes the steps where that is due. */
void ink_trainer_replan_due(ink_trainer *trainer);

/* What ink_trainer_follow() reads. */
void ink_trainer_plan_text(const ink_trainer *trainer, char text[INK_PLAN_TEXT]);

/* The weights that a model of the present is made of: averaged ones where they are averaged. */
const float *ink_trainer_present(const ink_trainer *trainer);

/* The carried state, as ink_trainer_state_get() gives it; NULL sets zeros. */
void ink_trainer_state_set(ink_trainer *trainer, const float *state);

/* The work of one thread in a round: of the part `index` of the trainer that is the context. */
void ink_trainer_part_work(void *context, uint32_t index);

/* Room for the carried state, never of no bytes; NULL when there is none. */
float *ink_trainer_state_room(const ink_trainer *trainer);

#endif
