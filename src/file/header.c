/*
 * Reading the header of a safetensors file. Source: see safetensors.h.
 *
 * jsmn finds the strings and brackets of the header, but accepts more than JSON does (missing
 * commas and colons, values in a key's place). The walk over its tokens therefore keeps a cursor in
 * the text and accepts one grammar only:
 *   { "__metadata__": { key: string, ... }, name: { "dtype": string, "shape": [integers],
 *     "data_offsets": [begin, end] }, ... }
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/size.h"
#include "base/sort.h"
#include "base/status.h"
#include "base/utf8.h"
#include "file/escape.h"
#include "file/nibbles.h"
#include "file/safetensors.h"

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <jsmn.h>
#pragma GCC diagnostic pop

enum {
  HEADER_MAX = 1 << 20,
  DEPTH_MAX = 3, /* the header, a tensor, its shape */
  /* the fewest JSON tokens of one tensor: name, object, dtype (2), shape (2), data_offsets (2 and
   * the two numbers) */
  TENSOR_TOKENS = 10,
};

/* ---- The header as JSON ---------------------------------------------------------------------- */

typedef struct reader {
  const char *json;
  size_t size;
  const jsmntok_t *tokens; /* [count] */
  size_t count;
  size_t next;   /* the token to come */
  size_t at;     /* the byte to come */
  char *strings; /* where the next string is decoded to */
  const uint8_t *data;
  size_t data_size;
  ink_tensors *tensors;
  ink_error *error;
} reader;

static ink_status fail_header(const reader *r, const char *what) {
  return ink_fail(r->error, INK_ERROR_FORMAT, "the header of the file is damaged at byte %zu: %s",
                  r->at + 8, what);
}

static void skip_space(reader *r) {
  while (r->at < r->size && strchr(" \t\r\n", r->json[r->at]) != NULL) r->at++;
}

/* Takes `c`, if it comes next. */
static bool take(reader *r, char c) {
  skip_space(r);
  if (r->at == r->size || r->json[r->at] != c) return false;
  r->at++;
  return true;
}

/* Takes the next token if it is of this type; the cursor goes to its content. */
static const jsmntok_t *take_token(reader *r, jsmntype_t type) {
  skip_space(r);
  size_t quote = type == JSMN_STRING ? 1 : 0;
  if (r->next == r->count || r->tokens[r->next].type != type ||
      (size_t)r->tokens[r->next].start != r->at + quote) {
    return NULL;
  }
  return &r->tokens[r->next++];
}

static bool open_bracket(reader *r, jsmntype_t type) {
  if (take_token(r, type) == NULL) return false;
  r->at++;
  return true;
}

/* A string, decoded. It never grows, and its NUL has the place of a quote. */
static ink_status take_string(reader *r, const char **string) {
  const jsmntok_t *token = take_token(r, JSMN_STRING);
  if (token == NULL) return fail_header(r, "a string is missing");
  const char *text = r->json + token->start, *end = r->json + token->end;
  char *out = r->strings;
  while (text < end) {
    uint32_t code_point = 1;
    if (*text != '\\') {
      *out++ = *text++;
    } else if (!ink_json_unescape(&text, end, &code_point)) {
      return fail_header(r, "a string has an escape that is not JSON's");
    } else {
      out += ink_utf8_encode(code_point, out);
    }
    if (code_point == 0) return fail_header(r, "a string contains a NUL");
  }
  *out++ = '\0';
  *string = r->strings;
  r->strings = out;
  r->at = (size_t)token->end + 1;
  return INK_OK;
}

/* A plain integer >= 0 that fits; `name` is the tensor's. */
static ink_status take_integer(reader *r, const char *name, size_t *value) {
  const jsmntok_t *token = take_token(r, JSMN_PRIMITIVE);
  const char *text = token == NULL ? NULL : r->json + token->start;
  size_t length = token == NULL ? 0 : (size_t)(token->end - token->start);
  bool good = length > 0 && !(length > 1 && text[0] == '0');
  *value = 0;
  for (size_t i = 0; good && i < length; i++) {
    good = text[i] >= '0' && text[i] <= '9' && ink_size_multiply(*value, 10, value) &&
           ink_size_add(*value, (size_t)(text[i] - '0'), value);
  }
  if (!good) {
    return ink_fail(r->error, INK_ERROR_FORMAT,
                    "%.100s: the shape or the data_offsets hold something that is not a size",
                    name);
  }
  r->at += length;
  return INK_OK;
}

/* [a, b, ...] of at most `capacity`. */
static ink_status take_integers(reader *r, const char *name, const char *key, size_t capacity,
                                size_t *values, size_t *count) {
  *count = 0;
  if (!open_bracket(r, JSMN_ARRAY)) {
    return ink_fail(r->error, INK_ERROR_FORMAT, "%.100s: %s is not a list", name, key);
  }
  if (take(r, ']')) return INK_OK;
  do {
    if (*count == capacity) {
      return ink_fail(r->error, INK_ERROR_FORMAT, "%.100s: %s has more than %zu numbers", name, key,
                      capacity);
    }
    ink_status status = take_integer(r, name, &values[(*count)++]);
    if (status != INK_OK) return status;
  } while (take(r, ','));
  return take(r, ']') ? INK_OK : fail_header(r, "a list is not closed");
}

/* ---- What the header says -------------------------------------------------------------------- */

static ink_status take_dtype(reader *r, ink_tensor *tensor) {
  const char *name;
  ink_status status = take_string(r, &name);
  if (status != INK_OK) return status;
  if (ink_dtype_find(name, &tensor->dtype)) return INK_OK;
  return ink_fail(r->error, INK_ERROR_FORMAT, "%.100s: its type %.40s is not known here",
                  tensor->name, name);
}

/* The tensor's bytes: [begin,end) of the data, exactly its shape times its type. */
static ink_status place_tensor(reader *r, ink_tensor *tensor, size_t begin, size_t end) {
  if (begin > end || end > r->data_size) {
    return ink_fail(r->error, INK_ERROR_FORMAT,
                    "%.100s: its bytes %zu to %zu are not inside the file's %zu", tensor->name,
                    begin, end, r->data_size);
  }
  size_t size = ink_dtype_size(tensor->dtype);
  bool fits = true;
  tensor->count = 1;
  for (size_t i = 0; i < tensor->axes; i++) {
    fits = fits && ink_size_multiply(tensor->count, tensor->shape[i], &tensor->count);
  }
  fits = fits && ink_size_multiply(size, tensor->count, &size);
  if (!fits || size != end - begin) {
    return ink_fail(r->error, INK_ERROR_FORMAT, "%.100s: its %zu bytes are not its shape times %s",
                    tensor->name, end - begin, ink_dtype_name(tensor->dtype));
  }
  tensor->bytes = r->data + begin;
  return INK_OK;
}

static ink_status take_tensor(reader *r, const char *name) {
  enum { DTYPE = 1, SHAPE = 2, OFFSETS = 4 };
  ink_tensor tensor = {.name = name};
  size_t offsets[2], offset_count = 0;
  unsigned seen = 0;
  if (!open_bracket(r, JSMN_OBJECT)) {
    return ink_fail(r->error, INK_ERROR_FORMAT, "%.100s: it is not described as a tensor", name);
  }
  if (!take(r, '}')) {
    do {
      const char *key;
      ink_status status = take_string(r, &key);
      if (status != INK_OK) return status;
      if (!take(r, ':')) return fail_header(r, "a colon is missing");
      unsigned known = strcmp(key, "dtype") == 0          ? DTYPE
                       : strcmp(key, "shape") == 0        ? SHAPE
                       : strcmp(key, "data_offsets") == 0 ? OFFSETS
                                                          : 0;
      if (known == 0 || (seen & known) != 0) {
        return ink_fail(r->error, INK_ERROR_FORMAT, "%.100s: %.40s is %s", name, key,
                        known == 0 ? "no property of a tensor" : "given twice");
      }
      seen |= known;
      status = known == DTYPE ? take_dtype(r, &tensor)
               : known == SHAPE
                   ? take_integers(r, name, key, INK_TENSOR_AXES, tensor.shape, &tensor.axes)
                   : take_integers(r, name, key, 2, offsets, &offset_count);
      if (status != INK_OK) return status;
    } while (take(r, ','));
    if (!take(r, '}')) return fail_header(r, "an object is not closed");
  }
  if (seen != (DTYPE | SHAPE | OFFSETS) || offset_count != 2) {
    return ink_fail(r->error, INK_ERROR_FORMAT,
                    "%.100s: its dtype, shape or pair of data_offsets is missing", name);
  }
  ink_status status = place_tensor(r, &tensor, offsets[0], offsets[1]);
  if (status == INK_OK) r->tensors->list[r->tensors->count++] = tensor;
  return status;
}

static ink_status take_metadata(reader *r) {
  if (!open_bracket(r, JSMN_OBJECT)) return fail_header(r, "__metadata__ is not an object");
  if (take(r, '}')) return INK_OK;
  do {
    ink_metadata_pair *entry = &r->tensors->metadata[r->tensors->metadata_count];
    ink_status status = take_string(r, &entry->key);
    if (status != INK_OK) return status;
    if (!take(r, ':')) return fail_header(r, "a colon is missing");
    status = take_string(r, &entry->value);
    if (status != INK_OK) return status;
    r->tensors->metadata_count++;
  } while (take(r, ','));
  return take(r, '}') ? INK_OK : fail_header(r, "__metadata__ is not closed");
}

static ink_status take_header(reader *r) {
  bool metadata = false;
  if (!open_bracket(r, JSMN_OBJECT)) return fail_header(r, "it is not a JSON object");
  if (!take(r, '}')) {
    do {
      const char *name;
      ink_status status = take_string(r, &name);
      if (status != INK_OK) return status;
      if (!take(r, ':')) return fail_header(r, "a colon is missing");
      if (strcmp(name, "__metadata__") != 0) {
        status = take_tensor(r, name);
      } else if (metadata) {
        status = fail_header(r, "__metadata__ is given twice");
      } else {
        metadata = true;
        status = take_metadata(r);
      }
      if (status != INK_OK) return status;
    } while (take(r, ','));
    if (!take(r, '}')) return fail_header(r, "an object is not closed");
  }
  while (r->at < r->size && r->json[r->at] == ' ') r->at++;
  return r->at == r->size ? INK_OK : fail_header(r, "something follows its end");
}

/* ---- The header as a whole ------------------------------------------------------------------- */

/* What jsmn does not look at, or takes long over: control characters, UTF-8, the depth. */
static ink_status check_text(const reader *r) {
  if (!ink_utf8_valid(r->json, r->size)) {
    return ink_fail(r->error, INK_ERROR_FORMAT, "the header of the file is not UTF-8");
  }
  bool in_string = false;
  int depth = 0;
  for (size_t i = 0; i < r->size; i++) {
    char c = r->json[i];
    if ((unsigned char)c < 0x20 && (in_string || strchr("\t\r\n", c) == NULL || c == '\0')) {
      return ink_fail(r->error, INK_ERROR_FORMAT,
                      "the header of the file has a control character at byte %zu", i + 8);
    }
    if (c == '"') {
      in_string = !in_string;
    } else if (in_string) {
      if (c == '\\') i++;
    } else if (c == '{' || c == '[') {
      if (++depth > DEPTH_MAX) {
        return ink_fail(r->error, INK_ERROR_FORMAT,
                        "the header of the file is nested too deep at byte %zu", i + 8);
      }
    } else if (c == '}' || c == ']') {
      depth--;
    }
  }
  return INK_OK;
}

static int compare_names(const void *a, const void *b) { return strcmp(a, b); }

static ink_status check_doubles(const reader *r, const void **scratch) {
  const ink_tensors *t = r->tensors;
  for (size_t i = 0; i < t->count; i++) scratch[i] = t->list[i].name;
  ink_sort(scratch, t->count, compare_names);
  for (size_t i = 1; i < t->count; i++) {
    if (strcmp(scratch[i - 1], scratch[i]) == 0) {
      return ink_fail(r->error, INK_ERROR_FORMAT, "%.100s: two tensors have this name",
                      (const char *)scratch[i]);
    }
  }
  for (size_t i = 0; i < t->metadata_count; i++) scratch[i] = t->metadata[i].key;
  ink_sort(scratch, t->metadata_count, compare_names);
  for (size_t i = 1; i < t->metadata_count; i++) {
    if (strcmp(scratch[i - 1], scratch[i]) == 0) {
      return ink_fail(r->error, INK_ERROR_FORMAT, "%.100s: given twice in __metadata__",
                      (const char *)scratch[i]);
    }
  }
  return INK_OK;
}

/* By place in the file; the empty ones of a place first. */
static int compare_places(const void *a, const void *b) {
  const ink_tensor *left = a, *right = b;
  if (left->bytes != right->bytes) return left->bytes < right->bytes ? -1 : 1;
  size_t left_size = ink_tensor_size(left), right_size = ink_tensor_size(right);
  return (left_size > right_size) - (left_size < right_size);
}

static ink_status check_contiguous(const reader *r, const void **scratch) {
  const ink_tensors *t = r->tensors;
  for (size_t i = 0; i < t->count; i++) scratch[i] = &t->list[i];
  ink_sort(scratch, t->count, compare_places);
  size_t at = 0;
  for (size_t i = 0; i < t->count; i++) {
    const ink_tensor *tensor = scratch[i];
    size_t begin = (size_t)(tensor->bytes - r->data);
    if (begin != at) {
      return ink_fail(r->error, INK_ERROR_FORMAT, "%.100s: its bytes %s those before it",
                      tensor->name, begin < at ? "overlap" : "leave a gap behind");
    }
    at += ink_tensor_size(tensor);
  }
  if (at != r->data_size) {
    return ink_fail(r->error, INK_ERROR_FORMAT, "the file has %zu bytes after its last tensor",
                    r->data_size - at);
  }
  return INK_OK;
}

/* A file that has the digest of its bytes must have those bytes. One of another kind is not ours to
 * check. */
static ink_status check_digest(const reader *r) {
  const char *given = ink_tensors_metadata(r->tensors, "digest");
  if (given == NULL || strncmp(given, INK_DIGEST_PREFIX, 6) != 0) return INK_OK;
  char text[INK_DIGEST_TEXT + 1];
  ink_digest_text(ink_digest(r->data, r->data_size), text);
  if (strcmp(given, text) == 0) return INK_OK;
  return ink_fail(r->error, INK_ERROR_FORMAT,
                  "the file is damaged: its bytes have another digest than its metadata says");
}

static ink_status check_version(const reader *r) {
  const char *given = ink_tensors_metadata(r->tensors, "format-version");
  if (given == NULL || (given[0] <= INK_FORMAT_VERSION[0] && given[1] == '\0')) return INK_OK;
  return ink_fail(r->error, INK_ERROR_FORMAT,
                  "the file's format-version is %.20s: this program reads up to %s", given,
                  INK_FORMAT_VERSION);
}

static ink_status read_header(reader *r, jsmntok_t *tokens, void *scratch) {
  jsmn_parser parser;
  jsmn_init(&parser);
  int parsed = jsmn_parse(&parser, r->json, r->size, tokens, (unsigned)r->count);
  if (parsed < 0 || (size_t)parsed != r->count) {
    r->at = parser.pos;
    return fail_header(r, "it is not JSON");
  }
  ink_status status = take_header(r);
  if (status == INK_OK) status = check_doubles(r, scratch);
  if (status == INK_OK) status = check_contiguous(r, scratch);
  if (status == INK_OK) status = check_version(r);
  if (status == INK_OK) status = check_digest(r);
  if (status == INK_OK) ink_tensors_rename(r->tensors);
  return status == INK_OK ? ink_nibbles_find(r->tensors, r->error) : status;
}

/* Counts the tokens of the header and reads them. */
static ink_status read_tokens(reader *r, ink_tensors **tensors) {
  jsmn_parser parser;
  jsmn_init(&parser);
  int counted = jsmn_parse(&parser, r->json, r->size, NULL, 0);
  if (counted <= 0) {
    r->at = parser.pos;
    return fail_header(r, "it is not JSON");
  }
  r->count = (size_t)counted;
  jsmntok_t *parsed = calloc(r->count, sizeof *parsed);
  void *scratch = calloc(r->count, sizeof(void *));
  ink_tensors *t = *tensors = calloc(1, sizeof *t);
  if (t != NULL) {
    t->list = calloc(r->count / TENSOR_TOKENS + 1, sizeof *t->list);
    t->metadata = calloc(r->count / 2 + 1, sizeof *t->metadata);
    t->strings = malloc(r->size);
  }
  ink_status status = INK_OK;
  if (parsed == NULL || scratch == NULL || t == NULL || t->list == NULL || t->metadata == NULL ||
      t->strings == NULL) {
    status = ink_fail_memory(r->error);
  } else {
    r->tokens = parsed;
    r->strings = t->strings;
    r->tensors = t;
    status = read_header(r, parsed, scratch);
  }
  free(parsed);
  free(scratch);
  return status;
}

ink_status ink_tensors_parse(const uint8_t *bytes, size_t size, ink_tensors **tensors,
                             ink_error *error) {
  *tensors = NULL;
  if (size < 8) {
    return ink_fail(error, INK_ERROR_FORMAT, "%zu bytes are too few for a safetensors file", size);
  }
  uint64_t header_size;
  memcpy(&header_size, bytes, sizeof header_size);
  if (header_size > HEADER_MAX) {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "not a safetensors file, or one whose header is larger than 1 MiB");
  }
  if (header_size > size - 8) {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "not a safetensors file, or one that is cut short inside its header");
  }
  reader r = {.json = (const char *)bytes + 8,
              .size = (size_t)header_size,
              .data = bytes + 8 + header_size,
              .data_size = size - 8 - (size_t)header_size,
              .error = error};
  ink_status status = check_text(&r);
  if (status == INK_OK) status = read_tokens(&r, tensors);
  if (status == INK_OK) return INK_OK;
  ink_tensors_free(*tensors);
  *tensors = NULL;
  return status;
}
