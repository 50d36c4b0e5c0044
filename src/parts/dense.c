/*
 * Dense layers before the read-out. See dense.h. Activations are in double precision by the
 * project's own exponential, and so the same on every build.
 */
#include "parts/dense.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/print.h"
#include "base/status.h"

/* ---- Activations ----------------------------------------------------------------------------- */

/* sigmoid(x) = 1 / (1 + e^-x) */
static double sigmoid(double x) { return 1 / (1 + ink_exp(-x)); }

/* ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|) */
static double softplus(double x) { return fmax(x, 0) + ink_log(1 + ink_exp(-fabs(x))); }

static double clip(double x, double most) { return fmin(fmax(x, 0), most); }

static double linear_(double x) { return x; }
static double tanh_(double x) { return 2 * sigmoid(2 * x) - 1; }
static double relu(double x) { return fmax(x, 0); }
static double relu6(double x) { return clip(x, 6); }
static double hard_sigmoid(double x) { return clip(0.2 * x + 0.5, 1); }
static double elu(double x) { return x > 0 ? x : ink_exp(x) - 1; }
static double selu(double x) {
  return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * elu(x));
}
static double softsign(double x) { return x / (1 + fabs(x)); }
static double swish(double x) { return x * sigmoid(x); }

static const struct {
  const char *name;
  double (*of)(double x);
} activations[] = {{"linear", linear_},    {"tanh", tanh_},      {"relu", relu},
                   {"relu6", relu6},       {"sigmoid", sigmoid}, {"hard_sigmoid", hard_sigmoid},
                   {"elu", elu},           {"selu", selu},       {"softplus", softplus},
                   {"softsign", softsign}, {"swish", swish}};
enum { ACTIVATIONS = sizeof activations / sizeof *activations };

void ink_dense_log_sigmoid(float *logits, size_t n) {
  for (size_t i = 0; i < n; i++) logits[i] = (float)-softplus(-(double)logits[i]);
}

/* ---- In a file ------------------------------------------------------------------------------- */

static const char *name_of(const char *kind, size_t layer, char name[40]) {
  ink_snprintf(name, 40, "dense.%u.%s", (unsigned)layer, kind);
  return name;
}

/* The activation with this name of so many bytes, or ACTIVATIONS. */
static size_t find(const char *name, size_t bytes) {
  size_t i = 0;
  while (i < ACTIVATIONS &&
         (strlen(activations[i].name) != bytes || memcmp(activations[i].name, name, bytes) != 0)) {
    i++;
  }
  return i;
}

static ink_status recognise_layer(const ink_tensors *tensors, ink_shape *shape, const char *name,
                                  size_t bytes, ink_error *error) {
  char weight[40];
  const ink_tensor *tensor;
  size_t activation = find(name, bytes), layer = shape->dense;
  if (layer == INK_DENSE_MAX || activation == ACTIVATIONS) {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "the model's dense layer %zu with the activation %.20s is none that this build "
                    "computes",
                    layer, name);
  }
  ink_status status = ink_find_shaped(tensors, name_of("weight", layer, weight), 2, &tensor, error);
  if (status != INK_OK) return status;
  shape->dense_units[layer] = tensor->shape[0];
  shape->dense_activation[layer] = activation;
  shape->dense++;
  return INK_OK;
}

ink_status ink_dense_recognise(const ink_tensors *tensors, ink_shape *shape, ink_error *error) {
  const char *head = ink_tensors_metadata(tensors, "head");
  const char *names = ink_tensors_metadata(tensors, "dense");
  shape->sigmoid = head != NULL && strcmp(head, "sigmoid") == 0;
  if (head != NULL && !shape->sigmoid) {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "the model's head is %.40s, which this build does not compute", head);
  }
  ink_status status = INK_OK;
  for (const char *at = names; at != NULL && *at != '\0' && status == INK_OK;) {
    size_t bytes = strcspn(at, " ");
    status = recognise_layer(tensors, shape, at, bytes, error);
    at += bytes + strspn(at + bytes, " ");
  }
  return status;
}

size_t ink_dense_list(ink_lister *l, size_t width) {
  const ink_shape *shape = &l->parameters->shape;
  ink_dense_parameters *at = &l->parameters->dense;
  char name[40];
  for (size_t i = 0; i < shape->dense; i++) {
    size_t units = shape->dense_units[i];
    at->weight[i] = ink_list_matrix(l, name_of("weight", i, name), units, width);
    at->bias[i] = ink_list_bias(l, name_of("bias", i, name), units);
    width = units;
  }
  return width;
}

/* ---- In use ---------------------------------------------------------------------------------- */

void ink_dense_pack(ink_packer *packer, ink_dense *dense) {
  const ink_shape *shape = &packer->parameters->shape;
  const ink_dense_parameters *at = &packer->parameters->dense;
  *dense = (ink_dense){.count = shape->dense};
  for (size_t i = 0; i < shape->dense; i++) {
    ink_pack_panels(packer, at->weight[i], at->bias[i], &dense->layer[i]);
    dense->activation[i] = shape->dense_activation[i];
  }
}

void ink_dense_lay_out(const ink_dense *dense, ink_arena *arena, ink_dense_state *state) {
  size_t units = 0, columns = 0;
  for (size_t i = 0; i < dense->count; i++) {
    units = ink_size_max(units, ink_size_round_up(dense->layer[i].rows, INK_ROWS));
    columns = ink_size_max(columns, dense->layer[i].columns);
  }
  *state = (ink_dense_state){.in = ink_arena_floats(arena, units, 1),
                             .out = ink_arena_floats(arena, units, 1),
                             .quantized = ink_quantized_lay_out(columns, 1, arena)};
}

void ink_dense_forward(const ink_kernels *kernels, const ink_dense *dense, size_t count,
                       ink_dense_state *const *states, const float **features) {
  for (size_t l = 0; l < dense->count; l++) {
    const ink_panels *layer = &dense->layer[l];
    ink_quantized *quantized[INK_STREAMS_MAX];
    float *out[INK_STREAMS_MAX];
    for (size_t i = 0; i < count; i++) {
      quantized[i] = states[i]->quantized;
      out[i] = states[i]->out;
    }
    ink_panels_product(kernels, layer, count, features, quantized, out);
    for (size_t i = 0; i < count; i++) {
      ink_dense_state *state = states[i];
      for (size_t r = 0; r < layer->rows; r++) {
        state->out[r] = (float)activations[dense->activation[l]].of((double)state->out[r]);
      }
      features[i] = state->out;
      state->out = state->in;
      state->in = out[i];
    }
  }
}
