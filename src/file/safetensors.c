/*
 * Safetensors. Source: see safetensors.h.
 *
 * jsmn finds the strings and brackets of the header, but accepts more than JSON does (missing
 * commas and colons, values in a key's place). The walk over its tokens therefore keeps a cursor in
 * the text and accepts one grammar only:
 *   { "__metadata__": { key: string, ... }, name: { "dtype": string, "shape": [integers],
 *     "data_offsets": [begin, end] }, ... }
 */
#include "file/safetensors.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/size.h"
#include "base/status.h"
#include "base/utf8.h"

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

static const struct {
  const char *name;
  size_t size;
} dtypes[] = {
    [INK_F32] = {"F32", 4}, [INK_F16] = {"F16", 2}, [INK_BF16] = {"BF16", 2},
    [INK_I8] = {"I8", 1},   [INK_U8] = {"U8", 1},   [INK_U32] = {"U32", 4},
    [INK_U64] = {"U64", 8}, [INK_F64] = {"F64", 8},
};

const char *ink_dtype_name(ink_dtype dtype) { return dtypes[dtype].name; }

typedef struct pair {
  const char *key, *value;
} pair;

struct ink_tensors {
  size_t count;
  ink_tensor *list; /* [count] */
  size_t metadata_count;
  pair *metadata; /* [metadata_count] */
  char *strings;  /* every name, key and value, each NUL-ended */
};

void ink_tensors_free(ink_tensors *tensors) {
  if (tensors == NULL) return;
  free(tensors->list);
  free(tensors->metadata);
  free(tensors->strings);
  free(tensors);
}

size_t ink_tensors_count(const ink_tensors *tensors) { return tensors->count; }

const ink_tensor *ink_tensors_at(const ink_tensors *tensors, size_t index) {
  return &tensors->list[index];
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

size_t ink_tensors_metadata_count(const ink_tensors *tensors) { return tensors->metadata_count; }

void ink_tensors_metadata_at(const ink_tensors *tensors, size_t index, const char **key,
                             const char **value) {
  *key = tensors->metadata[index].key;
  *value = tensors->metadata[index].value;
}

const char *ink_tensors_metadata(const ink_tensors *tensors, const char *key) {
  for (size_t i = 0; i < tensors->metadata_count; i++) {
    if (strcmp(tensors->metadata[i].key, key) == 0) return tensors->metadata[i].value;
  }
  return NULL;
}

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

/* \uXXXX at text; false when it is not that. */
static bool hex4(const char *text, const char *end, uint32_t *value) {
  if (end - text < 6 || text[0] != '\\' || text[1] != 'u') return false;
  *value = 0;
  for (int i = 2; i < 6; i++) {
    const char *digits = "0123456789abcdef", *digit;
    char c = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] - 'A' + 'a') : text[i];
    if (c == '\0' || (digit = strchr(digits, c)) == NULL) return false;
    *value = *value * 16 + (uint32_t)(digit - digits);
  }
  return true;
}

/* One escape at *text, which moves behind it; false when it is none. */
static bool unescape(const char **text, const char *end, uint32_t *code_point) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  if (hex4(*text, end, code_point)) {
    *text += 6;
    if (*code_point < 0xd800 || *code_point > 0xdfff) return true;
    uint32_t low;
    if (*code_point > 0xdbff || !hex4(*text, end, &low) || low < 0xdc00 || low > 0xdfff) {
      return false;
    }
    *text += 6;
    *code_point = 0x10000 + ((*code_point - 0xd800) << 10) + (low - 0xdc00);
    return true;
  }
  const char *found = end - *text < 2 || (*text)[1] == '\0' ? NULL : strchr(from, (*text)[1]);
  if (found == NULL) return false;
  *code_point = (unsigned char)to[found - from];
  *text += 2;
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
    } else if (!unescape(&text, end, &code_point)) {
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
  for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
    if (strcmp(dtypes[i].name, name) != 0) continue;
    tensor->dtype = (ink_dtype)i;
    return INK_OK;
  }
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
  size_t size = dtypes[tensor->dtype].size;
  bool fits = true;
  tensor->count = 1;
  for (size_t i = 0; i < tensor->axes; i++) {
    fits = fits && ink_size_multiply(tensor->count, tensor->shape[i], &tensor->count);
  }
  fits = fits && ink_size_multiply(size, tensor->count, &size);
  if (!fits || size != end - begin) {
    return ink_fail(r->error, INK_ERROR_FORMAT, "%.100s: its %zu bytes are not its shape times %s",
                    tensor->name, end - begin, dtypes[tensor->dtype].name);
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
    pair *entry = &r->tensors->metadata[r->tensors->metadata_count];
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

static int compare_names(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static ink_status check_doubles(const reader *r, const char **scratch) {
  const ink_tensors *t = r->tensors;
  for (size_t i = 0; i < t->count; i++) scratch[i] = t->list[i].name;
  if (t->count > 0) qsort(scratch, t->count, sizeof *scratch, compare_names);
  for (size_t i = 1; i < t->count; i++) {
    if (strcmp(scratch[i - 1], scratch[i]) == 0) {
      return ink_fail(r->error, INK_ERROR_FORMAT, "%.100s: two tensors have this name", scratch[i]);
    }
  }
  for (size_t i = 0; i < t->metadata_count; i++) scratch[i] = t->metadata[i].key;
  if (t->metadata_count > 0) qsort(scratch, t->metadata_count, sizeof *scratch, compare_names);
  for (size_t i = 1; i < t->metadata_count; i++) {
    if (strcmp(scratch[i - 1], scratch[i]) == 0) {
      return ink_fail(r->error, INK_ERROR_FORMAT, "%.100s: given twice in __metadata__",
                      scratch[i]);
    }
  }
  return INK_OK;
}

static size_t tensor_size(const ink_tensor *tensor) {
  return tensor->count * dtypes[tensor->dtype].size;
}

/* By place in the file; the empty ones of a place first. */
static int compare_places(const void *a, const void *b) {
  const ink_tensor *left = *(const ink_tensor *const *)a, *right = *(const ink_tensor *const *)b;
  if (left->bytes != right->bytes) return left->bytes < right->bytes ? -1 : 1;
  size_t left_size = tensor_size(left), right_size = tensor_size(right);
  return (left_size > right_size) - (left_size < right_size);
}

static ink_status check_contiguous(const reader *r, const ink_tensor **scratch) {
  const ink_tensors *t = r->tensors;
  for (size_t i = 0; i < t->count; i++) scratch[i] = &t->list[i];
  if (t->count > 0) qsort(scratch, t->count, sizeof *scratch, compare_places);
  size_t at = 0;
  for (size_t i = 0; i < t->count; i++) {
    size_t begin = (size_t)(scratch[i]->bytes - r->data);
    if (begin != at) {
      return ink_fail(r->error, INK_ERROR_FORMAT, "%.100s: its bytes %s those before it",
                      scratch[i]->name, begin < at ? "overlap" : "leave a gap behind");
    }
    at += tensor_size(scratch[i]);
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

/* ---- Other projects' names: not in the small download, whose caller can convert a file -------- */

#ifndef INK_GENERATE_ONLY
static bool is_among(const char *name, size_t bytes, const char *list) {
  for (; *list != '\0'; list += strlen(list) + 1) {
    if (strlen(list) == bytes && memcmp(list, name, bytes) == 0) return true;
  }
  return false;
}

/* A tensor beside the recurrent layers, by what its module is called: the embedding or the
 * read-out. */
static void rename_beside(ink_tensor *tensor, const char *module) {
  const char *dot = strchr(module, '.');
  size_t bytes = dot == NULL ? 0 : (size_t)(dot - module);
  bool weight = dot != NULL && strcmp(dot, ".weight") == 0;
  bool bias = dot != NULL && strcmp(dot, ".bias") == 0;
  if (weight && is_among(module, bytes, "embedding\0embeddings\0embed\0emb\0encoder\0wte\0")) {
    tensor->name = "embedding.weight";
  } else if ((weight || bias) &&
             is_among(module, bytes, "fc\0decoder\0linear\0out\0output\0head\0lm_head\0proj\0")) {
    tensor->name = weight ? "fc.weight" : "fc.bias";
  }
}

/* What PyTorch's modules call rnn, fc and embedding elsewhere, lstm.* or module.decoder.weight, is
 * called so here: where there is one stack of recurrent layers, and it has another name. */
static void rename_modules(ink_tensors *t) {
  static const char hh[] = "weight_hh_l0";
  const char *stack = NULL;
  for (size_t i = 0; i < t->count; i++) {
    const char *name = t->list[i].name;
    size_t length = strlen(name), ending = sizeof hh - 1;
    if (length < ending || strcmp(name + length - ending, hh) != 0) continue;
    if (stack != NULL) return;
    stack = name;
  }
  char kept[64]; /* what is before it, for the stack is renamed, too */
  size_t prefix = stack == NULL ? 0 : strlen(stack) - (sizeof hh - 1), root = prefix;
  if (prefix < 4 || prefix > sizeof kept || is_among(stack, prefix, "rnn.\0encoder.rnn.\0")) return;
  for (root--; root > 0 && stack[root - 1] != '.';) root--;
  memcpy(kept, stack, prefix);
  for (size_t i = 0; i < t->count; i++) {
    ink_tensor *tensor = &t->list[i];
    if (strncmp(tensor->name, kept, prefix) == 0) {
      char *plain = (char *)tensor->name + prefix - 4;
      memcpy(plain, "rnn.", 4);
      tensor->name = plain;
    } else if (strncmp(tensor->name, kept, root) == 0) {
      rename_beside(tensor, tensor->name + root);
    }
  }
}
#else
static void rename_modules(ink_tensors *t) { (void)t; }
#endif

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
  if (status == INK_OK) status = check_digest(r);
  if (status == INK_OK) rename_modules(r->tensors);
  return status;
}

ink_status ink_tensors_parse(const uint8_t *bytes, size_t size, ink_tensors **tensors,
                             ink_error *error) {
  *tensors = NULL;
  if (size < 8) {
    return ink_fail(error, INK_ERROR_FORMAT, "%zu bytes are too few for a safetensors file", size);
  }
  uint64_t header_size = 0;
  for (int i = 7; i >= 0; i--) header_size = header_size << 8 | bytes[i];
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
  if (status != INK_OK) return status;

  jsmn_parser parser;
  jsmn_init(&parser);
  int counted = jsmn_parse(&parser, r.json, r.size, NULL, 0);
  if (counted <= 0) {
    r.at = parser.pos;
    return fail_header(&r, "it is not JSON");
  }
  r.count = (size_t)counted;
  jsmntok_t *parsed = calloc(r.count, sizeof *parsed);
  void *scratch = calloc(r.count, sizeof(void *));
  ink_tensors *t = calloc(1, sizeof *t);
  if (t != NULL) {
    t->list = calloc(r.count / TENSOR_TOKENS + 1, sizeof *t->list);
    t->metadata = calloc(r.count / 2 + 1, sizeof *t->metadata);
    t->strings = malloc(r.size);
  }
  if (parsed == NULL || scratch == NULL || t == NULL || t->list == NULL || t->metadata == NULL ||
      t->strings == NULL) {
    status = ink_fail_memory(error);
  } else {
    r.tokens = parsed;
    r.strings = t->strings;
    r.tensors = t;
    status = read_header(&r, parsed, scratch);
  }
  free(parsed);
  free(scratch);
  if (status != INK_OK) {
    ink_tensors_free(t);
    return status;
  }
  *tensors = t;
  return INK_OK;
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
                    tensor->name, dtypes[tensor->dtype].name);
  }
  const uint8_t *from = tensor->bytes;
  for (size_t i = 0; i < tensor->count; i++) {
    uint32_t low = (uint32_t)from[0] | (uint32_t)from[1] << 8;
    if (tensor->dtype == INK_F64) {
      uint64_t bits = 0;
      double wide;
      for (int b = 7; b >= 0; b--) bits = bits << 8 | from[b];
      memcpy(&wide, &bits, sizeof wide);
      floats[i] = (float)wide;
      from += 8;
    } else if (tensor->dtype == INK_F32) {
      floats[i] = float_of_bits(low | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24);
      from += 4;
    } else {
      floats[i] = tensor->dtype == INK_F16 ? float_of_half(low) : float_of_bits(low << 16);
      from += 2;
    }
    if (!isfinite(floats[i])) {
      return ink_fail(error, INK_ERROR_FORMAT, "%.100s: element %zu is not a finite number",
                      tensor->name, i);
    }
  }
  return INK_OK;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void write_string(ink_buffer *buffer, const char *text) {
  ink_buffer_json_string(buffer, text, strlen(text));
}

/* The metadata with room for the digest, in place of one that it may have; returns where that is in
 * the header. */
static size_t write_metadata(const char *const *metadata, size_t count, ink_buffer *header) {
  ink_buffer_format(header, "{\"__metadata__\":{");
  for (size_t i = 0; i < count; i++) {
    if (strcmp(metadata[2 * i], "digest") == 0) continue;
    write_string(header, metadata[2 * i]);
    ink_buffer_append(header, ":", 1);
    write_string(header, metadata[2 * i + 1]);
    ink_buffer_append(header, ",", 1);
  }
  ink_buffer_format(header, "\"digest\":\"");
  size_t digest = header->size;
  for (size_t i = 0; i < INK_DIGEST_TEXT; i++) ink_buffer_append(header, "0", 1);
  ink_buffer_append(header, "\"}", 2);
  return digest;
}

void ink_tensors_write(const ink_tensor *tensors, size_t count, const char *const *metadata,
                       size_t metadata_count, ink_buffer *file) {
  ink_buffer header = {0};
  size_t digest = write_metadata(metadata, metadata_count, &header);
  size_t offset = 0;
  for (size_t i = 0; i < count; i++) {
    if (header.size > 1) ink_buffer_append(&header, ",", 1);
    write_string(&header, tensors[i].name);
    ink_buffer_format(&header, ":{\"dtype\":\"%s\",\"shape\":[", dtypes[tensors[i].dtype].name);
    for (size_t axis = 0; axis < tensors[i].axes; axis++) {
      ink_buffer_format(&header, "%s%zu", axis > 0 ? "," : "", tensors[i].shape[axis]);
    }
    size_t end = offset + tensor_size(&tensors[i]);
    ink_buffer_format(&header, "],\"data_offsets\":[%zu,%zu]}", offset, end);
    offset = end;
  }
  ink_buffer_append(&header, "}", 1);
  while (header.size % 8 != 0 && !header.failed) ink_buffer_append(&header, " ", 1);

  uint8_t size[8];
  for (int i = 0; i < 8; i++) size[i] = (uint8_t)((uint64_t)header.size >> (8 * i));
  size_t start = file->size + sizeof size;
  ink_buffer_append(file, size, sizeof size);
  ink_buffer_append(file, header.bytes, header.size);
  for (size_t i = 0; i < count; i++) {
    ink_buffer_append(file, tensors[i].bytes, tensor_size(&tensors[i]));
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

ink_status ink_tensors_rewrite(const ink_tensors *source, const ink_tensor *tensors, size_t count,
                               uint8_t **bytes, size_t *size, ink_error *error) {
  size_t pairs = ink_tensors_metadata_count(source);
  const char **metadata = calloc(2 * pairs + 1, sizeof *metadata);
  if (metadata == NULL) return ink_fail_memory(error);
  for (size_t i = 0; i < pairs; i++) {
    ink_tensors_metadata_at(source, i, &metadata[2 * i], &metadata[2 * i + 1]);
  }
  ink_buffer file = {0};
  ink_tensors_write(tensors, count, metadata, pairs, &file);
  free(metadata);
  if (file.failed) {
    ink_buffer_free(&file);
    return ink_fail_memory(error);
  }
  *bytes = (uint8_t *)file.bytes;
  *size = file.size;
  return INK_OK;
}
