/*
 * How a generator's parameters are named and shaped in a model file, and where each stands in one flat
 * array of floats. The trainer keeps its weights, gradients and moments in such arrays; the reader of
 * a model fills one. The order is that of the file.
 */
#ifndef INK_MODEL_GENERATOR_FILE_H
#define INK_MODEL_GENERATOR_FILE_H

#include <stdbool.h>

#include "inkling.h"
#include "model/safetensors.h"

enum { INK_LAYERS_MAX = 16, INK_PARAMETERS_MAX = 3 + 4 * INK_LAYERS_MAX };

typedef struct ink_shape {
  ink_cell_kind cell;
  size_t gates;                             /* of the cell */
  size_t vocabulary, embed, hidden, layers; /* embed 0: one-hot */
} ink_shape;

typedef struct ink_parameter {
  char name[32];
  size_t rows, columns; /* columns 0: a vector [rows] */
  size_t offset, count; /* in the flat array */

  /* In a file, after ink_parameters_find(). A bias may be absent, NULL. Only a matrix may be I8,
   * and then its scale [rows], the tensor `<name>.scale`, is there. */
  const ink_tensor *tensor, *scale;
} ink_parameter;

typedef struct ink_parameters {
  ink_shape shape;
  size_t count; /* parameters listed */
  size_t size;  /* floats in all */
  ink_parameter list[INK_PARAMETERS_MAX];

  /* Offsets into the flat array. */
  size_t embedding;
  size_t weight_ih[INK_LAYERS_MAX], weight_hh[INK_LAYERS_MAX];
  size_t bias_ih[INK_LAYERS_MAX], bias_hh[INK_LAYERS_MAX];
  size_t fc_weight, fc_bias;
} ink_parameters;

/* Lists the parameters of a network. INK_ERROR_ARGUMENT when a size does not fit. */
ink_status ink_parameters_list(const ink_shape *shape, ink_parameters *parameters,
                               ink_error *error);

/* Finds the listed parameters in a file. INK_ERROR_FORMAT names the tensor that is missing or does not
 * fit. */
ink_status ink_parameters_find(const ink_tensors *tensors, ink_parameters *parameters,
                               ink_error *error);

/* Finds the shape of the network in a file from its tensors, lists its parameters and finds them. Tensors whose
 * name begins with "training." are passed over. INK_ERROR_FORMAT names the tensor that is missing, has
 * no place or does not fit. */
ink_status ink_parameters_recognise(const ink_tensors *tensors, ink_parameters *parameters,
                                    ink_error *error);

/* The parameter that stands at this offset. */
const ink_parameter *ink_parameters_at(const ink_parameters *parameters, size_t offset);

/* Copies the parameters found in a file to floats [parameters->size]: int8 ones times their scales,
 * and zeros for biases that it lacks. */
ink_status ink_parameters_read(const ink_parameters *parameters, float *floats, ink_error *error);

/* The parameters as F32 tensors [parameters->count] over floats [parameters->size], to be written; names
 * are those of `parameters`. Returns how many. */
size_t ink_parameters_tensors(const ink_parameters *parameters, const float *floats,
                              ink_tensor *tensors);

#endif
