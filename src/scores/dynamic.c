/*
 * Dynamic evaluation (Krause et al. 2018): a text is scored segment by segment, and after each one
 * the weights take a step that would have predicted it better, so that the network picks up names,
 * words and manner of the text that it reads. With g the gradient of a segment's mean loss, v the
 * running mean of g^2 without its bias towards zero (Kingma and Ba 2015), and w0 the trained
 * weights:
 *   w = w - learning_rate g / (sqrt(v) + epsilon) + decay (w0 - w)
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/size.h"
#include "base/status.h"
#include "inkling_scores.h"
#include "networks/networks.h"
#include "networks/window.h"
#include "parts/counts.h"
#include "write/evaluate.h"
#include "write/model.h"

static const double SQUARES_KEPT = 0.999; /* of the running mean, a segment */
static const float EPSILON = 1e-6f;

typedef struct learner {
  ink_dynamic options;
  ink_parameters parameters;
  const ink_kernels *kernels;
  const ink_network *network; /* of the model, for its counts and tokens */
  ink_window window;
  void *memory;                                   /* of the arrays */
  float *weights, *trained, *gradients, *squares; /* [parameters.size] */
  uint32_t updates;
} learner;

void ink_dynamic_default(ink_dynamic *options) {
  *options = (ink_dynamic){.learning_rate = 5e-5f, .decay = 1e-3f, .segment = 20};
}

static ink_status check_options(const ink_dynamic *options, ink_error *error) {
  if (!(options->learning_rate >= 0 && options->learning_rate <= 1)) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the dynamic learning rate must be from 0 to 1");
  }
  if (!(options->decay >= 0 && options->decay <= 1)) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the dynamic decay must be from 0 to 1");
  }
  if (options->segment < 1 || options->segment > 65536) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "the dynamic segment must be from 1 to 65536");
  }
  return INK_OK;
}

static void lay_out(void *object, ink_arena *arena) {
  learner *l = object;
  l->weights = ink_arena_floats(arena, l->parameters.size, 1);
  l->trained = ink_arena_floats(arena, l->parameters.size, 1);
  l->gradients = ink_arena_floats(arena, l->parameters.size, 1);
  l->squares = ink_arena_floats(arena, l->parameters.size, 1);
  ink_window_lay_out(&l->window, &l->parameters, l->kernels, 1, l->options.segment, arena);
}

static ink_status learner_open(const ink_model *model, const ink_tensors *tensors,
                               const ink_dynamic *options, learner *l, ink_error *error) {
  *l = (learner){.options = *options,
                 .kernels = ink_kernels_find(INK_KERNEL_AUTO),
                 .network = &model->network};
  ink_status status = ink_parameters_recognise(tensors, &l->parameters, error);
  if (status == INK_OK) status = ink_window_check(&l->parameters.shape, error);
  if (status == INK_OK) status = ink_arena_allocate(lay_out, l, &l->memory, NULL, error);
  if (status == INK_OK) status = ink_parameters_read(&l->parameters, l->weights, error);
  if (status == INK_OK) memcpy(l->trained, l->weights, l->parameters.size * sizeof(float));
  return status;
}

static void learn(learner *l) {
  double unbiased = 1 / (1 - pow(SQUARES_KEPT, ++l->updates));
  float kept = (float)SQUARES_KEPT, correct = (float)unbiased;
  float rate = l->options.learning_rate, decay = l->options.decay;
  for (size_t i = 0; i < l->parameters.size; i++) {
    float g = l->gradients[i];
    l->squares[i] = kept * l->squares[i] + (1 - kept) * g * g;
    l->weights[i] += decay * (l->trained[i] - l->weights[i]) -
                     rate * g / (sqrtf(l->squares[i] * correct) + EPSILON);
  }
}

/* Nats of all tokens scored: of the network, and with its counts, where it has any. */
typedef struct sums {
  double network, counts, whole;
} sums;

/* After the loss of `steps` tokens from ids[at + 1] on, whose logits have become, of the token that
 * came, (p - 1) / steps. */
static void add_counts(const learner *l, const uint32_t *ids, size_t at, size_t steps, sums *s) {
  const ink_network *network = l->network;
  size_t outputs = network->shape.outputs;
  double weight = (double)network->counts_weight;
  for (size_t t = 0; t < steps; t++) {
    size_t next = at + t + 1, before = ink_size_min(next, INK_COUNTS_ORDER_MAX);
    double p = 1 + (double)l->window.logits[t * outputs + ids[next]] * (double)steps;
    double counted =
        ink_counts_probability(network->counts, ids + next - before, before, ids[next]);
    s->counts -= ink_log(counted);
    s->whole -= ink_log((1 - weight) * (p > 1e-9 ? p : 1e-9) + weight * counted);
  }
}

/* Reads ids [count + 1], scoring `count` predictions. */
static sums read_tokens(learner *l, const uint32_t *ids, size_t count) {
  const ink_dropout_choice none = {0};
  sums s = {0};
  for (size_t at = 0; at < count; at += l->options.segment) {
    size_t steps = ink_size_min(l->options.segment, count - at);
    s.network += ink_window_forward(&l->window, l->weights, steps, ids + at, ids + at + 1,
                                    1.0f / (float)steps, &none);
    if (l->network->counts != NULL) add_counts(l, ids, at, steps, &s);
    memset(l->gradients, 0, l->parameters.size * sizeof(float));
    ink_window_backward(&l->window, l->weights, steps, ids + at, &none, l->gradients);
    ink_window_carry(&l->window, steps);
    learn(l);
  }
  if (l->network->counts == NULL) s.whole = s.network;
  return s;
}

/* The file again, with these weights as F32 and the tokens that the model has, be they the file's
 * own or not. */
static ink_status write_adapted(const ink_tensors *tensors, const learner *l, uint8_t **bytes,
                                size_t *size, ink_error *error) {
  ink_tensor list[INK_PARAMETERS_MAX + 4];
  size_t count = ink_parameters_tensors(&l->parameters, l->weights, list), tokens_size;
  for (size_t i = 0; i < tensors->count; i++) {
    const ink_tensor *tensor = &tensors->list[i];
    if (ink_tensor_is_counts(tensor)) list[count++] = *tensor;
  }
  const char *tokens = ink_vocabulary_tokens(l->network->vocabulary, &tokens_size);
  list[count++] = ink_tensor_list("vocab", INK_U8, tokens_size, tokens);
  return ink_tensors_rewrite(tensors, list, count, NULL, 0, bytes, size, error);
}

static ink_status score(learner *l, const uint32_t *ids, size_t count, ink_evaluation *evaluation,
                        ink_error *error) {
  ink_status status = ink_evaluation_check(count, 0, error);
  if (status != INK_OK) return status;
  sums s = read_tokens(l, ids, count - 1);
  double scored = (double)(count - 1), nats = s.whole / scored;
  bool counted = l->network->counts != NULL;
  if (!isfinite(nats)) {
    return ink_fail(error, INK_ERROR_DIVERGED,
                    "the loss is no longer a number: lower the dynamic learning rate (now %g)",
                    (double)l->options.learning_rate);
  }
  *evaluation = ink_evaluation_of(nats, scored);
  if (counted) {
    evaluation->network_nats = s.network / scored;
    evaluation->counts_nats = s.counts / scored;
  }
  return INK_OK;
}

ink_status ink_evaluate_dynamic(const ink_model *model, const uint8_t *bytes, size_t size,
                                const ink_dynamic *options, const char *text, size_t text_bytes,
                                ink_evaluation *evaluation, uint8_t **adapted,
                                size_t *adapted_bytes, ink_error *error) {
  if (adapted != NULL) *adapted = NULL;
  ink_status status = check_options(options, error);
  if (status != INK_OK) return status;
  ink_tensors *tensors;
  status = ink_tensors_parse(bytes, size, &tensors, error);
  if (status != INK_OK) return status;
  uint32_t *ids = NULL;
  size_t count = 0;
  learner l = {0};
  status =
      ink_vocabulary_encode(model->network.vocabulary, text, text_bytes, 0, &ids, &count, error);
  if (status == INK_OK && model->network.shape.task != INK_TASK_GENERATOR) {
    status = ink_fail(error, INK_ERROR_ARGUMENT, "dynamic evaluation is for a generator, not a %s",
                      model->network.kind->name);
  }
  if (status == INK_OK) status = learner_open(model, tensors, options, &l, error);
  if (status == INK_OK) status = score(&l, ids, count, evaluation, error);
  if (status == INK_OK && adapted != NULL) {
    status = write_adapted(tensors, &l, adapted, adapted_bytes, error);
  }
  free(l.memory);
  free(ids);
  ink_tensors_free(tensors);
  return status;
}
