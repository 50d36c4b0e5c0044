/*
 * Safetensors, both directions: what is written obeys the format's rules byte by byte, and nothing
 * that breaks them is read.
 */
#include "file/safetensors.h"

#include <stdbool.h>

#include "check.h"

/* A file of this header and `data_size` bytes, in memory of exactly its size. */
static uint8_t *make_file(const char *header, size_t header_size, size_t data_size, size_t *size) {
  *size = 8 + header_size + data_size;
  uint8_t *file = calloc(*size, 1);
  CHECK(file != NULL);
  for (int i = 0; i < 8; i++) file[i] = (uint8_t)((uint64_t)header_size >> (8 * i));
  memcpy(file + 8, header, header_size);
  return file;
}

static ink_status parse_header(const char *header, size_t header_size, size_t data_size,
                               ink_error *error) {
  size_t size;
  uint8_t *file = make_file(header, header_size, data_size, &size);
  ink_tensors *tensors;
  ink_status status = ink_tensors_parse(file, size, &tensors, error);
  CHECK((status == INK_OK) == (tensors != NULL));
  ink_tensors_free(tensors);
  free(file);
  return status;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void test_written_bytes(void) {
  const uint8_t data[6] = {1, 2, 3, 4, 'a', 0};
  const ink_tensor tensors[] = {
      {.name = "w", .dtype = INK_F32, .axes = 2, .shape = {1, 1}, .count = 1, .bytes = data},
      {.name = "vocab", .dtype = INK_U8, .axes = 1, .shape = {2}, .count = 2, .bytes = data + 4},
  };
  const char *metadata[] = {"format", "inkling", "q\"", "\\\n\xc3\xa9"};
  ink_buffer file = {0};
  ink_tensors_write(tensors, 2, metadata, 2, &file);
  CHECK(!file.failed);
  const char *header =
      "{\"__metadata__\":{\"format\":\"inkling\",\"q\\\"\":\"\\\\\\u000a\xc3\xa9\","
      "\"format-version\":\"2\",\"digest\":\"mix64:696ec3944056799b\"},"
      "\"w\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},"
      "\"vocab\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[4,6]}}";
  size_t padded = (strlen(header) + 7) / 8 * 8;
  CHECK(file.size == 8 + padded + 6);
  const uint8_t *bytes = (const uint8_t *)file.bytes;
  CHECK(bytes[0] == padded && bytes[1] == 0 && bytes[7] == 0);
  CHECK(memcmp(bytes + 8, header, strlen(header)) == 0);
  for (size_t i = 8 + strlen(header); i < 8 + padded; i++) CHECK(bytes[i] == ' ');
  CHECK(memcmp(bytes + 8 + padded, data, 6) == 0);
  ink_buffer_free(&file);
}

/* One bit that is other anywhere in the tensors is noticed, and so are bytes that are not. */
static void test_digest(void) {
  uint8_t data[61];
  for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 31);
  const ink_tensor tensor = {
      .name = "w", .dtype = INK_U8, .axes = 1, .shape = {61}, .count = 61, .bytes = data};
  const char *metadata[] = {"digest", "of another file", "name", "a"};
  ink_buffer file = {0};
  ink_tensors_write(&tensor, 1, metadata, 2, &file);
  ink_tensors *tensors;
  ink_error error;
  uint8_t *bytes = (uint8_t *)file.bytes;
  CHECK_OK(ink_tensors_parse(bytes, file.size, &tensors, &error));
  ink_tensors_free(tensors);
  for (size_t bit = 0; bit < 8 * sizeof data; bit++) {
    uint8_t *byte = bytes + file.size - sizeof data + bit / 8;
    *byte ^= (uint8_t)(1u << bit % 8);
    CHECK_FAILS(ink_tensors_parse(bytes, file.size, &tensors, &error), INK_ERROR_FORMAT,
                "the file is damaged");
    *byte ^= (uint8_t)(1u << bit % 8);
  }
  memcpy(strstr(file.bytes + 8, "mix64"), "other", 5); /* not ours to check */
  bytes[file.size - 1] ^= 1;
  CHECK_OK(ink_tensors_parse(bytes, file.size, &tensors, &error));
  ink_tensors_free(tensors);
  ink_buffer_free(&file);
}

/* What the file says of its version is the writer's; a later one is refused. */
static void test_version(void) {
  const uint8_t byte = 0;
  const ink_tensor tensor = ink_tensor_list("w", INK_U8, 1, &byte);
  const char *metadata[] = {"format-version", "9"};
  ink_buffer file = {0};
  ink_tensors_write(&tensor, 1, metadata, 1, &file);
  ink_tensors *tensors;
  ink_error error;
  char *version = strstr(file.bytes + 8, "\"2\"") + 1;
  static const char accepted[] = "123", refused[] = "4:";
  for (size_t i = 0; accepted[i] != '\0'; i++) {
    *version = accepted[i];
    CHECK_OK(ink_tensors_parse((uint8_t *)file.bytes, file.size, &tensors, &error));
    ink_tensors_free(tensors);
  }
  for (size_t i = 0; refused[i] != '\0'; i++) {
    *version = refused[i];
    CHECK_FAILS(ink_tensors_parse((uint8_t *)file.bytes, file.size, &tensors, &error),
                INK_ERROR_FORMAT, "reads up to 3");
  }
  ink_buffer_free(&file);
}

/* Other projects' names of the modules, and 64-bit floats. */
static void test_names(void) {
  double one[12] = {1, -2, 0.5};
  static const char *const given[] = {"module.lstm.weight_hh_l0", "module.lstm.bias_ih_l0",
                                      "module.decoder.weight",    "module.encoder.weight",
                                      "module.decoder.bias",      "module.other.weight"};
  static const char *const wanted[] = {"rnn.weight_hh_l0", "rnn.bias_ih_l0", "fc.weight",
                                       "embedding.weight", "fc.bias",        "module.other.weight"};
  enum { COUNT = sizeof given / sizeof given[0] };
  ink_tensor list[COUNT];
  for (size_t i = 0; i < COUNT; i++) {
    list[i] = (ink_tensor){.name = given[i],
                           .dtype = INK_F64,
                           .axes = 2,
                           .shape = {1, 3},
                           .count = 3,
                           .bytes = (const uint8_t *)one};
  }
  ink_buffer file = {0};
  ink_tensors_write(list, COUNT, NULL, 0, &file);
  ink_tensors *tensors;
  ink_error error;
  CHECK_OK(ink_tensors_parse((const uint8_t *)file.bytes, file.size, &tensors, &error));
  for (size_t i = 0; i < COUNT; i++) CHECK_TEXT(tensors->list[i].name, wanted[i]);
  float floats[3];
  CHECK_OK(ink_tensor_floats(ink_tensors_find(tensors, "fc.weight"), floats, &error));
  CHECK(floats[0] == 1 && floats[1] == -2 && floats[2] == 0.5f);
  ink_tensors_free(tensors);
  ink_buffer_free(&file);
}

static void test_round_trip(void) {
  uint8_t data[64];
  for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 37);
  const ink_tensor tensors[] = {
      {.name = "scalar", .dtype = INK_F32, .count = 1, .bytes = data},
      {.name = "half", .dtype = INK_F16, .axes = 1, .shape = {3}, .count = 3, .bytes = data + 1},
      {.name = "brain", .dtype = INK_BF16, .axes = 1, .shape = {1}, .count = 1, .bytes = data},
      {.name = "empty", .dtype = INK_F32, .axes = 2, .shape = {0, 9}, .count = 0, .bytes = data},
      {.name = "four",
       .dtype = INK_I8,
       .axes = 4,
       .shape = {2, 1, 2, 3},
       .count = 12,
       .bytes = data},
      {.name = "\xf0\x9f\x98\x80\"\\\t",
       .dtype = INK_U32,
       .axes = 1,
       .shape = {2},
       .count = 2,
       .bytes = data + 3},
      {.name = "", .dtype = INK_U64, .axes = 1, .shape = {2}, .count = 2, .bytes = data + 8},
      {.name = "last", .dtype = INK_U8, .axes = 1, .shape = {5}, .count = 5, .bytes = data + 5},
  };
  enum { COUNT = sizeof tensors / sizeof tensors[0] };
  const char *metadata[] = {"b", "\x01\x7f", "a", "", "", "x"};
  ink_error error;
  ink_buffer file = {0}, again = {0};
  ink_tensors_write(tensors, COUNT, metadata, 3, &file);
  ink_tensors *read;
  CHECK_OK(ink_tensors_parse((const uint8_t *)file.bytes, file.size, &read, &error));
  CHECK(read->count == COUNT);
  for (size_t i = 0; i < COUNT; i++) {
    const ink_tensor *t = &read->list[i];
    CHECK_TEXT(t->name, tensors[i].name);
    CHECK(ink_tensors_find(read, tensors[i].name) == t);
    CHECK(t->dtype == tensors[i].dtype && t->axes == tensors[i].axes);
    CHECK(t->count == tensors[i].count);
    CHECK(memcmp(t->shape, tensors[i].shape, t->axes * sizeof t->shape[0]) == 0);
  }
  CHECK(ink_tensors_find(read, "none") == NULL);
  CHECK(read->metadata_count == 5); /* and the version, and the digest */
  const char *pairs[6];
  for (size_t i = 0; i < 3; i++) {
    pairs[2 * i] = read->metadata[i].key;
    pairs[2 * i + 1] = read->metadata[i].value;
    CHECK_TEXT(pairs[2 * i], metadata[2 * i]);
    CHECK_TEXT(ink_tensors_metadata(read, metadata[2 * i]), metadata[2 * i + 1]);
  }
  CHECK(ink_tensors_metadata(read, "c") == NULL);
  ink_tensors_write(read->list, COUNT, pairs, 3, &again);
  CHECK(again.size == file.size && memcmp(again.bytes, file.bytes, file.size) == 0);
  ink_tensors_free(read);
  ink_buffer_free(&file);
  ink_buffer_free(&again);
}

/* Whatever the header's length was, it ends at a multiple of eight. */
static void test_padding(void) {
  const uint8_t byte = 1;
  char name[] = "abcdefgh";
  for (size_t length = 0; length <= 8; length++) {
    name[length] = '\0';
    ink_tensor tensor = {
        .name = name, .dtype = INK_U8, .axes = 1, .shape = {1}, .count = 1, .bytes = &byte};
    ink_buffer file = {0};
    ink_tensors_write(&tensor, 1, NULL, 0, &file);
    CHECK(!file.failed && (file.size - 1) % 8 == 0);
    CHECK((uint8_t)file.bytes[0] == file.size - 9);
    memcpy(name, "abcdefgh", 8);
    ink_buffer_free(&file);
  }
}

/* ---- Reading --------------------------------------------------------------------------------- */

static void test_accepted(void) {
  static const struct {
    const char *header;
    size_t data_size;
  } cases[] = {
      {"{}", 0},
      {"{}      ", 0},
      {"{ \"__metadata__\" : { } }", 0},
      /* Any order of tensors and of keys, and any white space. */
      {"{\"b\":{\"data_offsets\":[4,6],\"shape\":[2],\"dtype\":\"U8\"},\n\t"
       "\"a\" : { \"shape\" : [ ] , \"dtype\" : \"F32\" , \"data_offsets\" : [ 0 , 4 ] }\r\n}",
       6},
      /* Empty tensors lie anywhere that others meet. */
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[2,2]},"
       "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
       "\"c\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"
       "\"d\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]}}",
       3},
  };
  ink_error error;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    CHECK_OK(parse_header(cases[i].header, strlen(cases[i].header), cases[i].data_size, &error));
  }
}

static void test_escapes(void) {
  const char *header =
      "{\"__metadata__\":{\"k\\u0041\\/\":\"\\ud83d\\uDE00\\u00e9\\b\\f\\n\\r\\t\\\"\\\\\"}}";
  size_t size;
  uint8_t *file = make_file(header, strlen(header), 0, &size);
  ink_tensors *tensors;
  ink_error error;
  CHECK_OK(ink_tensors_parse(file, size, &tensors, &error));
  CHECK_TEXT(ink_tensors_metadata(tensors, "kA/"), "\xf0\x9f\x98\x80\xc3\xa9\b\f\n\r\t\"\\");
  ink_tensors_free(tensors);
  free(file);
}

/* One tensor "T" of 4 bytes, so described. */
#define T(text) "{\"T\":{" text "}}"
#define DTYPE "\"dtype\":\"F32\""
#define SHAPE "\"shape\":[1]"
#define OFFSETS "\"data_offsets\":[0,4]"
#define U8(name, count, begin, end) \
  "\"" name "\":{\"dtype\":\"U8\",\"shape\":[" #count "],\"data_offsets\":[" #begin "," #end "]}"

static void test_rejected(void) {
  static const struct {
    const char *header;
    const char *names; /* what the message contains */
  } cases[] = {
      /* Not JSON, or not an object. */
      {"", "header"},
      {" ", "header"},
      {"[]", "not a JSON object"},
      {"\"a\"", "not a JSON object"},
      {"1", "header"},
      {"{", "header"},
      {"}", "header"},
      {"{]", "header"},
      {"{\"a\"}", "colon"},
      {"{\"a\":}", "a"},
      {"{,}", "header"},
      {"{}{}", "follows"},
      {"{} x", "header"},
      {"{} ,", "follows"},
      {"{}\n", "follows"},
      {"{}:", "follows"},
      {"{1:2}", "header"},
      {"{{}:1}", "header"},
      {T(DTYPE " " SHAPE "," OFFSETS), "header"},
      {T(DTYPE "," SHAPE "," OFFSETS ","), "header"},
      {T(DTYPE ",," SHAPE "," OFFSETS), "header"},
      {T("\"dtype\" \"F32\"," SHAPE "," OFFSETS), "colon"},
      {T("\"dtype\":\"F32\":\"F32\"," SHAPE "," OFFSETS), "header"},
      {T(DTYPE "," SHAPE "," OFFSETS) ",", "follows"},
      {"{" U8("a", 2, 0, 2) U8("b", 2, 2, 4) "}", "header"},
      {"{" U8("a", 2, 0, 2) "," U8("b", 2, 2, 4) ",}", "header"},
      /* Text. */
      {"{\"\xff\":1}", "UTF-8"},
      {"{\"\xc0\x80\":1}", "UTF-8"},
      {"{\"a\nb\":1}", "control"},
      {"{\"\\x\":1}", "header"},
      {"{\"\\u12g4\":1}", "header"},
      {"{\"\\u12\":1}", "header"},
      {"{\"\\u0000\":1}", "NUL"},
      {"{\"\\ud800\":1}", "escape"},
      {"{\"\\ud800\\u0041\":1}", "escape"},
      {"{\"\\udc00\\ud800\":1}", "escape"},
      {"{\"a", "header"},
      {"{\"a\\", "header"},
      /* Metadata. */
      {"{\"__metadata__\":1}", "__metadata__"},
      {"{\"__metadata__\":{\"a\":1}}", "header"},
      {"{\"__metadata__\":{\"a\":{}}}", "header"},
      {"{\"__metadata__\":{\"a\"}}", "colon"},
      {"{\"__metadata__\":{\"a\":\"b\",\"a\":\"c\"}}", "given twice"},
      {"{\"__metadata__\":{},\"__metadata__\":{}}", "given twice"},
      /* A tensor's description. */
      {"{\"T\":1}", "T: "},
      {"{\"T\":[]}", "T: "},
      {T(""), "T: "},
      {T(DTYPE "," SHAPE), "T: "},
      {T(DTYPE "," OFFSETS), "T: "},
      {T(SHAPE "," OFFSETS), "T: "},
      {T(DTYPE "," SHAPE "," OFFSETS ",\"x\":1"), "T: x"},
      {T(DTYPE "," DTYPE "," SHAPE "," OFFSETS), "T: dtype is given twice"},
      {T(DTYPE "," SHAPE "," OFFSETS "," OFFSETS), "T: data_offsets is given twice"},
      {T("\"dtype\":\"C64\"," SHAPE "," OFFSETS), "T: its type C64"},
      {T("\"dtype\":32," SHAPE "," OFFSETS), "header"},
      {T(DTYPE ",\"shape\":1," OFFSETS), "T: shape"},
      {T(DTYPE ",\"shape\":[-1]," OFFSETS), "T: "},
      {T(DTYPE ",\"shape\":[1.0]," OFFSETS), "T: "},
      {T(DTYPE ",\"shape\":[1e0]," OFFSETS), "T: "},
      {T(DTYPE ",\"shape\":[01]," OFFSETS), "T: "},
      {T(DTYPE ",\"shape\":[true]," OFFSETS), "T: "},
      {T(DTYPE ",\"shape\":[\"1\"]," OFFSETS), "T: "},
      {T(DTYPE ",\"shape\":[[1]]," OFFSETS), "header"},
      {T(DTYPE ",\"shape\":[1,]," OFFSETS), "T: "},
      {T(DTYPE ",\"shape\":[1 1]," OFFSETS), "header"},
      {T(DTYPE ",\"shape\":[1,1,1,1,1]," OFFSETS), "T: shape has more than 4"},
      {T(DTYPE ",\"shape\":[18446744073709551616]," OFFSETS), "T: "},
      {T(DTYPE ",\"shape\":[18446744073709551617]," OFFSETS), "T: "},
      {T(DTYPE ",\"shape\":[4611686018427387905]," OFFSETS), "T: "},
      {T(DTYPE ",\"shape\":[4294967296,4294967297]," OFFSETS), "T: "},
      {T(DTYPE ",\"shape\":[2]," OFFSETS), "T: its 4 bytes"},
      {T(DTYPE ",\"shape\":[0]," OFFSETS), "T: its 4 bytes"},
      {T(DTYPE "," SHAPE ",\"data_offsets\":[0]"), "T: "},
      {T(DTYPE "," SHAPE ",\"data_offsets\":[0,4,8]"), "T: data_offsets has more than 2"},
      {T(DTYPE "," SHAPE ",\"data_offsets\":[4,0]"), "T: its bytes 4 to 0"},
      {T(DTYPE "," SHAPE ",\"data_offsets\":[4,8]"), "T: its bytes 4 to 8"},
      {T(DTYPE "," SHAPE ",\"data_offsets\":[18446744073709551612,0]"), "T: "},
      /* Several tensors: of the data's 4 bytes each belongs to exactly one. */
      {"{" U8("T", 3, 0, 3) "}", "1 bytes after its last tensor"},
      {"{" U8("T", 3, 1, 4) "}", "T: its bytes leave a gap"},
      {"{" U8("a", 1, 0, 1) "," U8("T", 2, 2, 4) "}", "T: its bytes leave a gap"},
      {"{" U8("a", 3, 0, 3) "," U8("T", 2, 2, 4) "}", "T: its bytes overlap"},
      {"{" U8("a", 4, 0, 4) "," U8("T", 4, 0, 4) "}", "its bytes overlap"},
      {"{" U8("T", 0, 2, 2) "," U8("a", 4, 0, 4) "}", "T: its bytes overlap"},
      {"{" U8("T", 2, 0, 2) "," U8("T", 2, 2, 4) "}", "T: two tensors"},
      {"{" U8("T", 2, 0, 2) "," U8("\\u0054", 2, 2, 4) "}", "T: two tensors"},
      {"{}", "4 bytes after"},
  };
  ink_error error;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const char *header = cases[i].header;
    CHECK_FAILS(parse_header(header, strlen(header), 4, &error), INK_ERROR_FORMAT, cases[i].names);
    /* Without an error to fill, too. */
    CHECK(parse_header(header, strlen(header), 4, NULL) == INK_ERROR_FORMAT);
  }
  CHECK_FAILS(parse_header("{\"\0\":1}", 7, 0, &error), INK_ERROR_FORMAT, "control");
  CHECK_FAILS(parse_header("{}\0", 3, 0, &error), INK_ERROR_FORMAT, "control");
}

static void test_long_names(void) {
  char header[3000], name[2000];
  memset(name, 'n', sizeof name);
  name[sizeof name - 1] = '\0';
  int length = snprintf(header, sizeof header, "{\"%s\":{}}", name);
  ink_error error;
  CHECK_FAILS(parse_header(header, (size_t)length, 0, &error), INK_ERROR_FORMAT, "is missing");
}

static void test_sizes(void) {
  ink_error error;
  ink_tensors *tensors;
  const uint8_t huge[][8] = {{0, 0, 0, 0, 0, 0, 0, 0x80},
                             {255, 255, 255, 255, 255, 255, 255, 255},
                             {255, 255, 255, 255, 0, 0, 0, 0},
                             {1, 0, 0x10, 0, 0, 0, 0, 0}};
  for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++) {
    CHECK_FAILS(ink_tensors_parse(huge[i], 8, &tensors, &error), INK_ERROR_FORMAT, "1 MiB");
  }
  const uint8_t cut[8] = {1};
  CHECK_FAILS(ink_tensors_parse(cut, 8, &tensors, &error), INK_ERROR_FORMAT, "cut short");
  CHECK_FAILS(ink_tensors_parse(cut, 7, &tensors, &error), INK_ERROR_FORMAT, "too few");
  CHECK_FAILS(ink_tensors_parse(NULL, 0, &tensors, &error), INK_ERROR_FORMAT, "too few");

  size_t limit = 1 << 20;
  char *header = malloc(limit + 1);
  CHECK(header != NULL);
  memset(header, ' ', limit + 1);
  memcpy(header, "{}", 2);
  CHECK_OK(parse_header(header, limit, 0, &error));
  CHECK_FAILS(parse_header(header, limit + 1, 0, &error), INK_ERROR_FORMAT, "1 MiB");

  /* A mebibyte of what a careless parser takes long over, or recurses into. */
  const char *fill[] = {"[", "{", "{\"a\":", "[]", "{}", ",", "\"a\":{},", "\"\","};
  for (size_t i = 0; i < sizeof fill / sizeof fill[0]; i++) {
    size_t step = strlen(fill[i]);
    memset(header, ' ', limit);
    header[0] = '{';
    for (size_t at = 1; at + step <= limit; at += step) memcpy(header + at, fill[i], step);
    CHECK_FAILS(parse_header(header, limit, 0, &error), INK_ERROR_FORMAT, "");
  }
  free(header);
}

/* Many tensors: sorting and the search for doubles. */
static void test_many_tensors(void) {
  enum { COUNT = 5000 };
  ink_tensor *tensors = calloc(COUNT, sizeof *tensors);
  char(*names)[16] = calloc(COUNT, sizeof *names);
  CHECK(tensors != NULL && names != NULL);
  uint8_t byte = 9;
  for (int i = 0; i < COUNT; i++) {
    snprintf(names[i], sizeof names[i], "t%d", i * 7919 % COUNT);
    tensors[i] = (ink_tensor){
        .name = names[i], .dtype = INK_U8, .axes = 1, .shape = {1}, .count = 1, .bytes = &byte};
  }
  ink_buffer file = {0};
  ink_tensors_write(tensors, COUNT, NULL, 0, &file);
  ink_tensors *read;
  ink_error error;
  CHECK_OK(ink_tensors_parse((const uint8_t *)file.bytes, file.size, &read, &error));
  CHECK(read->count == COUNT);
  ink_tensors_free(read);
  ink_buffer_free(&file);
  free(tensors);
  free(names);
}

/* Every truncation is refused; every changed byte is refused or read, and nothing else. */
static void test_damage(void) {
  const char *header =
      "{\"__metadata__\":{\"k\":\"\\u00e9\"}," U8("a", 2, 0, 2) "," U8("b", 2, 2, 4) "}";
  size_t size;
  uint8_t *file = make_file(header, strlen(header), 4, &size);
  ink_tensors *tensors;
  ink_error error;
  for (size_t cut = 0; cut < size; cut++) {
    uint8_t *part = malloc(cut > 0 ? cut : 1);
    CHECK(part != NULL);
    memcpy(part, file, cut);
    CHECK_FAILS(ink_tensors_parse(part, cut, &tensors, &error), INK_ERROR_FORMAT, "");
    CHECK(tensors == NULL);
    free(part);
  }
  for (size_t at = 0; at < size; at++) {
    uint8_t kept = file[at];
    for (int value = 0; value < 256; value++) {
      file[at] = (uint8_t)value;
      ink_status status = ink_tensors_parse(file, size, &tensors, &error);
      CHECK(status == INK_OK || status == INK_ERROR_FORMAT);
      ink_tensors_free(tensors);
    }
    file[at] = kept;
  }
  CHECK_OK(ink_tensors_parse(file, size, &tensors, &error));
  ink_tensors_free(tensors);
  free(file);
}

/* ---- Elements -------------------------------------------------------------------------------- */

static void test_halves(void) {
  ink_error error;
  for (uint32_t bits = 0; bits < 65536; bits++) {
    uint8_t bytes[2] = {(uint8_t)bits, (uint8_t)(bits >> 8)};
    ink_tensor tensor = {.name = "x.half", .dtype = INK_F16, .count = 1, .bytes = bytes};
    float value;
    int exponent = (int)(bits >> 10 & 31), fraction = (int)(bits & 1023);
    if (exponent == 31) {
      CHECK_FAILS(ink_tensor_floats(&tensor, &value, &error), INK_ERROR_FORMAT, "x.half");
      continue;
    }
    CHECK_OK(ink_tensor_floats(&tensor, &value, &error));
    double wanted = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
    CHECK((double)fabsf(value) == wanted && (signbit(value) != 0) == (bits >> 15 == 1));
  }
}

static void test_floats(void) {
  static const uint8_t bytes[] = {0,    0, 0x80, 0x3f, 0xdb, 0x0f, 0x49, 0xc0,
                                  0x01, 0, 0,    0,    0xff, 0xff, 0x7f, 0x7f,
                                  0,    0, 0x80, 0x7f, 1,    0,    0x80, 0xff};
  ink_error error;
  ink_tensor tensor = {.name = "fc.bias", .dtype = INK_F32, .count = 4, .bytes = bytes};
  float floats[8];
  CHECK_OK(ink_tensor_floats(&tensor, floats, &error));
  CHECK(floats[0] == 1 && floats[1] == -0x1.921fb6p+1f && floats[2] == 0x1p-149f &&
        floats[3] == 0x1.fffffep+127f);
  tensor.count = 5;
  CHECK_FAILS(ink_tensor_floats(&tensor, floats, &error), INK_ERROR_FORMAT, "fc.bias: element 4");
  tensor.count = 1;
  tensor.bytes = bytes + 20;
  CHECK_FAILS(ink_tensor_floats(&tensor, floats, &error), INK_ERROR_FORMAT, "fc.bias");

  static const uint8_t brain[] = {0x80, 0x3f, 0x49, 0xc0, 0x01, 0x00, 0x80, 0x7f};
  tensor = (ink_tensor){.name = "b", .dtype = INK_BF16, .count = 3, .bytes = brain};
  CHECK_OK(ink_tensor_floats(&tensor, floats, &error));
  CHECK(floats[0] == 1 && floats[1] == -3.140625f && floats[2] == 0x1p-133f);
  tensor.count = 4;
  CHECK_FAILS(ink_tensor_floats(&tensor, floats, &error), INK_ERROR_FORMAT, "b: element 3");

  tensor.dtype = INK_U8;
  CHECK_FAILS(ink_tensor_floats(&tensor, floats, &error), INK_ERROR_FORMAT, "b is U8");
}

int main(void) {
  test_written_bytes();
  test_digest();
  test_version();
  test_names();
  test_round_trip();
  test_padding();
  test_accepted();
  test_escapes();
  test_rejected();
  test_long_names();
  test_sizes();
  test_many_tensors();
  test_damage();
  test_halves();
  test_floats();
  return 0;
}
