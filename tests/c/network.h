/*
 * Networks for the tests, made of random numbers or by hand, and their files.
 */
#ifndef INK_TESTS_NETWORK_H
#define INK_TESTS_NETWORK_H

#include "base/buffer.h"
#include "base/random.h"
#include "base/utf8.h"
#include "check.h"
#include "networks/networks.h"

typedef struct network {
  ink_parameters parameters;
  float *floats;                              /* [parameters.size] */
  ink_buffer vocab;                           /* tokens, each NUL-ended */
  ink_tensor tensors[INK_PARAMETERS_MAX + 1]; /* of the file: the parameters, then vocab */
  size_t tensor_count;
} network;

/* Token `id` of every test network: a line break, ASCII, Greek (2 bytes) and emoji (4 bytes). */
static inline uint32_t network_code_point(uint32_t id) {
  if (id == 0) return '\n';
  if (id % 7 == 6) return 0x1f600 + id;
  return id % 5 == 4 || id > 90 ? 0x3b1 + id : 0x20 + id;
}

/* Of this shape, whose gates and outputs are set here; all weights uniform in +-scale. */
static inline network network_of(ink_shape shape, float scale, uint64_t seed) {
  size_t vocabulary = shape.outputs = shape.vocabulary;
  shape.gates = ink_cell_find(shape.cell, ink_kernels_find(INK_KERNEL_AUTO)->name)->gates;
  network n = {0};
  ink_error error;
  CHECK_OK(ink_parameters_list(&shape, &n.parameters, &error));
  n.floats = malloc(n.parameters.size * sizeof *n.floats);
  CHECK(n.floats != NULL);
  ink_random random;
  ink_random_seed(&random, seed, 7);
  for (size_t i = 0; i < n.parameters.size; i++) {
    n.floats[i] = scale * (float)(2 * ink_random_uniform(&random) - 1);
  }
  for (uint32_t id = 0; id < vocabulary; id++) {
    char utf8[5] = {0};
    ink_buffer_append(&n.vocab, utf8, ink_utf8_encode(network_code_point(id), utf8) + 1);
  }
  for (size_t i = 0; i < n.parameters.count; i++) {
    const ink_parameter *p = &n.parameters.list[i];
    n.tensors[i] = (ink_tensor){.dtype = INK_F32,
                                .axes = p->axes,
                                .shape = {p->shape[0], p->shape[1]},
                                .count = p->count,
                                .bytes = (const uint8_t *)(n.floats + p->offset)};
  }
  n.tensors[n.parameters.count] = (ink_tensor){.name = "vocab",
                                               .dtype = INK_U8,
                                               .axes = 1,
                                               .shape = {n.vocab.size},
                                               .count = n.vocab.size,
                                               .bytes = (const uint8_t *)n.vocab.bytes};
  n.tensor_count = n.parameters.count + 1;
  return n;
}

static inline network network_new(ink_cell_kind cell, size_t vocabulary, size_t hidden,
                                  size_t layers, size_t embed, float scale, uint64_t seed) {
  return network_of((ink_shape){.cell = cell,
                                .vocabulary = vocabulary,
                                .embed = embed,
                                .hidden = hidden,
                                .layers = layers},
                    scale, seed);
}

/* What generators of other programs may have: a beginning state, a layer that reads from both ends,
 * an average of a window, dense layers, sigmoids; and the metadata that says so. */
static inline network network_elsewhere(ink_cell_kind cell, float scale, uint64_t seed) {
  return network_of((ink_shape){.cell = cell,
                                .vocabulary = 9,
                                .embed = 5,
                                .hidden = 13,
                                .layers = 2,
                                .begins = true,
                                .reads = INK_READS_AVERAGE,
                                .reverse = {true},
                                .window = 6,
                                .dense = 2,
                                .dense_units = {21, 7},
                                .dense_activation = {2, 1},
                                .sigmoid = true},
                    scale, seed);
}
enum { NETWORK_ELSEWHERE = 6 };
static const char *const network_elsewhere_says[2 * NETWORK_ELSEWHERE] = {
    "start",  "\n", "padding", "!",         "reads", "all",
    "window", "6",  "dense",   "relu tanh", "head",  "sigmoid"};

/* The network's file. Names are set here because `n` may have been copied since. */
static inline ink_buffer network_file(network *n, const char *const *metadata,
                                      size_t metadata_count) {
  for (size_t i = 0; i < n->parameters.count; i++) {
    if (n->tensors[i].name == NULL) n->tensors[i].name = n->parameters.list[i].name;
  }
  ink_buffer file = {0};
  ink_tensors_write(n->tensors, n->tensor_count, metadata, metadata_count, &file);
  CHECK(!file.failed);
  return file;
}

/* Other tokens for the network: each NUL-ended, tokens [size]. */
static inline void network_rename(network *n, const char *tokens, size_t size) {
  n->vocab.size = 0;
  ink_buffer_append(&n->vocab, tokens, size);
  ink_tensor *vocab = &n->tensors[n->parameters.count];
  vocab->bytes = (const uint8_t *)n->vocab.bytes;
  vocab->count = vocab->shape[0] = size;
}

static inline void network_free(network *n) {
  free(n->floats);
  ink_buffer_free(&n->vocab);
}

/* The tensor `name` of the network's file, to be spoiled. */
static inline ink_tensor *network_tensor(network *n, const char *name) {
  for (size_t i = 0; i < n->tensor_count; i++) {
    const char *own = i < n->parameters.count ? n->parameters.list[i].name : n->tensors[i].name;
    if (strcmp(own, name) == 0) return &n->tensors[i];
  }
  check_fail(__FILE__, __LINE__, name);
}

static inline ink_model *network_load_as(network *n, ink_kernel kernel, const char *const *metadata,
                                         size_t metadata_count) {
  ink_buffer file = network_file(n, metadata, metadata_count);
  ink_model *model;
  ink_error error;
  CHECK_OK(ink_model_load((const uint8_t *)file.bytes, file.size, NULL, 0, kernel, &model, &error));
  ink_buffer_free(&file);
  return model;
}

static inline ink_model *network_load(network *n) {
  return network_load_as(n, INK_KERNEL_AUTO, NULL, 0);
}

/* A network that, greedily, writes its tokens in the order of their ids, round and round: h is the
 * one-hot vector of the token just read, and its successor's logit is the largest. */
static inline network network_cycle(size_t vocabulary) {
  network n = network_new(INK_CELL_RNN, vocabulary, vocabulary, 1, 0, 0, 0);
  for (size_t v = 0; v < vocabulary; v++) {
    n.floats[n.parameters.stack.weight_ih[0] + v * vocabulary + v] = 10;
    n.floats[n.parameters.read_out.weight + (v + 1) % vocabulary * vocabulary + v] = 10;
  }
  return n;
}

static inline ink_model *network_load_cycle(size_t vocabulary) {
  network n = network_cycle(vocabulary);
  ink_model *model = network_load(&n);
  network_free(&n);
  return model;
}

#endif
