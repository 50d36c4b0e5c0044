/*
 * Smaller weights for the matrices of a model file.
 */
#ifndef INK_FILE_QUANTIZE_H
#define INK_FILE_QUANTIZE_H

#include "file/safetensors.h"

/* The file with every matrix stored as `weights`, but for those whose steps of int8 would be felt;
 * they and all other tensors but those of a training run, and the metadata, stay as they are. Where
 * four bits would be felt, or do not fit, a matrix has eight.
 * *file [*file_size] is the caller's to free. INK_ERROR_FORMAT: a matrix is I8 already, not finite,
 * or too large for F16. */
ink_status ink_tensors_quantize(const ink_tensors *source, ink_weights weights, uint8_t **file,
                                size_t *file_size, ink_error *error);

#endif
