/*
 * Against PyTorch, for all cells: the logits of inference, the loss and gradients of a window, and
 * the losses of ten AdamW steps. tests/parity/dump.py made the files and says what is in them.
 */
#include <math.h>
#include <string.h>

#include "check.h"
#include "layers/cell.h"
#include "networks/networks.h"
#include "train/optimiser.h"
#include "window.h"

enum { BATCH = 3, NCHARS = 7, STEPS = 10, TOKENS = STEPS * NCHARS + 1 };

typedef struct dump {
  uint8_t *bytes;
  size_t size;
  ink_tensors *tensors;
  ink_parameters parameters;
  float *weights;
  uint32_t ids[TOKENS * BATCH]; /* [TOKENS][BATCH] */
} dump;

/* A tensor of the dump as floats; the caller frees them. */
static float *read_floats(const dump *d, const char *name, size_t count) {
  const ink_tensor *tensor = ink_tensors_find(d->tensors, name);
  CHECK(tensor != NULL && tensor->count == count);
  float *floats = malloc(count * sizeof *floats);
  CHECK(ink_tensor_floats(tensor, floats, NULL) == INK_OK);
  return floats;
}

static dump dump_open(const char *path) {
  dump d = {0};
  d.bytes = check_read_file(path, &d.size);
  CHECK(ink_tensors_parse(d.bytes, d.size, &d.tensors, NULL) == INK_OK);
  CHECK(ink_parameters_recognise(d.tensors, &d.parameters, NULL) == INK_OK);
  d.weights = malloc(d.parameters.size * sizeof *d.weights);
  CHECK(ink_parameters_read(&d.parameters, d.weights, NULL) == INK_OK);
  float *ids = read_floats(&d, "training.ids", TOKENS * BATCH);
  for (size_t i = 0; i < TOKENS * BATCH; i++) d.ids[i] = (uint32_t)ids[i];
  free(ids);
  return d;
}

static void dump_close(dump *d) {
  ink_tensors_free(d->tensors);
  free(d->weights);
  free(d->bytes);
}

static void check_pytorch(const char *what, double ours, double theirs, double tolerance) {
  if (!(fabs(ours - theirs) <= tolerance)) printf("%s: %.9g, PyTorch %.9g\n", what, ours, theirs);
  CHECK(fabs(ours - theirs) <= tolerance);
}

static void check_logits(const dump *d, ink_kernel kernel) {
  if (ink_kernels_find(kernel) == NULL) return; /* not on this machine */
  size_t vocabulary = d->parameters.shape.vocabulary;
  float *logits = read_floats(d, "training.logits", NCHARS * BATCH * vocabulary);
  ink_model *model;
  CHECK(ink_model_load(d->bytes, d->size, NULL, 0, kernel, &model, NULL) == INK_OK);
  for (size_t b = 0; b < BATCH; b++) {
    ink_session *session;
    CHECK(ink_session_new(model, &session, NULL) == INK_OK);
    for (size_t t = 0; t < NCHARS; t++) {
      CHECK(ink_session_feed_token(session, d->ids[t * BATCH + b], NULL) == INK_OK);
      const float *ours = ink_session_logits(session);
      const float *theirs = logits + (t * BATCH + b) * vocabulary;
      for (size_t j = 0; j < vocabulary; j++) {
        check_pytorch("logit", (double)ours[j], (double)theirs[j], 2e-6);
      }
    }
    ink_session_free(session);
  }
  ink_model_free(model);
  free(logits);
}

static void check_training(const dump *d, ink_kernel kernel) {
  const ink_kernels *kernels = ink_kernels_find(kernel);
  if (kernels == NULL) return;
  const ink_parameters *p = &d->parameters;
  ink_train_options options;
  ink_train_options_default(&options);
  options.beta1 = 0.9f;
  options.beta2 = 0.99f;
  options.epsilon = 1e-8f;
  options.weight_decay = 0.05f;
  float *weights = malloc(p->size * sizeof *weights);
  float *gradients = calloc(p->size, sizeof *gradients);
  float *m = calloc(p->size, sizeof *m), *v = calloc(p->size, sizeof *v);
  memcpy(weights, d->weights, p->size * sizeof *weights);
  float *losses = read_floats(d, "training.losses", STEPS);
  ink_window *network = window_new(p, kernels, BATCH, NCHARS);
  const ink_dropout_choice none = {0};
  for (uint32_t step = 0; step < STEPS; step++) {
    const uint32_t *ids = d->ids + step * NCHARS * BATCH, *targets = ids + BATCH;
    double loss =
        ink_window_forward(network, weights, NCHARS, ids, targets, 1.0f / (NCHARS * BATCH), &none) /
        (NCHARS * BATCH);
    check_pytorch("loss", loss, (double)losses[step], 1e-5 * (double)losses[step]);
    memset(gradients, 0, p->size * sizeof *gradients);
    ink_window_backward(network, weights, NCHARS, ids, &none, gradients);
    ink_window_carry(network, NCHARS);
    for (size_t i = 0; step == 0 && i < p->count; i++) {
      char name[64];
      snprintf(name, sizeof name, "training.gradient.%s", p->list[i].name);
      float *theirs = read_floats(d, name, p->list[i].count);
      for (size_t j = 0; j < p->list[i].count; j++) {
        check_pytorch(name, (double)gradients[p->list[i].offset + j], (double)theirs[j], 1e-6);
      }
      free(theirs);
    }
    double norm = sqrt(kernels->sum_of_squares(gradients, p->size));
    ink_adamw_step made = ink_adamw_step_of(&options, 0.01, step + 1, fmin(1, 0.5 / (norm + 1e-6)));
    kernels->adamw(&made, p->size, gradients, weights, m, v);
  }
  free(network);
  free(losses);
  free(weights);
  free(gradients);
  free(m);
  free(v);
}

int main(void) {
  static const char *const files[] = {"rnn-1", "rnn-2", "gru-1", "gru-2", "lstm-1", "lstm-2"};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    char path[64];
    snprintf(path, sizeof path, "tests/parity/%s.safetensors", files[i]);
    dump d = dump_open(path);
    for (int kernel = INK_KERNEL_SCALAR; kernel <= INK_KERNEL_AVX512; kernel++) {
      check_logits(&d, (ink_kernel)kernel);
      check_training(&d, (ink_kernel)kernel);
    }
    dump_close(&d);
  }
  return 0;
}
