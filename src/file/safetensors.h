/*
 * Safetensors: eight bytes of header size, little-endian, a JSON header, then the tensors' bytes.
 * Format: https://github.com/huggingface/safetensors#format. The reader trusts nothing: the header
 * is at most 1 MiB, names are unique, offsets are contiguous from 0 to the file's end, and a
 * tensor's bytes are exactly its shape times its type.
 */
#ifndef INK_FILE_SAFETENSORS_H
#define INK_FILE_SAFETENSORS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "inkling.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "numbers are read and written as they lie in memory, which must be little-endian"
#endif

typedef enum ink_dtype {
  INK_F32 = 0,
  INK_F16,
  INK_BF16,
  INK_I8,
  INK_U8,
  INK_U32,
  INK_U64,
  INK_F64,
  INK_I4 /* in a file U8, see nibbles.h */
} ink_dtype;

/* "F32", "F16", ... */
const char *ink_dtype_name(ink_dtype dtype);

enum { INK_TENSOR_AXES = 4 };

typedef struct ink_tensor {
  const char *name; /* NUL-terminated UTF-8 */
  ink_dtype dtype;
  size_t axes; /* 0 to 4 */
  size_t shape[INK_TENSOR_AXES];
  size_t count;         /* elements: the product of the shape */
  const uint8_t *bytes; /* [count * size of dtype], not aligned: copy, never cast; I4: two a byte */
} ink_tensor;

/* One of a single axis, whose elements stay the caller's. */
ink_tensor ink_tensor_list(const char *name, ink_dtype dtype, size_t count, const void *elements);

typedef struct ink_metadata_pair {
  const char *key, *value;
} ink_metadata_pair;

/* What a file has, in its order. */
typedef struct ink_tensors {
  size_t count;
  ink_tensor *list; /* [count] */
  size_t metadata_count;
  ink_metadata_pair *metadata; /* [metadata_count] */
  char *strings;               /* every name, key and value, each NUL-ended */
} ink_tensors;

/* Parses `bytes`, which must outlive the result: tensors point into it; names are the result's own.
 * INK_ERROR_FORMAT says what is wrong with which tensor. */
ink_status ink_tensors_parse(const uint8_t *bytes, size_t size, ink_tensors **tensors,
                             ink_error *error);
void ink_tensors_free(ink_tensors *tensors);

const ink_tensor *ink_tensors_find(const ink_tensors *tensors, const char *name); /* or NULL */

/* Whether it is a list of tokens ("vocab", "encoder.vocab" or "labels"), or belongs to a training
 * run ("training.*"): what every network may have beside its parameters. */
bool ink_tensor_is_tokens(const ink_tensor *tensor);
bool ink_tensor_is_training(const ink_tensor *tensor);

/* The string of __metadata__ under a key. */
const char *ink_tensors_metadata(const ink_tensors *tensors, const char *key); /* or NULL */

/* Copies a F32, F16, BF16 or F64 tensor to floats [count]. INK_ERROR_FORMAT names the tensor when
 * its type is another or an element is not finite. */
ink_status ink_tensor_floats(const ink_tensor *tensor, float *floats, ink_error *error);

/* What is read and written here, in the metadata's `format-version`; a file that has none is of
 * version 1. In 2, vectors have seven bits in products with int8 weights, so that models with such
 * weights write other texts than they did; 3 is of files with weights of four bits alone. A file of
 * a later version is refused. */
#define INK_FORMAT_VERSION "3"

/* Writing: the tensors given, in the order given, names unique; metadata_count pairs of strings
 * (key, value), of one key the last; `format-version` and `digest`, of the tensors' bytes, are
 * added to them. The header is padded with spaces to a multiple of eight bytes. Appends the whole
 * file to `file`, whose `failed` says whether memory ran out. */
void ink_tensors_write(const ink_tensor *tensors, size_t count, const char *const *metadata,
                       size_t metadata_count, ink_buffer *file);

/* A file of these tensors with the metadata of `source`, and more of it: *bytes [*size], the
 * caller's to free. */
ink_status ink_tensors_rewrite(const ink_tensors *source, const ink_tensor *tensors, size_t count,
                               const char *const *more, size_t more_pairs, uint8_t **bytes,
                               size_t *size, ink_error *error);

/* ---- For the other files of this floor ------------------------------------------------------- */

/* Bytes of one element, of all but I4. */
size_t ink_dtype_size(ink_dtype dtype);

/* Bytes of all of them, of a tensor whose size has been checked. */
static inline size_t ink_tensor_size(const ink_tensor *tensor) {
  if (tensor->dtype == INK_I4) return tensor->count / 2;
  return tensor->count * ink_dtype_size(tensor->dtype);
}

/* The dtype of this name [bytes]; false when there is none. */
bool ink_dtype_find(const char *name, ink_dtype *dtype);

/* Gives the tensors of other projects' files the names that they have here. */
void ink_tensors_rename(ink_tensors *tensors);

#endif
