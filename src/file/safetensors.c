/*
 * Safetensors: what a file's tensors are, and their elements. See safetensors.h.
 */
#include "file/safetensors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

static const struct {
  const char *name;
  size_t size;
} dtypes[] = {
    [INK_F32] = {"F32", 4}, [INK_F16] = {"F16", 2}, [INK_BF16] = {"BF16", 2},
    [INK_I8] = {"I8", 1},   [INK_U8] = {"U8", 1},   [INK_U32] = {"U32", 4},
    [INK_U64] = {"U64", 8}, [INK_F64] = {"F64", 8}, [INK_I4] = {"I4", 0},
};

const char *ink_dtype_name(ink_dtype dtype) { return dtypes[dtype].name; }

size_t ink_dtype_size(ink_dtype dtype) { return dtypes[dtype].size; }

bool ink_dtype_find(const char *name, ink_dtype *dtype) {
  for (size_t i = 0; i < INK_I4; i++) {
    *dtype = (ink_dtype)i;
    if (strcmp(dtypes[i].name, name) == 0) return true;
  }
  return false;
}

void ink_tensors_free(ink_tensors *tensors) {
  if (tensors == NULL) return;
  free(tensors->list);
  free(tensors->metadata);
  free(tensors->strings);
  free(tensors);
}

const ink_tensor *ink_tensors_find(const ink_tensors *tensors, const char *name) {
  for (size_t i = 0; i < tensors->count; i++) {
    if (strcmp(tensors->list[i].name, name) == 0) return &tensors->list[i];
  }
  return NULL;
}

bool ink_tensor_is_tokens(const ink_tensor *tensor) {
  return strcmp(tensor->name, "vocab") == 0 || strcmp(tensor->name, "encoder.vocab") == 0 ||
         strcmp(tensor->name, "labels") == 0;
}

bool ink_tensor_is_training(const ink_tensor *tensor) {
  return strncmp(tensor->name, "training.", 9) == 0;
}

const char *ink_tensors_metadata(const ink_tensors *tensors, const char *key) {
  for (size_t i = 0; i < tensors->metadata_count; i++) {
    if (strcmp(tensors->metadata[i].key, key) == 0) return tensors->metadata[i].value;
  }
  return NULL;
}

/* ---- Elements -------------------------------------------------------------------------------- */

static float float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* IEEE 754 binary16, exactly. */
static float float_of_half(uint32_t half) {
  uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31, fraction = half & 0x3ffu;
  if (exponent == 31) return float_of_bits(sign | 0x7f800000u | fraction << 13);
  if (exponent > 0) return float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
  float magnitude = (float)fraction * 0x1p-24f;
  return sign != 0 ? -magnitude : magnitude;
}

ink_status ink_tensor_floats(const ink_tensor *tensor, float *floats, ink_error *error) {
  if (tensor->dtype != INK_F32 && tensor->dtype != INK_F16 && tensor->dtype != INK_BF16 &&
      tensor->dtype != INK_F64) {
    return ink_fail(error, INK_ERROR_FORMAT, "%.100s is %s where F32, F16, BF16 or F64 fits",
                    tensor->name, ink_dtype_name(tensor->dtype));
  }
  const uint8_t *from = tensor->bytes;
  for (size_t i = 0; i < tensor->count; i++) {
    if (tensor->dtype == INK_F64) {
      double wide;
      memcpy(&wide, from, sizeof wide);
      floats[i] = (float)wide;
    } else if (tensor->dtype == INK_F32) {
      memcpy(&floats[i], from, sizeof *floats);
    } else {
      uint16_t low;
      memcpy(&low, from, sizeof low);
      floats[i] =
          tensor->dtype == INK_F16 ? float_of_half(low) : float_of_bits((uint32_t)low << 16);
    }
    from += ink_dtype_size(tensor->dtype);
    if (!isfinite(floats[i])) {
      return ink_fail(error, INK_ERROR_FORMAT, "%.100s: element %zu is not a finite number",
                      tensor->name, i);
    }
  }
  return INK_OK;
}
