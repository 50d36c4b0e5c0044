/*
 * Captioners: files of pictures, sources, the same bits on every build with float and int8 weights,
 * going on from a checkpoint, and what is refused.
 */
#include "base/buffer.h"
#include "base/ppm.h"
#include "check.h"
#include "file/safetensors.h"

enum { SIDE = 16, PIXELS = SIDE * SIDE * 3, PICTURES = 12 };

static const char captions[] =
    "red square\nblue square\nred circle\nblue circle\nred square\nblue square\nred circle\n"
    "blue circle\nred square\nblue square\nred circle\nblue circle\n";

/* ---- Pictures -------------------------------------------------------------------------------- */

/* A red or blue square or circle at a place of its own. */
static void draw(int number, uint8_t pixels[PIXELS]) {
  bool red = number % 2 == 0, circle = number % 4 >= 2;
  int top = 5 + number % 3, left = 5 + number % 5;
  for (int i = 0; i < SIDE * SIDE; i++) {
    int r = i / SIDE - top - 3, c = i % SIDE - left - 3;
    bool inside = circle ? r * r + c * c <= 10 : abs(r) <= 3 && abs(c) <= 3;
    pixels[3 * i] = !inside || red ? 255 : 0;
    pixels[3 * i + 1] = inside ? 0 : 255;
    pixels[3 * i + 2] = !inside || !red ? 255 : 0;
  }
}

/* Files of the first `count` pictures. */
static ink_buffer draw_file(int count) {
  ink_buffer file = {0};
  for (int i = 0; i < count; i++) {
    uint8_t pixels[PIXELS];
    draw(i, pixels);
    ink_buffer_format(&file, "P6\n# number %d\n%d %d\n255\n", i, SIDE, SIDE);
    ink_buffer_append(&file, pixels, PIXELS);
  }
  CHECK(!file.failed);
  return file;
}

static ink_status read_ppm(const char *header, size_t pixels, ink_ppm *ppm, ink_error *error) {
  size_t header_size = strlen(header), at = 0;
  uint8_t *bytes = calloc(header_size + pixels + 1, 1);
  CHECK(bytes != NULL);
  memcpy(bytes, header, header_size);
  ink_status status = ink_ppm_next(bytes, header_size + pixels, 7, &at, ppm, error);
  if (status == INK_OK) {
    CHECK(ppm->pixels == bytes + header_size);
    CHECK(at == header_size + ppm->width * ppm->height * 3);
  } else {
    CHECK(at == 0);
  }
  free(bytes);
  return status;
}

static void test_ppm(void) {
  ink_error error = {0};
  ink_ppm ppm;
  CHECK_OK(read_ppm("P6 2 1 255\n", 6, &ppm, &error));
  CHECK(ppm.width == 2 && ppm.height == 1);
  CHECK_OK(read_ppm("P6\r\n# by hand 9 9\n3#wide\n\t2\n255 ", 19, &ppm, &error));
  CHECK(ppm.width == 3 && ppm.height == 2);
  const ink_status wrong = INK_ERROR_FORMAT;
  CHECK_FAILS(read_ppm("", 0, &ppm, &error), wrong, "picture 7 is not binary PPM");
  CHECK_FAILS(read_ppm("P", 0, &ppm, &error), wrong, "picture 7 is not binary PPM");
  CHECK_FAILS(read_ppm("P3 1 1 255\n", 9, &ppm, &error), wrong, "not binary PPM (P6)");
  CHECK_FAILS(read_ppm("P6", 0, &ppm, &error), wrong, "header of picture 7");
  CHECK_FAILS(read_ppm("P61 1 255\n", 3, &ppm, &error), wrong, "header");
  CHECK_FAILS(read_ppm("P6 1 1 255", 0, &ppm, &error), wrong, "header");
  CHECK_FAILS(read_ppm("P6 1 x 255\n", 3, &ppm, &error), wrong, "header");
  CHECK_FAILS(read_ppm("P6 -1 1 255\n", 3, &ppm, &error), wrong, "header");
  CHECK_FAILS(read_ppm("P6 # 1 1 255\n", 3, &ppm, &error), wrong, "header");
  CHECK_FAILS(read_ppm("P6 1 1 65535\n", 6, &ppm, &error), wrong, "65535");
  CHECK_FAILS(read_ppm("P6 0 1 255\n", 0, &ppm, &error), wrong, "0 x 1");
  CHECK_FAILS(read_ppm("P6 1 0 255\n", 0, &ppm, &error), wrong, "1 x 0");
  CHECK_FAILS(read_ppm("P6 2 1 255\n", 5, &ppm, &error), wrong, "cut off");
  CHECK_FAILS(read_ppm("P6 999999999 999999999 255\n", 9, &ppm, &error), wrong, "cut off");
  CHECK_FAILS(read_ppm("P6 4294967296 4294967296 255\n", 9, &ppm, &error), wrong, "header");
}

/* ---- Training -------------------------------------------------------------------------------- */

static ink_train_options small_options(void) {
  ink_train_options o;
  ink_train_options_default(&o);
  o.task = INK_TASK_CAPTIONER;
  o.level = INK_LEVEL_WORD;
  o.cell = INK_CELL_GRU;
  o.hidden = 24;
  o.embed = 8;
  o.batch = 5;
  o.picture = SIDE;
  o.blocks = 3;
  o.channels = 6;
  o.threads = 2;
  o.validation = 0;
  o.learning_rate = 0.01f;
  o.shift = 1;
  o.dropout = 0.1f;
  o.seed = 2;
  o.steps = 400;
  return o;
}

static ink_status open_trainer(const ink_train_options *o, const char *text, const ink_buffer *file,
                               ink_trainer **t, ink_error *error) {
  const ink_material material = {.text = text,
                                 .bytes = strlen(text),
                                 .pictures = (const uint8_t *)file->bytes,
                                 .pictures_bytes = file->size};
  return ink_trainer_new(o, &material, t, error);
}

static void run_to(ink_trainer *t, uint32_t step) {
  ink_error error;
  ink_progress progress;
  do {
    CHECK_OK(ink_trainer_step(t, &progress, &error));
  } while (progress.step < step);
}

/* The bytes of a model after all steps; through a checkpoint when told so. */
static ink_buffer train(const ink_train_options *o, bool resumed) {
  ink_buffer pictures = draw_file(PICTURES), model = {0};
  ink_error error;
  ink_trainer *t;
  CHECK_OK(open_trainer(o, captions, &pictures, &t, &error));
  if (resumed) {
    run_to(t, 50);
    uint8_t *checkpoint;
    size_t size;
    CHECK_OK(ink_trainer_checkpoint(t, NULL, &checkpoint, &size, &error));
    ink_trainer_free(t);
    const ink_material material = {.text = captions,
                                   .bytes = strlen(captions),
                                   .pictures = (const uint8_t *)pictures.bytes,
                                   .pictures_bytes = pictures.size};
    CHECK_OK(ink_trainer_resume(checkpoint, size, &material, NULL, &t, &error));
    ink_trainer *other;
    pictures.bytes[pictures.size - 1]--;
    CHECK_FAILS(ink_trainer_resume(checkpoint, size, &material, NULL, &other, &error),
                INK_ERROR_TEXT, "not the one");
    CHECK_FAILS(ink_trainer_resume(checkpoint, size,
                                   &(ink_material){.text = captions, .bytes = strlen(captions)},
                                   NULL, &other, &error),
                INK_ERROR_ARGUMENT, "pictures");
    ink_release(checkpoint);
  }
  run_to(t, o->steps);
  CHECK_OK(ink_trainer_model(t, 0, NULL, 0, (uint8_t **)(void *)&model.bytes, &model.size, &error));
  ink_trainer_free(t);
  ink_buffer_free(&pictures);
  return model;
}

static ink_model *load(const ink_buffer *file, ink_kernel kernel) {
  ink_model *model;
  ink_error error;
  CHECK_OK(
      ink_model_load((const uint8_t *)file->bytes, file->size, NULL, 0, kernel, &model, &error));
  return model;
}

static void test_bad_examples(void) {
  ink_train_options o = small_options();
  ink_buffer pictures = draw_file(PICTURES), fewer = draw_file(PICTURES - 1);
  ink_error error = {0};
  ink_trainer *t;
  CHECK_FAILS(open_trainer(&o, captions, &fewer, &t, &error), INK_ERROR_TEXT,
              "11 pictures for 12 captions");
  CHECK_FAILS(open_trainer(&o, captions + 11, &pictures, &t, &error), INK_ERROR_TEXT,
              "more pictures than the 11 captions");
  fewer.size -= 1;
  CHECK_FAILS(open_trainer(&o, captions, &fewer, &t, &error), INK_ERROR_FORMAT,
              "picture 11, of 16 x 16 pixels, is cut off");
  fewer.size = 0;
  CHECK_FAILS(open_trainer(&o, captions, &fewer, &t, &error), INK_ERROR_ARGUMENT, "pictures");
  CHECK_FAILS(
      ink_trainer_new(&o, &(ink_material){.text = captions, .bytes = strlen(captions)}, &t, &error),
      INK_ERROR_ARGUMENT, "pictures");
  fewer.bytes[0] = 'Q';
  fewer.size = 1;
  CHECK_FAILS(open_trainer(&o, captions, &fewer, &t, &error), INK_ERROR_FORMAT, "picture 1 ");
  ink_buffer other = draw_file(1);
  ink_buffer_format(&other, "P6 1 1 255\nabc");
  CHECK_FAILS(open_trainer(&o, "a\nb\n", &other, &t, &error), INK_ERROR_FORMAT,
              "picture 2 is 1 x 1 pixels where those before it are 16 x 16");
  ink_buffer_free(&other);
  o.task = INK_TASK_GENERATOR;
  CHECK_FAILS(open_trainer(&o, captions, &pictures, &t, &error), INK_ERROR_ARGUMENT, "captioner");
  o = small_options();
  o.blocks = 6;
  CHECK_FAILS(open_trainer(&o, captions, &pictures, &t, &error), INK_ERROR_ARGUMENT, "blocks is 6");
  ink_buffer_free(&pictures);
  ink_buffer_free(&fewer);
}

/* ---- In use ---------------------------------------------------------------------------------- */

static ink_source *look(const ink_model *model, int number) {
  uint8_t pixels[PIXELS];
  draw(number, pixels);
  ink_source *source;
  ink_error error;
  CHECK_OK(ink_source_picture(model, pixels, SIDE, SIDE, 3, &source, &error));
  return source;
}

/* The greedy caption, appended. */
static void caption(ink_session *session, const ink_source *source, ink_buffer *text) {
  ink_error error;
  ink_generation *generation;
  ink_sampling greedy;
  ink_sampling_default(&greedy);
  greedy.temperature = 0;
  const char *piece;
  size_t bytes;
  CHECK_OK(ink_session_start(session, source, &error));
  CHECK_OK(ink_generation_new(session, &greedy, 20, NULL, 0, &generation, &error));
  CHECK_OK(ink_generation_next(generation, 20, &piece, &bytes, &error));
  ink_buffer_append(text, piece, bytes);
  ink_buffer_append(text, "\n", 1);
  ink_generation_free(generation);
}

static void test_captions(const ink_buffer *file) {
  ink_model *model = load(file, INK_KERNEL_AUTO);
  ink_session *session;
  ink_error error;
  ink_buffer text = {0};
  CHECK_OK(ink_session_new(model, &session, &error));
  for (int i = 0; i < PICTURES; i++) {
    ink_source *source = look(model, i);
    caption(session, source, &text);
    ink_source_free(source);
  }
  ink_buffer_append(&text, "", 1);
  CHECK_TEXT(text.bytes, captions);
  ink_buffer_free(&text);
  ink_session_free(session);
  ink_model_free(model);
}

/* Logits after a picture, and after a word: [2][vocabulary]. */
static float *logits_of(const ink_model *model, size_t *count) {
  ink_info info;
  ink_model_info(model, &info);
  *count = 2 * (size_t)info.vocabulary;
  float *logits = malloc(*count * sizeof *logits);
  CHECK(logits != NULL);
  ink_source *source = look(model, 3);
  ink_session *session;
  ink_error error;
  CHECK_OK(ink_session_new(model, &session, &error));
  CHECK_OK(ink_session_start(session, source, &error));
  memcpy(logits, ink_session_logits(session), *count / 2 * sizeof *logits);
  CHECK_OK(ink_session_feed_token(session, 1, &error));
  memcpy(logits + *count / 2, ink_session_logits(session), *count / 2 * sizeof *logits);
  ink_session_free(session);
  ink_source_free(source);
  return logits;
}

static void test_builds(const ink_buffer *file) {
  size_t count, same;
  ink_model *model = load(file, INK_KERNEL_SCALAR);
  float *scalar = logits_of(model, &count);
  ink_model_free(model);
  for (int kernel = INK_KERNEL_SIMD; kernel <= INK_KERNEL_AVX512; kernel++) {
    ink_error error;
    if (ink_model_load((const uint8_t *)file->bytes, file->size, NULL, 0, (ink_kernel)kernel,
                       &model, &error) != INK_OK) {
      continue; /* this machine lacks it */
    }
    float *logits = logits_of(model, &same);
    CHECK(same == count && memcmp(logits, scalar, count * sizeof *logits) == 0);
    free(logits);
    ink_model_free(model);
  }
  free(scalar);
}

static void test_int8(const ink_buffer *file) {
  ink_buffer small = {0};
  ink_error error;
  CHECK_OK(ink_quantize((const uint8_t *)file->bytes, file->size, INK_WEIGHTS_INT8,
                        (uint8_t **)(void *)&small.bytes, &small.size, &error));
  test_captions(&small);
  test_builds(&small);
  size_t count, same;
  ink_model *model = load(file, INK_KERNEL_AUTO), *model8 = load(&small, INK_KERNEL_AUTO);
  float *logits = logits_of(model, &count), *logits8 = logits_of(model8, &same);
  for (size_t i = 0; i < count; i++) CHECK_NEAR(logits8[i], logits[i], 0.3);
  free(logits);
  free(logits8);
  ink_model_free(model);
  ink_model_free(model8);
  ink_buffer_free(&small);
}

static ink_status look_at(const ink_model *model, uint32_t width, uint32_t height,
                          uint32_t channels, ink_error *error) {
  size_t size = (size_t)width * height * channels;
  uint8_t *pixels = malloc(size + 1);
  CHECK(pixels != NULL);
  memset(pixels, 99, size);
  ink_source *source;
  ink_status status = ink_source_picture(model, pixels, width, height, channels, &source, error);
  CHECK((status == INK_OK) == (source != NULL));
  ink_source_free(source);
  free(pixels);
  return status;
}

static void test_sizes(const ink_buffer *file) {
  ink_model *model = load(file, INK_KERNEL_AUTO);
  ink_error error = {0};
  const ink_status wrong = INK_ERROR_ARGUMENT;
  CHECK_OK(look_at(model, 1, 1, 3, &error));
  CHECK_OK(look_at(model, 1, 10000, 4, &error));
  CHECK_OK(look_at(model, 10000, 10000, 3, &error));
  CHECK_FAILS(look_at(model, 0, 4, 3, &error), wrong, "0 x 4");
  CHECK_FAILS(look_at(model, 4, 0, 3, &error), wrong, "4 x 0");
  CHECK_FAILS(look_at(model, 10001, 1, 3, &error), wrong, "10001");
  CHECK_FAILS(look_at(model, 4, 4, 2, &error), wrong, "2 channels");

  /* Twice as large, and with opacity, it is the same picture. */
  uint8_t pixels[PIXELS], large[SIDE * SIDE * 16];
  draw(5, pixels);
  for (int i = 0; i < SIDE * SIDE * 4; i++) {
    memcpy(large + 4 * i, pixels + (i / (2 * SIDE) / 2 * SIDE + i % (2 * SIDE) / 2) * 3, 3);
    large[4 * i + 3] = 255;
  }
  ink_source *source, *same = look(model, 5);
  ink_session *sessions[2];
  CHECK_OK(ink_source_picture(model, large, 2 * SIDE, 2 * SIDE, 4, &source, &error));
  for (int i = 0; i < 2; i++) {
    CHECK_OK(ink_session_new(model, &sessions[i], &error));
    CHECK_OK(ink_session_start(sessions[i], i == 0 ? source : same, &error));
  }
  CHECK(memcmp(ink_session_logits(sessions[0]), ink_session_logits(sessions[1]),
               3 * sizeof(float)) == 0);
  size_t positions;
  CHECK(ink_session_attention(sessions[0], &positions) != NULL && positions == 16);
  for (int i = 0; i < 2; i++) ink_session_free(sessions[i]);
  ink_source_free(source);
  ink_source_free(same);
  ink_model_free(model);
}

/* ---- What a file must say -------------------------------------------------------------------- */

/* The same file with other metadata: the task, and the picture unless it is NULL. */
static ink_buffer rewrite(const ink_buffer *file, const char *picture) {
  ink_tensors *tensors;
  ink_error error;
  CHECK_OK(ink_tensors_parse((const uint8_t *)file->bytes, file->size, &tensors, &error));
  ink_tensor list[64];
  size_t count = tensors->count;
  CHECK(count <= 64);
  for (size_t i = 0; i < count; i++) list[i] = tensors->list[i];
  const char *metadata[] = {"task", "captioner", "level", "word", "picture", picture};
  ink_buffer changed = {0};
  ink_tensors_write(list, count, metadata, picture == NULL ? 2 : 3, &changed);
  CHECK(!changed.failed);
  ink_tensors_free(tensors);
  return changed;
}

static void check_metadata(const ink_buffer *file, const char *picture, const char *names) {
  ink_buffer changed = rewrite(file, picture);
  ink_error error = {0};
  ink_model *model;
  const uint8_t *bytes = (const uint8_t *)changed.bytes;
  if (names == NULL) {
    CHECK_OK(ink_model_load(bytes, changed.size, NULL, 0, INK_KERNEL_AUTO, &model, &error));
    ink_source_free(look(model, 1));
    ink_model_free(model);
  } else {
    CHECK_FAILS(ink_model_load(bytes, changed.size, NULL, 0, INK_KERNEL_AUTO, &model, &error),
                INK_ERROR_FORMAT, names);
  }
  ink_buffer_free(&changed);
}

static void test_metadata(const ink_buffer *file) {
  check_metadata(file, "16", NULL);
  check_metadata(file, "4", NULL);
  check_metadata(file, "37", NULL);
  check_metadata(file, "256", NULL);
  check_metadata(file, NULL, "picture");
  check_metadata(file, "", "picture");
  check_metadata(file, "-16", "picture");
  check_metadata(file, "16x", "picture");
  check_metadata(file, "257", "257");
  check_metadata(file, "99999999999999999999999", "99999999999");
  check_metadata(file, "3", "3 blocks would leave nothing");
  check_metadata(file, "0", "3 blocks would leave nothing");
}

/* ---- Other tasks ----------------------------------------------------------------------------- */

static void test_other_tasks(const ink_buffer *file) {
  ink_train_options o;
  ink_train_options_default(&o);
  o.hidden = 4;
  o.batch = 1;
  o.steps = 1;
  o.validation = 0;
  ink_error error = {0};
  ink_trainer *t;
  uint8_t *bytes;
  size_t size;
  ink_model *generator, *captioner = load(file, INK_KERNEL_AUTO);
  ink_source *source;
  CHECK_OK(ink_trainer_new(&o, &(ink_material){.text = captions, .bytes = strlen(captions)}, &t,
                           &error));
  CHECK_OK(ink_trainer_model(t, 0, NULL, 0, &bytes, &size, &error));
  ink_trainer_free(t);
  CHECK_OK(ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, &generator, &error));
  ink_release(bytes);
  CHECK_FAILS(look_at(generator, 4, 4, 3, &error), INK_ERROR_ARGUMENT, "generator");
  CHECK_FAILS(ink_source_text(captioner, "red", 3, 0, &source, &error), INK_ERROR_ARGUMENT,
              "captioner");
  ink_model_free(generator);
  ink_model_free(captioner);
}

int main(void) {
  test_ppm();
  test_bad_examples();
  ink_train_options o = small_options();
  ink_buffer file = train(&o, false), again = train(&o, true);
  CHECK(file.size == again.size && memcmp(file.bytes, again.bytes, file.size) == 0);
  test_captions(&file);
  test_builds(&file);
  test_int8(&file);
  test_sizes(&file);
  test_metadata(&file);
  test_other_tasks(&file);
  ink_buffer_free(&file);
  ink_buffer_free(&again);
  return 0;
}
