/*
 * How a network's parameters are named and shaped in a model file, and where each stands in one
 * flat array of floats. The trainer keeps its weights, gradients and moments in such arrays. The
 * order is that of the file.
 *
 * A network is made of parts, and every part lists its own parameters, says how they begin, and
 * keeps where they are in a struct of its own. networks/ says which parts a network has.
 */
#ifndef INK_PARTS_PARAMETERS_H
#define INK_PARTS_PARAMETERS_H

#include <stdbool.h>

#include "file/safetensors.h"
#include "inkling.h"

enum {
  INK_LAYERS_MAX = 16,
  INK_BLOCKS_MAX = 8,
  INK_PICTURE_MAX = 256, /* pixels of a side, as a captioner reads pictures */
  INK_DENSE_MAX = 8,     /* dense layers before the read-out */
  INK_PARAMETERS_MAX = 11 + 12 * INK_LAYERS_MAX + 4 * INK_BLOCKS_MAX + 2 * INK_DENSE_MAX
};

/* What of a window that is read anew the read-out sees (parts/reread.h). */
typedef enum ink_reads {
  INK_READS_STATE = 0, /* of none: the state is carried from token to token */
  INK_READS_LAST,
  INK_READS_ENDS,
  INK_READS_POOLED,
  INK_READS_AVERAGE
} ink_reads;

/* The sizes of a network. Those of a part that it does not have are 0. */
typedef struct ink_shape {
  ink_task task;
  ink_cell_kind cell; /* of every layer */
  size_t gates;       /* of the cell */
  size_t vocabulary;  /* tokens that the stack reads */
  size_t embed;       /* of every stack; 0: one-hot */
  size_t hidden, layers;
  size_t outputs;             /* what the read-out tells apart: the vocabulary, or classes */
  bool tied;                  /* the read-out's matrix is the embedding */
  bool words;                 /* tokens are words, whose embeddings begin small */
  size_t source_vocabulary;   /* encoder of a text */
  size_t bag_order, bag_rows; /* bag of n-grams (layers/bag.h) */
  bool bag_words, bag_keys;   /* and of whole words; rows know their runs */
  size_t blocks;              /* encoder of a picture: convolutions */
  size_t channels[INK_BLOCKS_MAX];

  /* Of models of other programs, which are used and not trained here: */
  bool begins; /* layers begin in states of their own (parts/beginning.h) */
  ink_reads reads;
  size_t window;                /* tokens that are read anew (parts/reread.h) */
  bool backwards;               /* from their end */
  bool reverse[INK_LAYERS_MAX]; /* layers that also read from the end of the window */
  size_t dense;                 /* layers before the read-out (parts/dense.h) */
  size_t dense_units[INK_DENSE_MAX], dense_activation[INK_DENSE_MAX];
  bool sigmoid; /* the read-out ends in a sigmoid an output */

  /* What follows from these, set by ink_parameters_list(): */
  size_t memory;   /* the width of what attention looks at */
  size_t reread;   /* the width of what is made of a window */
  size_t features; /* the width of what the read-out reads */
} ink_shape;

/* How a parameter begins, before training. */
typedef enum ink_initial {
  INK_INITIAL_UNIFORM = 0, /* in +-bound */
  INK_INITIAL_NORMAL,      /* of mean 0 and variance 1 */
  INK_INITIAL_CONSTANT     /* bound, without a random number */
} ink_initial;

typedef struct ink_parameter {
  char name[40];
  size_t axes, shape[INK_TENSOR_AXES];
  size_t rows;          /* the first axis */
  size_t columns;       /* the product of the others; 0: a vector [rows] */
  bool optional;        /* a bias, which may be absent from a file */
  size_t offset, count; /* in the flat array */
  ink_initial initial;
  double bound;
  /* Elements fixed_from to fixed_from + fixed_count begin as `fixed` all the same. */
  size_t fixed_from, fixed_count;
  float fixed;

  /* In a file, after ink_parameters_find(). A bias may be absent, NULL. Only a matrix may be I8 or
   * I4, and then its scale [rows], the tensor `<name>.scale`, is there, and `<name>.groups` of one
   * that is I4. */
  const ink_tensor *tensor, *scale, *groups;
} ink_parameter;

/* Offsets into the flat array follow, a struct a part. */

typedef struct ink_stack_parameters {
  size_t vocabulary; /* 0: there is no such stack */
  size_t embedding;
  size_t weight_ih[INK_LAYERS_MAX], weight_hh[INK_LAYERS_MAX];
  size_t bias_ih[INK_LAYERS_MAX], bias_hh[INK_LAYERS_MAX];
  size_t own[INK_LAYERS_MAX]; /* the cell's own weights, where it has some */
} ink_stack_parameters;

typedef struct ink_block_parameters {
  size_t conv_weight, conv_bias, norm_weight, norm_bias;
} ink_block_parameters;

typedef struct ink_picture_parameters {
  ink_block_parameters blocks[INK_BLOCKS_MAX];
  size_t bridge_weight, bridge_bias; /* from the picture's mean to the decoder's state */
} ink_picture_parameters;

typedef struct ink_attention_parameters {
  size_t key_weight, weight, bias;
} ink_attention_parameters;

typedef struct ink_bag_parameters {
  size_t weight, bias, scale, words, keys;
} ink_bag_parameters;

typedef struct ink_beginning_parameters {
  size_t h[INK_LAYERS_MAX], c[INK_LAYERS_MAX];
} ink_beginning_parameters;

typedef struct ink_average_parameters {
  size_t score;
} ink_average_parameters;

typedef struct ink_dense_parameters {
  size_t weight[INK_DENSE_MAX], bias[INK_DENSE_MAX];
} ink_dense_parameters;

typedef struct ink_read_out_parameters {
  size_t weight, bias;
} ink_read_out_parameters;

typedef struct ink_parameters {
  ink_shape shape;
  size_t count;   /* parameters listed */
  size_t size;    /* floats in all */
  size_t trained; /* of them, from the first on: those that updates change */
  ink_parameter list[INK_PARAMETERS_MAX];

  ink_stack_parameters stack;   /* that a session steps */
  ink_stack_parameters encoder; /* of a text that is written from */
  ink_stack_parameters reverse; /* of `stack`'s layers that also read from the end */
  ink_picture_parameters pictures;
  ink_attention_parameters attention;
  ink_beginning_parameters beginning;
  ink_average_parameters average;
  ink_dense_parameters dense;
  ink_read_out_parameters read_out;
  ink_bag_parameters bag;
} ink_parameters;

/* ---- Listing: for parts ---------------------------------------------------------------------- */

/* Parameters are listed one after another; once a size does not fit, nothing more is listed. */
typedef struct ink_lister {
  ink_parameters *parameters;
  bool fits;
  double bound; /* of the last matrix, and so of the bias that follows it */
} ink_lister;

/* Appends a tensor with this shape, ended by a 0, that begins uniform in +-1/sqrt(inputs) for
 * matrices, or as the matrix before it. Returns its offset. */
size_t ink_list_tensor(ink_lister *lister, const size_t *shape, const char *name);
size_t ink_list_matrix(ink_lister *lister, const char *name, size_t rows, size_t columns);
size_t ink_list_bias(ink_lister *lister, const char *name, size_t rows);

/* The parameter listed last, to say how it begins. */
ink_parameter *ink_list_last(ink_lister *lister);

/* fc.weight [outputs,features] and fc.bias; a tied one has the embedding for its matrix. */
void ink_list_read_out(ink_lister *lister, size_t features);

/* A build that only generates has nothing of other programs' models. */
#ifdef INK_GENERATE_ONLY
enum { INK_HAS_FOREIGN = 0 };
#else
enum { INK_HAS_FOREIGN = 1 };
#endif

/* What a layer gives: its units, twice where it reads from both ends. */
static inline size_t ink_shape_width(const ink_shape *shape, size_t layer) {
  return shape->hidden * (INK_HAS_FOREIGN && shape->reverse[layer] ? 2 : 1);
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* The tensor, which must have so many axes. INK_ERROR_FORMAT: `name` is missing or has others. */
ink_status ink_find_shaped(const ink_tensors *tensors, const char *name, size_t axes,
                           const ink_tensor **found, ink_error *error);

/* "[1024,256]" in text [64]. */
const char *ink_shape_text(const size_t *shape, size_t axes, char text[64]);

/* Finds the listed parameters in a file. INK_ERROR_FORMAT names the tensor that is missing or does
 * not fit. */
ink_status ink_parameters_find(const ink_tensors *tensors, ink_parameters *parameters,
                               ink_error *error);

/* Whether the file's tensor is one of the parameters, or the scales of one. */
bool ink_parameters_have(const ink_parameters *parameters, const ink_tensor *tensor);

/* The parameter that stands at this offset. */
const ink_parameter *ink_parameters_at(const ink_parameters *parameters, size_t offset);

/* Copies a parameter found in a file to floats [count]: int8 times its scales, zeros where it is
 * absent. INK_ERROR_FORMAT names a tensor with an element that is not finite. */
ink_status ink_parameter_read(const ink_parameter *parameter, float *floats, ink_error *error);

/* Rows of a matrix that has scales, as *bytes [count,columns] of I8. *unpacked is the caller's to
 * free: NULL, or the bytes where they had to be made. */
ink_status ink_parameter_int8(const ink_parameter *parameter, size_t first, size_t count,
                              const uint8_t **bytes, uint8_t **unpacked, ink_error *error);

/* The same of all, to floats [parameters->size]. */
ink_status ink_parameters_read(const ink_parameters *parameters, float *floats, ink_error *error);

/* The parameters as F32 tensors [parameters->count] over floats [parameters->size], to be written;
 * names are those of `parameters`. Returns how many. */
size_t ink_parameters_tensors(const ink_parameters *parameters, const float *floats,
                              ink_tensor *tensors);

/* Sets floats [parameters->size] to how the parameters begin. */
void ink_parameters_initialise(const ink_parameters *parameters, uint64_t seed, float *floats);

#endif
