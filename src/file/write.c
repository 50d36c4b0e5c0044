/*
 * Writing safetensors. See safetensors.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/status.h"
#include "file/safetensors.h"

static void write_string(ink_buffer *buffer, const char *text) {
  ink_buffer_json_string(buffer, text, strlen(text));
}

/* Whether what a key of metadata says is told by the writer itself. */
static bool is_own(const char *key) {
  return strcmp(key, "digest") == 0 || strcmp(key, "format-version") == 0;
}

/* Whether the i-th pair's key comes again, with a value that counts in its place. */
static bool is_replaced(const char *const *metadata, size_t count, size_t i) {
  for (size_t later = i + 1; later < count; later++) {
    if (strcmp(metadata[2 * later], metadata[2 * i]) == 0) return true;
  }
  return false;
}

/* The metadata with the version, and with room for the digest, in place of those that it may have;
 * returns where the digest is in the header. */
static size_t write_metadata(const char *const *metadata, size_t count, const char *version,
                             ink_buffer *header) {
  ink_buffer_format(header, "{\"__metadata__\":{");
  for (size_t i = 0; i < count; i++) {
    if (is_own(metadata[2 * i]) || is_replaced(metadata, count, i)) continue;
    write_string(header, metadata[2 * i]);
    ink_buffer_append(header, ":", 1);
    write_string(header, metadata[2 * i + 1]);
    ink_buffer_append(header, ",", 1);
  }
  ink_buffer_format(header, "\"format-version\":\"%s\",\"digest\":\"", version);
  size_t digest = header->size;
  for (size_t i = 0; i < INK_DIGEST_TEXT; i++) ink_buffer_append(header, "0", 1);
  ink_buffer_append(header, "\"}", 2);
  return digest;
}

/* Files that earlier programs can read say so. */
static const char *version_of(const ink_tensor *tensors, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (tensors[i].dtype == INK_I4) return INK_FORMAT_VERSION;
  }
  return "2";
}

/* As it stands in the file. */
static ink_tensor in_file(const ink_tensor *tensor) {
  ink_tensor written = *tensor;
  if (tensor->dtype == INK_I4) {
    written.dtype = INK_U8;
    written.shape[1] /= 2;
    written.count /= 2;
  }
  return written;
}

void ink_tensors_write(const ink_tensor *tensors, size_t count, const char *const *metadata,
                       size_t metadata_count, ink_buffer *file) {
  ink_buffer header = {0};
  size_t digest = write_metadata(metadata, metadata_count, version_of(tensors, count), &header);
  size_t offset = 0;
  for (size_t i = 0; i < count; i++) {
    ink_buffer_append(&header, ",", 1); /* behind the metadata, or another tensor */
    const ink_tensor t = in_file(&tensors[i]);
    write_string(&header, t.name);
    ink_buffer_format(&header, ":{\"dtype\":\"%s\",\"shape\":[", ink_dtype_name(t.dtype));
    for (size_t axis = 0; axis < t.axes; axis++) {
      ink_buffer_format(&header, "%s%zu", axis > 0 ? "," : "", t.shape[axis]);
    }
    size_t end = offset + ink_tensor_size(&t);
    ink_buffer_format(&header, "],\"data_offsets\":[%zu,%zu]}", offset, end);
    offset = end;
  }
  ink_buffer_append(&header, "}", 1);
  while (header.size % 8 != 0 && !header.failed) ink_buffer_append(&header, " ", 1);

  uint64_t size = header.size;
  size_t start = file->size + sizeof size;
  ink_buffer_append(file, &size, sizeof size);
  ink_buffer_append(file, header.bytes, header.size);
  for (size_t i = 0; i < count; i++) {
    ink_buffer_append(file, tensors[i].bytes, ink_tensor_size(&tensors[i]));
  }
  if (header.failed) file->failed = true;
  if (!file->failed) {
    size_t data = start + header.size;
    char text[INK_DIGEST_TEXT + 1];
    ink_digest_text(ink_digest((const uint8_t *)file->bytes + data, file->size - data), text);
    memcpy(file->bytes + start + digest, text, INK_DIGEST_TEXT);
  }
  ink_buffer_free(&header);
}

ink_tensor ink_tensor_list(const char *name, ink_dtype dtype, size_t count, const void *elements) {
  return (ink_tensor){
      .name = name, .dtype = dtype, .axes = 1, .shape = {count}, .count = count, .bytes = elements};
}

ink_status ink_tensors_rewrite(const ink_tensors *source, const ink_tensor *tensors, size_t count,
                               const char *const *more, size_t more_pairs, uint8_t **bytes,
                               size_t *size, ink_error *error) {
  size_t pairs = source->metadata_count, all = pairs + more_pairs;
  const char **metadata = calloc(2 * all + 1, sizeof *metadata);
  if (metadata == NULL) return ink_fail_memory(error);
  for (size_t i = 0; i < pairs; i++) {
    metadata[2 * i] = source->metadata[i].key;
    metadata[2 * i + 1] = source->metadata[i].value;
  }
  if (more_pairs > 0) memcpy(metadata + 2 * pairs, more, 2 * more_pairs * sizeof *more);
  ink_buffer file = {0};
  ink_tensors_write(tensors, count, metadata, all, &file);
  free(metadata);
  ink_status status = ink_buffer_end(&file, error);
  *bytes = (uint8_t *)file.bytes;
  *size = file.size;
  return status;
}
