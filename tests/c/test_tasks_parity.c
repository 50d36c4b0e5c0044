/*
 * Whole networks of each task against PyTorch: what a session predicts, and where its attention is,
 * on every build of the kernels. tests/parity/dump_tasks.py made the files and says what is in
 * them.
 */
#include <math.h>
#include <string.h>

#include "check.h"
#include "write/model.h"

typedef struct dump {
  uint8_t *bytes;
  size_t size;
  ink_tensors *tensors;
} dump;

static dump dump_open(const char *path) {
  dump d = {0};
  d.bytes = check_read_file(path, &d.size);
  CHECK(ink_tensors_parse(d.bytes, d.size, &d.tensors, NULL) == INK_OK);
  return d;
}

/* A tensor of the dump as floats, which the caller frees. */
static float *read_floats(const dump *d, const char *name, size_t *count) {
  const ink_tensor *tensor = ink_tensors_find(d->tensors, name);
  CHECK(tensor != NULL);
  *count = tensor->count;
  float *floats = malloc(tensor->count * sizeof *floats);
  CHECK(ink_tensor_floats(tensor, floats, NULL) == INK_OK);
  return floats;
}

static void check_floats(const float *ours, const float *theirs, size_t count) {
  for (size_t i = 0; i < count; i++) CHECK_NEAR((double)ours[i], (double)theirs[i], 5e-6);
}

/* The source that the model writes from, or NULL for a classifier. */
static ink_source *open_source(const dump *d, const ink_model *model) {
  ink_error error;
  ink_source *source = NULL;
  const ink_tensor *tensor = ink_tensors_find(d->tensors, "training.source");
  if (tensor == NULL) return NULL;
  if (tensor->dtype == INK_U8) {
    CHECK_OK(ink_source_picture(model, tensor->bytes, (uint32_t)tensor->shape[1],
                                (uint32_t)tensor->shape[0], 3, &source, &error));
    return source;
  }
  size_t count;
  float *ids = read_floats(d, "training.source", &count);
  char text[64];
  for (size_t i = 0; i < count; i++) {
    text[i] = *ink_vocabulary_token(model->network.source_vocabulary, (uint32_t)ids[i]);
  }
  CHECK_OK(ink_source_text(model, text, count, 0, &source, &error));
  free(ids);
  return source;
}

static void check_task(const char *path, ink_kernel kernel) {
  if (ink_kernels_find(kernel) == NULL) return; /* not on this machine */
  ink_error error;
  ink_model *model;
  ink_session *session;
  dump d = dump_open(path);
  size_t id_count, logit_count, weight_count = 0;
  float *ids = read_floats(&d, "training.ids", &id_count);
  float *logits = read_floats(&d, "training.logits", &logit_count), *weights = NULL;
  CHECK_OK(ink_model_load(d.bytes, d.size, NULL, 0, kernel, &model, &error));
  CHECK_OK(ink_session_new(model, &session, &error));
  ink_source *source = open_source(&d, model);
  if (source != NULL) {
    weights = read_floats(&d, "training.attention", &weight_count);
    CHECK_OK(ink_session_start(session, source, &error));
  }
  size_t outputs = model->network.shape.outputs;
  CHECK(logit_count == (source == NULL ? outputs : id_count * outputs));
  for (size_t t = 0; t < id_count; t++) {
    CHECK_OK(ink_session_feed_token(session, (uint32_t)ids[t], &error));
    if (source == NULL) continue;
    size_t positions;
    check_floats(ink_session_logits(session), logits + t * outputs, outputs);
    const float *attention = ink_session_attention(session, &positions);
    CHECK(weight_count == id_count * positions);
    check_floats(attention, weights + t * positions, positions);
  }
  if (source == NULL) check_floats(ink_session_logits(session), logits, outputs);
  ink_session_free(session);
  ink_source_free(source);
  ink_model_free(model);
  ink_tensors_free(d.tensors);
  free(ids);
  free(logits);
  free(weights);
  free(d.bytes);
}

int main(void) {
  for (int kernel = INK_KERNEL_SCALAR; kernel <= INK_KERNEL_AVX512; kernel++) {
    check_task("tests/parity/classifier.safetensors", (ink_kernel)kernel);
    check_task("tests/parity/classifier-bag.safetensors", (ink_kernel)kernel);
    check_task("tests/parity/translator.safetensors", (ink_kernel)kernel);
    check_task("tests/parity/captioner.safetensors", (ink_kernel)kernel);
  }
  return 0;
}
