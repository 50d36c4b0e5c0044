/*
 * Weights of four bits. A matrix [rows,columns], columns a multiple of 32, is in a file
 *   <name>         U8 [rows,columns/2]: numbers -8 to 7, two a byte, the first in the low bits
 *   <name>.groups  U8 [rows,columns/32]: a factor, 0 to 15, of 32 numbers in a row
 *   <name>.scale   F32 [rows]
 * and a weight is number * factor * scale. The product of the first two fits a byte, so that the
 * matrix is one of I8 with a scale a row as soon as it is unpacked: the same kernels, the same
 * integers. Two levels of scales: "QLoRA" (Dettmers et al. 2023), 3, "double quantization".
 */
#ifndef INK_FILE_NIBBLES_H
#define INK_FILE_NIBBLES_H

#include "file/safetensors.h"

enum { INK_NIBBLE_GROUP = 32, INK_NIBBLE_FACTOR_MAX = 15, INK_NIBBLE_ROWS = 128 };

/* bytes [rows,columns] of I8, from the packed numbers and factors of those rows. */
void ink_nibbles_unpack(const uint8_t *numbers, const uint8_t *factors, size_t rows, size_t columns,
                        uint8_t *bytes);

/* Whether a matrix is stored so where four bits are asked for. One of few rows, a read-out of
 * characters or classes, is a hundredth of a file and half of what rounding costs. */
static inline bool ink_nibbles_fit(size_t rows, size_t columns) {
  return rows >= INK_NIBBLE_ROWS && columns > 0 && columns % INK_NIBBLE_GROUP == 0;
}

/* Stores a matrix weight [rows,columns] as numbers [rows,columns/2], factors [rows,columns/32] and
 * scales [rows]. False where four bits are too few for it. */
bool ink_nibbles_pack(const float *weight, size_t rows, size_t columns, uint8_t *numbers,
                      uint8_t *factors, float *scales);

/* The weights that ink_nibbles_pack() stores, rounded [rows,columns], which is another array; the
 * weights themselves where it gives false. */
void ink_nibbles_round(const float *weight, size_t rows, size_t columns, float *rounded);

/* Whether a product with inputs of about 1 is off by more than half a logit, which is felt: weights
 * are off by so much that its squares over all rows have this sum. */
static inline bool ink_is_felt(double squares, size_t rows) {
  return squares / (double)rows > 0.25;
}

/* Finds the matrices of four bits among the tensors of a file: their dtype becomes INK_I4, and
 * their shape that of the matrix. INK_ERROR_FORMAT names groups that do not fit their numbers. */
ink_status ink_nibbles_find(ink_tensors *tensors, ink_error *error);

#endif
