/*
 * Loading a model: what is recognised, what it says of itself, and that files which do not fit are
 * refused with a message that names the tensor.
 */
#include "inkling.h"

#include "check.h"
#include "network.h"

static network small(void) { return network_new(INK_CELL_LSTM, 11, 4, 2, 3, 0.5f, 1); }

static ink_status load(network *n, const char *vocabulary, size_t vocabulary_size,
                       const char *const *metadata, size_t metadata_count, ink_model **model,
                       ink_error *error) {
  ink_buffer file = network_file(n, metadata, metadata_count);
  /* In memory of exactly its size, and gone before the model is used. */
  uint8_t *bytes = malloc(file.size);
  CHECK(bytes != NULL);
  memcpy(bytes, file.bytes, file.size);
  ink_status status =
      ink_model_load(bytes, file.size, vocabulary, vocabulary_size, INK_KERNEL_AUTO, model, error);
  CHECK((status == INK_OK) == (*model != NULL));
  memset(bytes, 0xff, file.size);
  free(bytes);
  ink_buffer_free(&file);
  return status;
}

/* A model is usable: its logits are finite. Returns the sum of them, to compare. */
static double use(const ink_model *model) {
  ink_session *session;
  ink_error error;
  CHECK_OK(ink_session_new(model, &session, &error));
  ink_info info;
  ink_model_info(model, &info);
  double sum = 0;
  for (uint32_t id = 0; id < info.vocabulary; id++) {
    CHECK_OK(ink_session_feed_token(session, id, &error));
    const float *logits = ink_session_logits(session);
    for (uint32_t i = 0; i < info.vocabulary; i++) sum += (double)logits[i] * (i + 1);
  }
  CHECK(isfinite(sum));
  ink_session_free(session);
  return sum;
}

/* ---- What is recognised ---------------------------------------------------------------------- */

static void test_shapes(void) {
  static const char *cells[] = {"rnn", "gru", "lstm"};
  for (int cell = 0; cell < 3; cell++) {
    for (size_t layers = 1; layers <= 3; layers++) {
      for (size_t embed = 0; embed <= 5; embed += 5) {
        network n = network_new((ink_cell_kind)cell, 9, 5, layers, embed, 0.3f, 2);
        ink_model *model = network_load(&n);
        ink_info info;
        ink_model_info(model, &info);
        CHECK_TEXT(info.task, "generator");
        CHECK_TEXT(info.level, "char");
        CHECK_TEXT(info.cell, cells[cell]);
        CHECK(info.layers == layers && info.hidden == 5 && info.embed == embed);
        CHECK(info.vocabulary == 9 && info.parameters == n.parameters.size);
        use(model);
        ink_model_free(model);
        network_free(&n);
      }
    }
  }
}

static void test_information(void) {
  network n = network_new(INK_CELL_GRU, 3, 2, 1, 0, 0.3f, 3);
  const char *metadata[] = {"name", "a \"b\"", "task", "generator", "level", "char"};
  ink_buffer file = network_file(&n, metadata, 3);
  ink_model *model;
  ink_error error;
  CHECK_OK(ink_model_load((const uint8_t *)file.bytes, file.size, NULL, 0, INK_KERNEL_SCALAR,
                          &model, &error));
  char wanted[512];
  snprintf(wanted, sizeof wanted,
           "{\"task\":\"generator\",\"level\":\"char\",\"cell\":\"gru\",\"kernel\":\"scalar\","
           "\"layers\":1,\"hidden\":2,\"embed\":0,\"dtype\":\"F32\",\"vocabulary\":[\"\\u000a\",\"!"
           "\",\"\\\"\"],"
           "\"parameters\":51,\"bytes\":%zu,\"metadata\":{\"name\":\"a \\\"b\\\"\","
           "\"task\":\"generator\",\"level\":\"char\",\"format-version\":\"2\",\"digest\":\"%s\"}}",
           file.size, ink_model_metadata(model, "digest"));
  CHECK_TEXT(ink_model_info_json(model), wanted);
  CHECK_TEXT(ink_model_metadata(model, "name"), "a \"b\"");
  CHECK(ink_model_metadata(model, "none") == NULL);
  CHECK_TEXT(ink_model_token(model, 0), "\n");
  CHECK_TEXT(ink_model_token(model, 2), "\"");
  CHECK(ink_model_token(model, 3) == NULL && ink_model_token(model, UINT32_MAX) == NULL);
  ink_model_free(model);
  ink_model_free(NULL);
  ink_buffer_free(&file);
  network_free(&n);
}

static void test_kernels(void) {
  network n = small();
  ink_buffer file = network_file(&n, NULL, 0);
  const uint8_t *bytes = (const uint8_t *)file.bytes;
  ink_model *model;
  ink_error error;
  CHECK_FAILS(ink_model_load(bytes, file.size, NULL, 0, (ink_kernel)99, &model, &error),
              INK_ERROR_ARGUMENT, "99");
  CHECK(model == NULL);
  ink_buffer_free(&file);
  network_free(&n);
}

static void test_optional(void) {
  ink_error error;
  ink_model *model;
  /* Biases may be absent: they are zero. */
  network n = small();
  static const char *biases[] = {"rnn.bias_ih_l0", "rnn.bias_hh_l0", "rnn.bias_ih_l1",
                                 "rnn.bias_hh_l1", "fc.bias"};
  for (size_t i = 0; i < 5; i++) {
    ink_tensor *bias = network_tensor(&n, biases[i]);
    memset(n.floats + n.parameters.list[bias - n.tensors].offset, 0, bias->count * sizeof(float));
  }
  CHECK_OK(load(&n, NULL, 0, NULL, 0, &model, &error));
  double with_zeros = use(model);
  ink_model_free(model);
  network without = small();
  memcpy(without.floats, n.floats, n.parameters.size * sizeof(float));
  size_t kept = 0, absent = 0;
  for (size_t i = 0; i < without.tensor_count; i++) {
    ink_tensor tensor = without.tensors[i];
    if (i < n.parameters.count) tensor.name = n.parameters.list[i].name;
    if (tensor.axes == 1 && tensor.dtype == INK_F32) {
      absent += tensor.count;
    } else {
      without.tensors[kept++] = tensor;
    }
  }
  without.tensor_count = kept;
  CHECK_OK(load(&without, NULL, 0, NULL, 0, &model, &error));
  CHECK(use(model) == with_zeros);
  ink_info info;
  ink_model_info(model, &info);
  CHECK(info.parameters == n.parameters.size - absent);
  ink_model_free(model);
  network_free(&without);
  network_free(&n);

  /* What a training run keeps in the file is passed over, whatever it is. */
  n = small();
  const uint8_t byte = 7;
  n.tensors[n.tensor_count++] = (ink_tensor){
      .name = "training.x", .dtype = INK_U8, .axes = 1, .shape = {1}, .count = 1, .bytes = &byte};
  CHECK_OK(load(&n, NULL, 0, NULL, 0, &model, &error));
  use(model);
  ink_model_free(model);
  network_free(&n);
}

/* F16 and BF16 give what the same numbers give in F32. */
static void test_half_weights(void) {
  ink_error error;
  ink_model *model;
  for (int brain = 0; brain <= 1; brain++) {
    network n = small();
    size_t count = n.parameters.size;
    uint8_t *halves = malloc(2 * count);
    CHECK(halves != NULL);
    for (size_t i = 0; i < count; i++) {
      /* +-k/64: exact in all three types. */
      int k = (int)(i * 31 % 61) + 1;
      int exponent = 0;
      double fraction = frexp(k / 64.0, &exponent);
      uint32_t bits = brain ? (uint32_t)(exponent + 126) << 7 | (uint32_t)(fraction * 256 - 128)
                            : (uint32_t)(exponent + 14) << 10 | (uint32_t)(fraction * 2048 - 1024);
      if (i % 2 == 1) bits |= 0x8000;
      n.floats[i] = (float)(i % 2 == 1 ? -k : k) / 64;
      halves[2 * i] = (uint8_t)bits;
      halves[2 * i + 1] = (uint8_t)(bits >> 8);
    }
    CHECK_OK(load(&n, NULL, 0, NULL, 0, &model, &error));
    double wanted = use(model);
    ink_model_free(model);
    for (size_t i = 0; i < n.parameters.count; i++) {
      n.tensors[i].dtype = brain ? INK_BF16 : INK_F16;
      n.tensors[i].bytes = halves + 2 * n.parameters.list[i].offset;
    }
    CHECK_OK(load(&n, NULL, 0, NULL, 0, &model, &error));
    CHECK(use(model) == wanted);
    ink_model_free(model);
    free(halves);
    network_free(&n);
  }
}

/* ---- Vocabulary and metadata ----------------------------------------------------------------- */

static void test_vocabulary(void) {
  ink_error error;
  ink_model *model;
  network n = network_new(INK_CELL_RNN, 3, 2, 1, 0, 0.3f, 4);
  CHECK_OK(load(&n, "x\0\xc3\xa9\0z\0", 7, NULL, 0, &model, &error));
  CHECK_TEXT(ink_model_token(model, 1), "\xc3\xa9");
  ink_model_free(model);
  CHECK_FAILS(load(&n, "x\0y\0", 4, NULL, 0, &model, &error), INK_ERROR_VOCABULARY,
              "has 2 tokens, but the model reads and writes 3");
  CHECK_FAILS(load(&n, "x\0y\0z\0w\0", 8, NULL, 0, &model, &error), INK_ERROR_VOCABULARY, "has 4");
  CHECK_FAILS(load(&n, "x\0y\0z", 5, NULL, 0, &model, &error), INK_ERROR_VOCABULARY, "NUL");
  CHECK_FAILS(load(&n, "", 0, NULL, 0, &model, &error), INK_ERROR_VOCABULARY, "");
  CHECK_FAILS(load(&n, "x\0y\0x\0", 6, NULL, 0, &model, &error), INK_ERROR_VOCABULARY, "same");
  CHECK_FAILS(load(&n, "x\0yy\0z\0", 7, NULL, 0, &model, &error), INK_ERROR_VOCABULARY, "token 1");
  CHECK_FAILS(load(&n, "x\0\xff\0z\0", 6, NULL, 0, &model, &error), INK_ERROR_VOCABULARY,
              "token 1");

  n.tensor_count--; /* the vocab tensor */
  CHECK_FAILS(load(&n, NULL, 0, NULL, 0, &model, &error), INK_ERROR_VOCABULARY, "vocabulary");
  CHECK_OK(load(&n, "x\0y\0z\0", 6, NULL, 0, &model, &error));
  use(model);
  ink_model_free(model);
  n.tensor_count++;
  ink_tensor *vocab = network_tensor(&n, "vocab");
  vocab->dtype = INK_I8;
  CHECK_FAILS(load(&n, NULL, 0, NULL, 0, &model, &error), INK_ERROR_FORMAT, "vocab");
  vocab->dtype = INK_U8;
  vocab->count = vocab->shape[0] = 0;
  CHECK_FAILS(load(&n, NULL, 0, NULL, 0, &model, &error), INK_ERROR_VOCABULARY, "");
  network_free(&n);
}

static void test_metadata(void) {
  ink_error error;
  ink_model *model;
  network n = small();
  const char *task[] = {"task", "painter"}, *level[] = {"level", "byte"};
  CHECK_FAILS(load(&n, NULL, 0, task, 1, &model, &error), INK_ERROR_FORMAT, "task is painter");
  CHECK_FAILS(load(&n, NULL, 0, level, 1, &model, &error), INK_ERROR_FORMAT, "level is byte");
  const char *start[] = {"start", "\n!"}, *strange[] = {"start", "\n~"};
  CHECK_OK(load(&n, NULL, 0, start, 1, &model, &error));
  ink_model_free(model);
  CHECK_FAILS(load(&n, NULL, 0, strange, 1, &model, &error), INK_ERROR_VOCABULARY, "start");
  const char *two[] = {"end", "\n!"}, *end[] = {"end", "!"}, *words[] = {"level", "word"};
  CHECK_FAILS(load(&n, NULL, 0, two, 1, &model, &error), INK_ERROR_VOCABULARY, "end");
  CHECK_OK(load(&n, NULL, 0, end, 1, &model, &error));
  ink_model_free(model);
  static const char many[] = "a\0b\0c\0d\0e\0f\0g\0h\0i\0two\0<unk>";
  CHECK_OK(load(&n, many, sizeof many, words, 1, &model, &error));
  ink_info info;
  ink_model_info(model, &info);
  CHECK_TEXT(info.level, "word");
  ink_model_free(model);
  CHECK_FAILS(load(&n, many, sizeof many, NULL, 0, &model, &error), INK_ERROR_VOCABULARY,
              "token 9 is not one UTF-8 character");
  network_free(&n);
}

/* What a converted model may say of itself: refused by name where this build would compute another
 * network, and passed over where it says no more than how the model was trained. */
static void test_metadata_of_converted(void) {
  static const char *const refused[][2] = {{"head", "tanh"}, {"mask-zero", "on"}};
  static const char *const allowed[] = {"window",       "10", "padding",    "!",  "start", "\n",
                                        "end",          "!",  "lower-case", "on", "from",  "Keras",
                                        "after-prompt", "!"};
  ink_error error;
  ink_model *model;
  network n = small();
  CHECK_OK(load(&n, NULL, 0, allowed, sizeof allowed / sizeof *allowed / 2, &model, &error));
  double wanted = use(model);
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    ink_model *none;
    char said[80];
    snprintf(said, sizeof said, "the model's %s is %s", refused[i][0], refused[i][1]);
    CHECK_FAILS(load(&n, NULL, 0, refused[i], 1, &none, &error), INK_ERROR_FORMAT, said);
    CHECK(use(model) == wanted);
  }
  ink_model_free(model);
  n.tensors[n.tensor_count] = *network_tensor(&n, "rnn.weight_hh_l0");
  n.tensors[n.tensor_count++].name = "rnn.weight_hh_l0_reverse";
  CHECK_FAILS(
      load(&n, NULL, 0, NULL, 0, &model, &error), INK_ERROR_FORMAT,
      "window is \"\" where 1 to 4096 tokens fit: it predicts from the last tokens, read anew "
      "from both ends");
  network_free(&n);
}

/* ---- Files that do not fit ------------------------------------------------------------------- */

static void test_misshapen(void) {
  /* Each case changes one tensor of small(): its shape, or its name when that is given. */
  static const struct {
    const char *tensor;
    size_t rows, columns; /* the new shape; columns 0: a vector */
    const char *renamed;
    const char *names;
  } cases[] = {
      {"embedding.weight", 10, 3, NULL, "embedding.weight is [10,3] where [11,3] fits"},
      {"embedding.weight", 33, 0, NULL, "embedding.weight is [33]"},
      {"embedding.weight", 11, 0, NULL, "embedding.weight is [11]"},
      {"rnn.weight_ih_l0", 16, 2, NULL, "rnn.weight_ih_l0 is [16,2] where [16,3] fits"},
      {"rnn.weight_hh_l0", 15, 4, NULL, "rnn.weight_hh_l0 is [15,4]"},
      {"rnn.weight_hh_l0", 8, 4, NULL, "rnn.weight_hh_l0 is [8,4]"},
      {"rnn.weight_hh_l0", 20, 4, NULL, "rnn.weight_hh_l0 is [20,4]"},
      {"rnn.weight_hh_l0", 4, 16, NULL, "rnn.weight_hh_l0 is [4,16]"},
      {"rnn.weight_hh_l0", 64, 0, NULL, "rnn.weight_hh_l0 is [64]"},
      {"rnn.weight_hh_l0", 12, 4, NULL, "rnn.weight_ih_l0 is [16,3] where [12,3] fits"},
      {"rnn.weight_ih_l1", 16, 3, NULL, "rnn.weight_ih_l1 is [16,3] where [16,4] fits"},
      {"rnn.weight_hh_l1", 16, 5, NULL, "rnn.weight_hh_l1 is [16,5] where [16,4] fits"},
      {"rnn.bias_ih_l0", 12, 0, NULL, "rnn.bias_ih_l0 is [12] where [16] fits"},
      {"rnn.bias_hh_l1", 4, 4, NULL, "rnn.bias_hh_l1 is [4,4] where [16] fits"},
      {"fc.weight", 11, 5, NULL, "fc.weight is [11,5] where [11,4] fits"},
      {"fc.weight", 0, 4, NULL, "fc.weight is [0"},
      {"fc.bias", 10, 0, NULL, "fc.bias is [10] where [11] fits"},
      {"rnn.weight_hh_l0", 16, 4, "x", "rnn.weight_hh_l0 is missing"},
      {"rnn.weight_ih_l1", 16, 4, "x", "rnn.weight_ih_l1 is missing"},
      {"rnn.weight_hh_l1", 16, 4, "x", "rnn.weight_ih_l1 has no place"},
      {"fc.weight", 11, 4, "x", "fc.weight is missing"},
      {"fc.bias", 11, 0, "fc.biases", "fc.biases has no place"},
      {"rnn.bias_hh_l1", 16, 0, "rnn.bias_hh_l2", "rnn.bias_hh_l2 has no place"},
      {"embedding.weight", 11, 3, "encoder.weight",
       "rnn.weight_ih_l0 is [16,3] where [16,11] fits"},
  };
  network good = small();
  ink_model *kept = network_load(&good);
  double wanted = use(kept);
  network_free(&good);
  static float zeros[256];
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    network n = small();
    size_t columns = cases[i].columns;
    ink_tensor *tensor = network_tensor(&n, cases[i].tensor);
    *tensor = (ink_tensor){.name = cases[i].renamed != NULL ? cases[i].renamed : cases[i].tensor,
                           .dtype = INK_F32,
                           .axes = columns > 0 ? 2 : 1,
                           .shape = {cases[i].rows, columns},
                           .count = cases[i].rows * (columns > 0 ? columns : 1),
                           .bytes = (const uint8_t *)zeros};
    ink_model *model;
    ink_error error;
    CHECK_FAILS(load(&n, NULL, 0, NULL, 0, &model, &error), INK_ERROR_FORMAT, cases[i].names);
    network_free(&n);
    CHECK(use(kept) == wanted);
  }
  ink_model_free(kept);
}

static void test_too_many_layers(void) {
  network n = network_new(INK_CELL_RNN, 2, 1, INK_LAYERS_MAX, 0, 0.3f, 5);
  ink_model *model = network_load(&n);
  use(model);
  ink_model_free(model);
  const float zero = 0;
  CHECK(n.tensor_count < sizeof n.tensors / sizeof n.tensors[0]); /* room for one more */
  n.tensors[n.tensor_count++] = (ink_tensor){.name = "rnn.weight_hh_l16",
                                             .dtype = INK_F32,
                                             .axes = 2,
                                             .shape = {1, 1},
                                             .count = 1,
                                             .bytes = (const uint8_t *)&zero};
  ink_error error;
  CHECK_FAILS(load(&n, NULL, 0, NULL, 0, &model, &error), INK_ERROR_FORMAT, "rnn.weight_hh_l16");
  network_free(&n);
}

static void test_numbers(void) {
  ink_error error;
  ink_model *model;
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  size_t count = 1;
  for (size_t i = 0; i < count; i++) {
    network n = small();
    count = n.parameters.count;
    const ink_parameter *p = &n.parameters.list[i];
    n.floats[p->offset + p->count - 1] = bad[i % 3];
    CHECK_FAILS(load(&n, NULL, 0, NULL, 0, &model, &error), INK_ERROR_FORMAT, p->name);
    network_free(&n);
  }
  network n = small();
  network_tensor(&n, "fc.bias")->dtype = INK_U32;
  CHECK_FAILS(load(&n, NULL, 0, NULL, 0, &model, &error), INK_ERROR_FORMAT, "fc.bias is U32");
  network_free(&n);
}

/* Finite weights whose sums are not: an error, not a crash, wherever logits are used. */
static void test_overflow(void) {
  network n = network_new(INK_CELL_RNN, 5, 3, 2, 0, 0, 6);
  for (size_t i = 0; i < n.parameters.size; i++) n.floats[i] = 3e38f;
  ink_model *model = network_load(&n);
  ink_session *session;
  ink_error error;
  CHECK_OK(ink_session_new(model, &session, &error));
  const float *probabilities;
  uint32_t id;
  ink_evaluation evaluation;
  CHECK_FAILS(ink_session_distribution(session, NULL, &probabilities, &error), INK_ERROR_FORMAT,
              "too large");
  CHECK_FAILS(ink_session_sample(session, NULL, &id, &error), INK_ERROR_FORMAT, "too large");
  CHECK_FAILS(ink_evaluate(model, "\n!\"\n", 4, 0, &evaluation, &error), INK_ERROR_FORMAT,
              "too large");
  ink_generation *generation;
  const char *text;
  size_t bytes;
  CHECK_OK(ink_generation_new(session, NULL, 5000, NULL, 0, &generation, &error));
  for (int i = 0; i < 3; i++) {
    CHECK_FAILS(ink_generation_next(generation, 5000, &text, &bytes, &error), INK_ERROR_FORMAT,
                "too large");
    CHECK(bytes == 0 && !ink_generation_done(generation));
  }
  ink_generation_free(generation);
  ink_session_free(session);
  ink_model_free(model);
  network_free(&n);
}

static void test_truncated(void) {
  network n = network_new(INK_CELL_GRU, 3, 2, 1, 2, 0.3f, 7);
  ink_buffer file = network_file(&n, NULL, 0);
  ink_model *model;
  ink_error error;
  for (size_t size = 0; size < file.size; size++) {
    uint8_t *part = malloc(size > 0 ? size : 1);
    CHECK(part != NULL);
    memcpy(part, file.bytes, size);
    CHECK_FAILS(ink_model_load(part, size, NULL, 0, INK_KERNEL_AUTO, &model, &error),
                INK_ERROR_FORMAT, "");
    CHECK(model == NULL);
    free(part);
  }
  ink_buffer_free(&file);
  network_free(&n);
}

int main(void) {
  test_shapes();
  test_information();
  test_kernels();
  test_optional();
  test_half_weights();
  test_vocabulary();
  test_metadata();
  test_metadata_of_converted();
  test_misshapen();
  test_too_many_layers();
  test_numbers();
  test_overflow();
  test_truncated();
  return 0;
}
