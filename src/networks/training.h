/*
 * What a kind of network brings to the trainer. The trainer knows of weights, gradients, updates,
 * schedules, threads and checkpoints; the network knows what its examples are and how it reads
 * them.
 */
#ifndef INK_NETWORKS_TRAINING_H
#define INK_NETWORKS_TRAINING_H

#include "layers/linear.h"
#include "parts/stack_window.h"
#include "text/vocabulary.h"

/* Whether this build trains: nothing of what training needs is linked where it does not. */
#ifdef INK_USE_ONLY
enum { INK_TRAINS = 0 };
#else
enum { INK_TRAINS = 1 };
#endif

/* The material as a network reads it. Its own struct begins with this one. */
typedef struct ink_dataset {
  ink_shape shape;                   /* of the network for it */
  ink_vocabulary *vocabulary;        /* of the stack */
  ink_vocabulary *source_vocabulary; /* or NULL */
  ink_vocabulary *labels;            /* or NULL */
  uint32_t own;                      /* tokens of the vocabulary that the text has; 0: all */
  uint64_t hash;                     /* to notice other material on resume */
  size_t span;                       /* what `position` counts in one pass over the training part */
  uint32_t epoch_steps;              /* updates in such a pass */
  size_t tokens;                     /* read in such a pass, about */
  size_t bytes;                      /* that the material takes while it is trained on */
  bool holds_out;                    /* a part for validation */
  /* examples end with a line break, and so begins and ends what is generated */
  bool items;
  bool sentences;  /* hardly a source begins with a small letter */
  bool paragraphs; /* a text with blank lines, behind one of which begins what is generated */
} ink_dataset;

/* What all parts of the batch read at once. */
typedef struct ink_round {
  bool held_out;
  uint32_t epoch;     /* the pass, which decides the order */
  size_t position;    /* in the pass, or in the held-out part */
  size_t advance;     /* by how much the position grows */
  size_t streams;     /* that take part */
  size_t steps;       /* of a generator: the window */
  double predictions; /* of all streams, over which the loss is a mean */
} ink_round;

/* One thread's part of the batch: streams first_stream to first_stream + batch. */
typedef struct ink_part_shape {
  const ink_train_options *options;
  const ink_parameters *parameters;
  const ink_kernels *kernels;
  const ink_dataset *dataset;
  size_t first_stream, batch;
} ink_part_shape;

typedef struct ink_training {
  bool reads_pictures; /* beside the text */

  /* Reads the material into a dataset of zeros, which `free` releases, also after a failure. */
  size_t dataset_size;
  ink_status (*read)(const ink_train_options *options, const ink_material *material,
                     ink_dataset *dataset, ink_error *error);
  void (*free)(ink_dataset *dataset);

  /* Sets weights [parameters->size] that are not drawn at random, or NULL where all are. */
  void (*fill)(const ink_dataset *dataset, const ink_parameters *parameters, float *weights);

  /* After a validation chooses what descent does not learn and puts it among the weights
   * [parameters->size] and, unless that is NULL, their average; the loss that it makes of what was
   * validated goes to *loss. NULL: nothing is chosen. */
  void (*choose)(const ink_dataset *dataset, const ink_parameters *parameters, float *weights,
                 float *average, double *loss);

  /* Makes of weights [parameters->size], as they are trained, those of the model; or NULL where
   * they are. */
  void (*settle)(const ink_dataset *dataset, const ink_parameters *parameters, float *weights);

  /* The round at round->position; the caller has set held_out, epoch, position and streams.
   * `progress` is the share of all updates that are made. False: the pass ends before. */
  bool (*next)(ink_dataset *dataset, const ink_train_options *options, double progress,
               ink_round *round);

  /* A part's own struct, which begins with its ink_part_shape, and how its arrays are laid out,
   * over an arena of zeros. */
  size_t part_size;
  ink_lay_out *lay_out;

  /* Forward over the part's share of the round; returns the sum of its loss. With gradients
   * [parameters-> size] not NULL backward as well, which adds the gradient of the mean loss to
   * them. */
  double (*work)(void *part, const ink_round *round, const float *weights,
                 const ink_dropout_choice *dropout, float *gradients);

  /* The state that streams carry from round to round, or NULL where they carry none: see
   * ink_window_state_get() and ink_window_state_set(). */
  void (*state_get)(const void *part, size_t streams, size_t first_stream, float *state);
  void (*state_set)(void *part, size_t streams, size_t first_stream, const float *state);
} ink_training;

/* The shape of a network for the options and the vocabularies of the dataset. */
ink_shape ink_trained_shape(const ink_train_options *options, const ink_dataset *dataset);

/* The layer that reads out what a network predicts, of its features. */
ink_linear ink_trained_read_out(const ink_parameters *parameters, const float *weights);

#endif
