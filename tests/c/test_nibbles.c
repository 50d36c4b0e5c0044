/*
 * Weights of four bits: what a file has of them, what is read of it, and what is refused.
 */
#include "file/nibbles.h"

#include "check.h"
#include "network.h"

enum { UNITS = 32 };

static ink_buffer quantized(const ink_buffer *file) {
  ink_buffer q = {0};
  uint8_t *bytes;
  size_t size;
  ink_error error;
  CHECK_OK(ink_quantize((const uint8_t *)file->bytes, file->size, INK_WEIGHTS_INT4, &bytes, &size,
                        &error));
  ink_buffer_append(&q, bytes, size);
  ink_release(bytes);
  return q;
}

/* Weights that four bits hold exactly come back as they were: numbers times factors times a scale
 * that is a power of two. */
static void test_exact(void) {
  enum { ROWS = 3, COLUMNS = 96 };
  float weight[ROWS * COLUMNS], rounded[ROWS * COLUMNS], scales[ROWS];
  uint8_t numbers[ROWS * COLUMNS / 2], factors[ROWS * COLUMNS / 32], bytes[ROWS * COLUMNS];
  memset(weight, 0, sizeof weight);
  for (size_t i = 0; i < COLUMNS; i++) {
    int number = (int)(i % 15) - 7, factor = i < 32 ? 15 : i < 64 ? 4 : 1;
    weight[i] = (float)(number * factor) * 0x1p-7f;
    weight[COLUMNS + i] = 2 * weight[i];
  }
  CHECK(ink_nibbles_pack(weight, ROWS, COLUMNS, numbers, factors, scales));
  CHECK(scales[0] == 0x1p-7f && scales[1] == 0x1p-6f && scales[2] == 0);
  CHECK(factors[0] == 15 && factors[1] == 4 && factors[2] == 1 && factors[6] == 0);
  CHECK(numbers[0] == (9 | 10 << 4)); /* -7 and -6 in two's complement, the first in the low bits */
  ink_nibbles_unpack(numbers, factors, ROWS, COLUMNS, bytes);
  ink_nibbles_round(weight, ROWS, COLUMNS, rounded);
  for (size_t i = 0; i < ROWS * COLUMNS; i++) {
    CHECK((float)(int8_t)bytes[i] * scales[i / COLUMNS] == weight[i]);
    CHECK(rounded[i] == weight[i]);
  }
}

/* What is stored of any weights is what training rounds them to, and is near them. */
static void test_rounding(void) {
  enum { ROWS = 5, COLUMNS = 64 };
  float weight[ROWS * COLUMNS], rounded[ROWS * COLUMNS], scales[ROWS];
  uint8_t numbers[ROWS * COLUMNS / 2], factors[ROWS * COLUMNS / 32], bytes[ROWS * COLUMNS];
  ink_random random;
  ink_random_seed(&random, 1, 2);
  double squares = 0, off = 0;
  for (size_t i = 0; i < ROWS * COLUMNS; i++) {
    weight[i] = (float)(ink_random_uniform(&random) + ink_random_uniform(&random) - 1) / 3;
  }
  CHECK(ink_nibbles_pack(weight, ROWS, COLUMNS, numbers, factors, scales));
  ink_nibbles_unpack(numbers, factors, ROWS, COLUMNS, bytes);
  ink_nibbles_round(weight, ROWS, COLUMNS, rounded);
  for (size_t i = 0; i < ROWS * COLUMNS; i++) {
    CHECK((float)(int8_t)bytes[i] * scales[i / COLUMNS] == rounded[i]);
    double error = (double)(rounded[i] - weight[i]);
    off += error * error;
    squares += (double)(weight[i] * weight[i]);
  }
  CHECK(sqrt(off / squares) < 0.12); /* seven steps each way of uniform noise: 0.1 */

  /* Of weights so large that the steps would be felt nothing is rounded. */
  for (size_t i = 0; i < ROWS * COLUMNS; i++) weight[i] *= 100;
  CHECK(!ink_nibbles_pack(weight, ROWS, COLUMNS, numbers, factors, scales));
  ink_nibbles_round(weight, ROWS, COLUMNS, rounded);
  CHECK(memcmp(weight, rounded, sizeof weight) == 0);
}

static const char *dtype_of(const ink_tensors *tensors, const char *name) {
  const ink_tensor *tensor = ink_tensors_find(tensors, name);
  return tensor == NULL ? "none" : ink_dtype_name(tensor->dtype);
}

/* A matrix whose rows are no multiple of 32 has eight bits, and so has a read-out of characters;
 * and the whole reads as one of I8 does, whose integers are the same. */
static void test_file(void) {
  enum { WIDE = 64 };
  network n = network_new(INK_CELL_GRU, 9, WIDE, 2, 5, 0.3f, 4);
  ink_buffer file = network_file(&n, NULL, 0), small = quantized(&file);
  ink_tensors *tensors;
  ink_parameters parameters;
  ink_error error;
  CHECK_OK(ink_tensors_parse((const uint8_t *)small.bytes, small.size, &tensors, &error));
  CHECK_TEXT(dtype_of(tensors, "rnn.weight_ih_l0"), "I8");
  CHECK_TEXT(dtype_of(tensors, "rnn.weight_ih_l1"), "I4");
  CHECK_TEXT(dtype_of(tensors, "rnn.weight_hh_l1.groups"), "U8");
  CHECK_TEXT(dtype_of(tensors, "rnn.bias_hh_l1"), "F32");
  CHECK_TEXT(dtype_of(tensors, "fc.weight"), "I8");
  CHECK_TEXT(ink_tensors_metadata(tensors, "format-version"), "3");
  CHECK_OK(ink_parameters_recognise(tensors, &parameters, &error));
  float *floats = malloc(parameters.size * sizeof *floats);
  CHECK_OK(ink_parameters_read(&parameters, floats, &error));
  size_t hh = n.parameters.stack.weight_hh[1], count = 3 * WIDE * WIDE;
  float *rounded = malloc(count * sizeof *rounded);
  ink_nibbles_round(n.floats + hh, 3 * WIDE, WIDE, rounded);
  CHECK(memcmp(floats + hh, rounded, count * sizeof *rounded) == 0);
  free(floats);
  free(rounded);

  /* Written again it is the same file; and what is small already is not made smaller. */
  uint8_t *bytes;
  size_t size;
  size_t all = tensors->count;
  CHECK_OK(ink_tensors_rewrite(tensors, tensors->list, all, NULL, 0, &bytes, &size, &error));
  CHECK(size == small.size && memcmp(bytes, small.bytes, size) == 0);
  ink_release(bytes);
  CHECK_FAILS(ink_quantize((const uint8_t *)small.bytes, small.size, INK_WEIGHTS_INT8, &bytes,
                           &size, &error),
              INK_ERROR_FORMAT, "quantised already");
  ink_tensors_free(tensors);
  ink_buffer_free(&file);
  ink_buffer_free(&small);
  network_free(&n);
}

/* A file whose recurrent weights are [rows,bytes] of U8 with groups as given. */
static void check_refused(size_t rows, size_t row_bytes, ink_tensor groups, uint8_t factor,
                          bool scales, const char *wanted) {
  network n = network_new(INK_CELL_RNN, 3, UNITS, 1, 0, 0.1f, 4);
  ink_buffer file = network_file(&n, NULL, 0); /* names them */
  ink_buffer_free(&file);
  static uint8_t numbers[UNITS * UNITS], factors[UNITS * UNITS];
  memset(factors, factor, sizeof factors);
  float scale[UNITS] = {1};
  ink_tensor *weight = network_tensor(&n, "rnn.weight_hh_l0");
  weight->dtype = INK_U8;
  weight->shape[0] = rows;
  weight->shape[1] = row_bytes;
  weight->count = rows * row_bytes;
  weight->bytes = numbers;
  ink_tensor tensors[INK_PARAMETERS_MAX + 3];
  memcpy(tensors, n.tensors, n.tensor_count * sizeof *tensors);
  size_t count = n.tensor_count;
  groups.name = "rnn.weight_hh_l0.groups";
  groups.bytes = factors;
  tensors[count++] = groups;
  if (scales) tensors[count++] = ink_tensor_list("rnn.weight_hh_l0.scale", INK_F32, UNITS, scale);
  ink_tensors_write(tensors, count, NULL, 0, &file);
  ink_model *model;
  ink_error error;
  CHECK_FAILS(ink_model_load((const uint8_t *)file.bytes, file.size, NULL, 0, INK_KERNEL_AUTO,
                             &model, &error),
              INK_ERROR_FORMAT, wanted);
  ink_buffer_free(&file);
  network_free(&n);
}

static ink_tensor groups_of(ink_dtype dtype, size_t rows, size_t columns) {
  return (ink_tensor){.dtype = dtype, .axes = 2, .shape = {rows, columns}, .count = rows * columns};
}

static void test_refusals(void) {
  ink_tensor fit = groups_of(INK_U8, UNITS, 1);
  check_refused(UNITS, UNITS / 2, fit, 16, true, "groups does not fit");
  check_refused(UNITS, UNITS / 2, fit, 1, false, "rnn.weight_hh_l0.scale is missing");
  check_refused(UNITS, UNITS / 2 + 1, fit, 1, true, "rnn.weight_hh_l0.groups does not fit");
  check_refused(UNITS, UNITS, fit, 1, true, "rnn.weight_hh_l0.groups does not fit");
  check_refused(UNITS - 1, UNITS / 2, fit, 1, true, "rnn.weight_hh_l0.groups does not fit");
  fit = groups_of(INK_I8, UNITS, 1);
  check_refused(UNITS, UNITS / 2, fit, 1, true, "rnn.weight_hh_l0.groups does not fit");
  fit = groups_of(INK_U8, UNITS, 0);
  check_refused(UNITS, UNITS / 2, fit, 1, true, "rnn.weight_hh_l0.groups does not fit");
  fit = groups_of(INK_U8, UNITS, 2);
  check_refused(UNITS, UNITS, fit, 1, true, "rnn.weight_hh_l0 is [32,64] where");
}

int main(void) {
  test_exact();
  test_rounding();
  test_file();
  test_refusals();
  return 0;
}
