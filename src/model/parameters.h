/*
 * How a network's parameters are named and shaped in a model file, and where each stands in one
 * flat array of floats. The trainer keeps its weights, gradients and moments in such arrays; the
 * reader of a model fills one. The order is that of the file.
 *
 * A network is, by its task,
 *   generator   stack, read-out
 *   classifier  stack (named encoder.*), read-out of its features; perhaps a bag of n-grams
 *   translator  encoder (a stack), stack, attention, read-out
 *   captioner   convolutions (named encoder.*), stack, attention, read-out
 * where a stack is an embedding and recurrent layers, and the first one is what a session steps.
 */
#ifndef INK_MODEL_PARAMETERS_H
#define INK_MODEL_PARAMETERS_H

#include <stdbool.h>

#include "inkling.h"
#include "layers/bag.h"
#include "model/safetensors.h"

enum {
  INK_LAYERS_MAX = 16,
  INK_BLOCKS_MAX = 8,
  INK_PICTURE_MAX = 256, /* pixels of a side, as a captioner reads pictures */
  INK_PARAMETERS_MAX = 10 + 8 * INK_LAYERS_MAX + 4 * INK_BLOCKS_MAX
};

typedef struct ink_shape {
  ink_task task;
  ink_cell_kind cell; /* of every layer */
  size_t gates;       /* of the cell */
  size_t vocabulary;  /* tokens that the stack reads */
  size_t embed;       /* of every stack; 0: one-hot */
  size_t hidden, layers;
  size_t outputs;             /* what the read-out tells apart: the vocabulary, or classes */
  bool tied;                  /* the read-out's matrix is the embedding */
  size_t source_vocabulary;   /* of a translator's encoder */
  size_t bag_order, bag_rows; /* of a classifier's bag of n-grams (layers/bag.h); 0: it has none */
  size_t blocks;              /* convolutions of a captioner */
  size_t channels[INK_BLOCKS_MAX];
} ink_shape;

/* Whether the network is of this task. A build that only generates has generators alone, and the
 * compiler then leaves out what the others need. */
static inline bool ink_shape_is(const ink_shape *shape, ink_task task) {
#ifdef INK_TRAINING
  return shape->task == task;
#else
  (void)shape;
  return task == INK_TASK_GENERATOR;
#endif
}

/* The width of what attention looks at; 0 where there is none. */
static inline size_t ink_shape_memory(const ink_shape *shape) {
  if (ink_shape_is(shape, INK_TASK_TRANSLATOR)) return shape->hidden;
  if (ink_shape_is(shape, INK_TASK_CAPTIONER)) return shape->channels[shape->blocks - 1];
  return 0;
}

/* The width of what the read-out reads; of a classifier the last state, the mean and the largest of
 * all. */
static inline size_t ink_shape_features(const ink_shape *shape) {
  return ink_shape_is(shape, INK_TASK_CLASSIFIER) ? 3 * shape->hidden : shape->hidden;
}

/* Whether a bag of n-grams stands beside the network. */
static inline bool ink_shape_has_bag(const ink_shape *shape) {
  return ink_shape_is(shape, INK_TASK_CLASSIFIER) && shape->bag_order > 0;
}

static inline ink_bag ink_shape_bag(const ink_shape *shape) {
  return (ink_bag){shape->bag_order, shape->vocabulary, shape->bag_rows};
}

typedef struct ink_parameter {
  char name[40];
  size_t axes, shape[INK_TENSOR_AXES];
  size_t rows,
      columns;   /* the first axis, and the product of the others; columns 0: a vector [rows] */
  bool optional; /* a bias, which may be absent from a file */
  size_t offset, count; /* in the flat array */

  /* In a file, after ink_parameters_find(). A bias may be absent, NULL. Only a matrix may be I8,
   * and then its scale [rows], the tensor `<name>.scale`, is there. */
  const ink_tensor *tensor, *scale;
} ink_parameter;

/* Offsets into the flat array follow. */
typedef struct ink_stack_parameters {
  size_t vocabulary;
  size_t embedding;
  size_t weight_ih[INK_LAYERS_MAX], weight_hh[INK_LAYERS_MAX];
  size_t bias_ih[INK_LAYERS_MAX], bias_hh[INK_LAYERS_MAX];
} ink_stack_parameters;

typedef struct ink_block_parameters {
  size_t conv_weight, conv_bias, norm_weight, norm_bias;
} ink_block_parameters;

typedef struct ink_parameters {
  ink_shape shape;
  size_t count;   /* parameters listed */
  size_t size;    /* floats in all */
  size_t trained; /* of them, from the first on: those that updates change */
  ink_parameter list[INK_PARAMETERS_MAX];

  ink_stack_parameters stack;                  /* that a session steps */
  ink_stack_parameters encoder;                /* of a translator */
  ink_block_parameters blocks[INK_BLOCKS_MAX]; /* of a captioner */
  size_t bridge_weight, bridge_bias;           /* of a captioner: from its picture to the state */
  size_t key_weight, attention_weight, attention_bias;
  size_t fc_weight, fc_bias;
  size_t bag_weight, bag_bias, bag_scale; /* of a classifier with a bag */
} ink_parameters;

/* Lists the parameters of a network. INK_ERROR_ARGUMENT when a size does not fit. */
ink_status ink_parameters_list(const ink_shape *shape, ink_parameters *parameters,
                               ink_error *error);

/* Finds the listed parameters in a file. INK_ERROR_FORMAT names the tensor that is missing or does
 * not fit. */
ink_status ink_parameters_find(const ink_tensors *tensors, ink_parameters *parameters,
                               ink_error *error);

/* Finds the shape of the network in a file from its tensors and its metadata's `task`, lists its
 * parameters and finds them. Tensors whose name begins with "training." are passed over.
 * INK_ERROR_FORMAT names the tensor that is missing, has no place or does not fit. */
ink_status ink_parameters_recognise(const ink_tensors *tensors, ink_parameters *parameters,
                                    ink_error *error);

/* The parameter that stands at this offset. */
const ink_parameter *ink_parameters_at(const ink_parameters *parameters, size_t offset);

/* Copies the parameters found in a file to floats [parameters->size]: int8 ones times their scales,
 * and zeros for biases that it lacks. */
ink_status ink_parameters_read(const ink_parameters *parameters, float *floats, ink_error *error);

/* The parameters as F32 tensors [parameters->count] over floats [parameters->size], to be written;
 * names are those of `parameters`. Returns how many. */
size_t ink_parameters_tensors(const ink_parameters *parameters, const float *floats,
                              ink_tensor *tensors);

/* The tensors of a file that are lists of tokens: "vocab", "encoder.vocab" or "labels". */
bool ink_tensor_is_tokens(const char *name);

/* "generator", "classifier", "translator", "captioner". */
const char *ink_task_name(ink_task task);

#endif
