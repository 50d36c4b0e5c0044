/*
 * Several streams at once, a prompt read in blocks, and smaller weights: each gives what one
 * stream, one token and every other build of the kernels give, bit by bit.
 */
#include "check.h"
#include "layers/panels.h"
#include "network.h"
#include "write/session.h"

enum { STREAMS = 21, LENGTH = 60 }; /* more streams than one product takes */

static ink_model *load(const ink_buffer *file, ink_kernel kernel) {
  ink_model *model;
  ink_error error;
  CHECK_OK(
      ink_model_load((const uint8_t *)file->bytes, file->size, NULL, 0, kernel, &model, &error));
  return model;
}

static ink_buffer quantized(const ink_buffer *file, ink_weights weights) {
  ink_buffer q = {0};
  uint8_t *bytes;
  size_t size;
  ink_error error;
  CHECK_OK(ink_quantize((const uint8_t *)file->bytes, file->size, weights, &bytes, &size, &error));
  ink_buffer_append(&q, bytes, size);
  ink_release(bytes);
  return q;
}

static ink_generation *begin(const ink_model *model, size_t i, ink_session **session) {
  ink_error error;
  ink_sampling sampling;
  ink_generation *generation;
  ink_sampling_default(&sampling);
  sampling.temperature = 0.5f + 0.1f * (float)i;
  CHECK_OK(ink_session_new(model, session, &error));
  ink_session_seed(*session, i);
  CHECK_OK(ink_session_feed(*session, "!\"!!\"", i % 6, 0, &error));
  const char stop[] = "!!";
  size_t stop_size = i % 3 == 0 ? sizeof stop : 0; /* so that some end early */
  CHECK_OK(ink_generation_new(*session, &sampling, (uint32_t)(LENGTH - i), stop, stop_size,
                              &generation, &error));
  return generation;
}

/* What stream i writes by itself, appended to `text`. */
static void write_alone(const ink_model *model, size_t i, ink_buffer *text) {
  ink_error error;
  ink_session *session;
  ink_generation *generation = begin(model, i, &session);
  while (!ink_generation_done(generation)) {
    const char *piece;
    size_t bytes;
    CHECK_OK(ink_generation_next(generation, 7, &piece, &bytes, &error));
    ink_buffer_append(text, piece, bytes);
  }
  ink_generation_free(generation);
  ink_session_free(session);
}

static void write_together(const ink_model *model, size_t count, ink_buffer *texts) {
  ink_error error;
  ink_session *sessions[STREAMS];
  ink_generation *generations[STREAMS];
  const char *pieces[STREAMS];
  size_t bytes[STREAMS], left = count;
  for (size_t i = 0; i < count; i++) generations[i] = begin(model, i, &sessions[i]);
  while (left > 0) {
    CHECK_OK(ink_generations_next(generations, count, 5, pieces, bytes, &error));
    left = count;
    for (size_t i = 0; i < count; i++) {
      ink_buffer_append(&texts[i], pieces[i], bytes[i]);
      if (ink_generation_done(generations[i])) left--;
    }
  }
  for (size_t i = 0; i < count; i++) {
    ink_generation_free(generations[i]);
    ink_session_free(sessions[i]);
  }
}

static void test_together(const ink_model *model) {
  static const size_t counts[] = {1, 2, 3, 8, STREAMS};
  for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
    ink_buffer texts[STREAMS] = {{0}};
    write_together(model, counts[c], texts);
    for (size_t i = 0; i < counts[c]; i++) {
      ink_buffer alone = {0};
      write_alone(model, i, &alone);
      ink_buffer_append(&alone, "",
                        1); /* a stream may have written nothing, and memory is NULL then */
      ink_buffer_append(&texts[i], "", 1);
      CHECK(alone.size == texts[i].size && memcmp(alone.bytes, texts[i].bytes, alone.size) == 0);
      ink_buffer_free(&alone);
      ink_buffer_free(&texts[i]);
    }
  }
}

/* A prompt in one call, in pieces, and token by token. */
static void test_reading(const ink_model *model) {
  static const size_t lengths[] = {1, 2, 15, 16, 17, 50};
  char text[51];
  for (size_t i = 0; i < sizeof text; i++) text[i] = (char)('!' + i * i % 2);
  ink_error error;
  for (size_t n = 0; n < sizeof lengths / sizeof lengths[0]; n++) {
    ink_session *whole, *single;
    CHECK_OK(ink_session_new(model, &whole, &error));
    CHECK_OK(ink_session_new(model, &single, &error));
    CHECK_OK(ink_session_feed(whole, text, lengths[n], 0, &error));
    for (size_t i = 0; i < lengths[n]; i++) {
      CHECK_OK(ink_session_feed_token(single, (uint32_t)(text[i] - ' '), &error));
    }
    size_t size = ink_session_state_size(whole);
    uint8_t *a = malloc(size), *b = malloc(size);
    ink_session_save(whole, a);
    ink_session_save(single, b);
    CHECK(memcmp(a, b, size) == 0);
    free(a), free(b);
    ink_session_free(whole);
    ink_session_free(single);
  }
}

/* Every build of the kernels writes the same, and that with weights of eight and four bits and
 * float16 too. */
static void test_builds(network *n, const char *const *metadata, size_t metadata_count) {
  ink_buffer files[4] = {network_file(n, metadata, metadata_count)};
  files[1] = quantized(&files[0], INK_WEIGHTS_INT8);
  files[2] = quantized(&files[0], INK_WEIGHTS_F16);
  files[3] = quantized(&files[0], INK_WEIGHTS_INT4);
  const char *four = n->parameters.shape.hidden % 128 == 0 ? "I4" : "I8";
  const char *const dtypes[] = {"F32", "I8", "F16", four};
  for (size_t f = 0; f < 4; f++) {
    ink_buffer golden = {0};
    for (int kernel = INK_KERNEL_SCALAR; kernel <= INK_KERNEL_AVX512; kernel++) {
      ink_model *model;
      if (ink_model_load((const uint8_t *)files[f].bytes, files[f].size, NULL, 0,
                         (ink_kernel)kernel, &model, NULL) != INK_OK) {
        CHECK(kernel >= INK_KERNEL_AVX2); /* not on this machine */
        continue;
      }
      ink_info info;
      ink_model_info(model, &info);
      CHECK_TEXT(info.dtype, dtypes[f]);
      CHECK(info.parameters == n->parameters.size);
      ink_buffer text = {0};
      for (size_t i = 0; i < 4; i++) write_alone(model, i, &text);
      if (kernel == INK_KERNEL_SCALAR) {
        golden = text;
      } else {
        CHECK(text.size == golden.size && memcmp(text.bytes, golden.bytes, text.size) == 0);
        ink_buffer_free(&text);
      }
      test_together(model);
      test_reading(model);
      ink_model_free(model);
    }
    ink_buffer_free(&golden);
  }
  for (size_t f = 0; f < 4; f++) ink_buffer_free(&files[f]);
}

/* ---- What quantising does to a model --------------------------------------------------------- */

static double nats(const ink_buffer *file) {
  ink_evaluation evaluation;
  ink_error error;
  ink_model *model = load(file, INK_KERNEL_AUTO);
  CHECK_OK(ink_evaluate(model, "!\"!!\"\"!!!\"", 10, 0, &evaluation, &error));
  ink_model_free(model);
  return evaluation.nats;
}

static void test_loss(void) {
  network n = network_new(INK_CELL_LSTM, 9, 40, 2, 0, 0.5f, 4);
  ink_buffer file = network_file(&n, NULL, 0);
  ink_buffer int8 = quantized(&file, INK_WEIGHTS_INT8), f16 = quantized(&file, INK_WEIGHTS_F16);
  CHECK_NEAR(nats(&int8), nats(&file), 0.01);
  CHECK_NEAR(nats(&f16), nats(&file), 0.001);
  CHECK(int8.size * 5 < file.size * 2 && f16.size * 5 < file.size * 3);
  /* float16 is exact for what is float16 already */
  ink_buffer again = quantized(&f16, INK_WEIGHTS_F16);
  CHECK(again.size == f16.size && memcmp(again.bytes, f16.bytes, f16.size) == 0);
  ink_buffer_free(&again);
  ink_buffer_free(&int8);
  ink_buffer_free(&f16);
  ink_buffer_free(&file);
  network_free(&n);
}

/* A read-out of large weights, whose logits eight bits would move by more than one, stays in f32. */
static void test_coarse(void) {
  network n = network_new(INK_CELL_LSTM, 9, 40, 2, 0, 0.5f, 4);
  ink_parameter *fc = &n.parameters.list[n.parameters.count - 2];
  CHECK(strcmp(fc->name, "fc.weight") == 0);
  for (size_t i = 0; i < fc->count; i++) n.floats[fc->offset + i] *= 200;
  ink_buffer file = network_file(&n, NULL, 0), int8 = quantized(&file, INK_WEIGHTS_INT8);
  ink_tensors *tensors;
  ink_error error;
  CHECK_OK(ink_tensors_parse((const uint8_t *)int8.bytes, int8.size, &tensors, &error));
  CHECK(ink_tensors_find(tensors, "fc.weight")->dtype == INK_F32);
  CHECK(ink_tensors_find(tensors, "fc.weight.scale") == NULL);
  CHECK(ink_tensors_find(tensors, "rnn.weight_hh_l1")->dtype == INK_I8);
  CHECK_NEAR(nats(&int8), nats(&file), 0.1);
  ink_tensors_free(tensors);
  ink_buffer_free(&int8);
  ink_buffer_free(&file);
  network_free(&n);
}

/* Numbers on either side of every boundary of binary16, by the neighbours that they lie between. */
static void test_f16(void) {
  static const float pairs[][2] = {{1, 1},
                                   {1 + 0x1p-11f, 1},
                                   {1 + 0x1.8p-10f, 1 + 0x1p-9f},
                                   {-0.1f, -0x1.998p-4f},
                                   {65504, 65504},
                                   {65519, 65504},
                                   {0x1p-14f, 0x1p-14f},
                                   {0x1p-24f, 0x1p-24f},
                                   {0x1p-25f, 0},
                                   {0x1.8p-25f, 0x1p-24f},
                                   {0x1.ffcp-15f, 0x1p-14f},
                                   {0x1.fffp-15f, 0x1p-14f},
                                   {1e-40f, 0},
                                   {2047.5f, 2048},
                                   {-2049, -2048},
                                   {0, 0}};
  enum { PAIRS = sizeof pairs / sizeof pairs[0] };
  ink_error error;
  network n = network_new(INK_CELL_RNN, PAIRS, PAIRS, 1, 0, 0, 0);
  float *weights = n.floats + n.parameters.read_out.weight;
  for (size_t i = 0; i < PAIRS; i++) weights[i] = pairs[i][0];
  ink_buffer file = network_file(&n, NULL, 0), f16 = quantized(&file, INK_WEIGHTS_F16);
  ink_tensors *tensors;
  CHECK_OK(ink_tensors_parse((const uint8_t *)f16.bytes, f16.size, &tensors, &error));
  float halves[PAIRS * PAIRS];
  CHECK_OK(ink_tensor_floats(ink_tensors_find(tensors, "fc.weight"), halves, &error));
  for (size_t i = 0; i < PAIRS; i++) CHECK(halves[i] == pairs[i][1]);
  ink_tensors_free(tensors);
  ink_buffer_free(&file);

  weights[3] = 65520;
  file = network_file(&n, NULL, 0);
  uint8_t *bytes;
  size_t size;
  CHECK_FAILS(
      ink_quantize((const uint8_t *)file.bytes, file.size, INK_WEIGHTS_F16, &bytes, &size, &error),
      INK_ERROR_FORMAT, "fc.weight: element 3");
  ink_buffer_free(&file);
  ink_buffer_free(&f16);
  network_free(&n);
}

/* ---- Bad input ------------------------------------------------------------------------------- */

static void check_refused(const ink_buffer *file, ink_status status, const char *names) {
  ink_error error;
  uint8_t *bytes;
  size_t size;
  CHECK_FAILS(ink_quantize((const uint8_t *)file->bytes, file->size, INK_WEIGHTS_INT8, &bytes,
                           &size, &error),
              status, names);
  CHECK(bytes == NULL && size == 0);
}

static void test_refusals(void) {
  network n = network_new(INK_CELL_GRU, 5, 7, 1, 0, 0.5f, 4);
  ink_buffer file = network_file(&n, NULL, 0), int8 = quantized(&file, INK_WEIGHTS_INT8);
  check_refused(&int8, INK_ERROR_FORMAT, "quantised already: rnn.weight_ih_l0");
  int8.size--;
  check_refused(&int8, INK_ERROR_FORMAT, "");
  ink_buffer_free(&int8);
  ink_buffer_free(&file);
  n.floats[n.parameters.stack.weight_hh[0] + 3] = NAN;
  file = network_file(&n, NULL, 0);
  check_refused(&file, INK_ERROR_FORMAT, "rnn.weight_hh_l0: element 3 is not a finite number");
  ink_buffer_free(&file);

  /* Rows of zeros, and of numbers so small that their scale is not a normal one. */
  memset(n.floats, 0, n.parameters.size * sizeof *n.floats);
  for (size_t i = 0; i < 7; i++) n.floats[n.parameters.stack.weight_hh[0] + i] = 1e-44f * (float)i;
  file = network_file(&n, NULL, 0);
  int8 = quantized(&file, INK_WEIGHTS_INT8);
  CHECK_NEAR(nats(&int8), log(5), 1e-6);
  ink_buffer_free(&int8);
  ink_buffer_free(&file);
  network_free(&n);
}

/* Files with int8 weights whose scales do not fit. */
static void check_spoiled(const char *name, ink_dtype dtype, size_t rows, const char *wanted) {
  enum { UNITS = 4 };
  network n = network_new(INK_CELL_RNN, 3, UNITS, 1, 0, 0.5f, 4);
  ink_error error;
  uint8_t weights[UNITS * UNITS] = {0x80, 0x7f};
  float scales[UNITS + 1] = {1, 2, 3, INFINITY};
  ink_tensor *weight = network_tensor(&n, "rnn.weight_hh_l0");
  weight->dtype = INK_I8;
  weight->bytes = weights;
  ink_tensor tensors[INK_PARAMETERS_MAX + 2];
  ink_buffer file = network_file(&n, NULL, 0); /* names them */
  ink_buffer_free(&file);
  memcpy(tensors, n.tensors, n.tensor_count * sizeof *tensors);
  tensors[n.tensor_count] = (ink_tensor){.name = name,
                                         .dtype = dtype,
                                         .axes = 1,
                                         .shape = {rows},
                                         .count = rows,
                                         .bytes = (const uint8_t *)scales};
  file = (ink_buffer){0};
  ink_tensors_write(tensors, n.tensor_count + 1, NULL, 0, &file);
  ink_model *model;
  CHECK_FAILS(ink_model_load((const uint8_t *)file.bytes, file.size, NULL, 0, INK_KERNEL_AUTO,
                             &model, &error),
              INK_ERROR_FORMAT, wanted);
  ink_buffer_free(&file);
  network_free(&n);
}

static void test_together_refusals(void) {
  ink_error error;
  network n = network_new(INK_CELL_GRU, 5, 7, 1, 0, 0.5f, 4);
  ink_model *models[2] = {network_load(&n), network_load(&n)};
  ink_session *sessions[3];
  ink_generation *generations[3];
  const char *texts[2];
  size_t bytes[2];
  for (size_t i = 0; i < 3; i++) generations[i] = begin(models[i / 2], 0, &sessions[i]);
  ink_generation *mixed[] = {generations[0], generations[2]};
  CHECK_FAILS(ink_generations_next(mixed, 2, 1, texts, bytes, &error), INK_ERROR_ARGUMENT,
              "another model");
  ink_generation *twice[] = {generations[0], generations[0]};
  CHECK_FAILS(ink_generations_next(twice, 2, 1, texts, bytes, &error), INK_ERROR_ARGUMENT,
              "share a session");
  CHECK_OK(ink_generations_next(generations, 2, 1, texts, bytes, &error));
  CHECK_OK(ink_generations_next(generations, 0, 1, texts, bytes, &error));
  for (size_t i = 0; i < 3; i++) {
    ink_generation_free(generations[i]);
    ink_session_free(sessions[i]);
  }
  ink_model_free(models[0]);
  ink_model_free(models[1]);
  network_free(&n);
}

int main(void) {
  const char *start[] = {"start", "\n"};
  for (int cell = INK_CELL_RNN; cell <= INK_CELL_LSTM; cell++) {
    network small = network_new((ink_cell_kind)cell, 9, 13, 2, 5, 0.6f, 1);
    network wide = network_new((ink_cell_kind)cell, 19, 33, 3, 0, 0.4f, 2);
    network groups = network_new((ink_cell_kind)cell, 19, 128, 2, 32, 0.3f, 5);
    network elsewhere = network_elsewhere((ink_cell_kind)cell, 0.5f, 3);
    test_builds(&small, start, 1);
    test_builds(&wide, start, 1);
    test_builds(&groups, NULL, 0);
    test_builds(&elsewhere, network_elsewhere_says, NETWORK_ELSEWHERE);
    network_free(&small);
    network_free(&wide);
    network_free(&groups);
    network_free(&elsewhere);
  }
  test_loss();
  test_coarse();
  test_f16();
  test_refusals();
  check_spoiled("rnn.weight_hh_l0.other", INK_F32, 4, "rnn.weight_hh_l0.scale is missing");
  check_spoiled("rnn.weight_hh_l0.scale", INK_F32, 5, "is [5] where 4 of F32 fit");
  check_spoiled("rnn.weight_hh_l0.scale", INK_F16, 4, "where 4 of F32 fit");
  check_spoiled("rnn.weight_hh_l0.scale", INK_F32, 4, "rnn.weight_hh_l0.scale: element");
  test_together_refusals();
  return 0;
}
