/*
 * What all kinds of network have in common. See network.h.
 */
#include "networks/network.h"

#include <string.h>

#include "base/status.h"
#include "parts/beginning.h"

/* ---- Weights --------------------------------------------------------------------------------- */

typedef struct packing {
  ink_network *network;
  ink_packer packer;
} packing;

static void pack(void *object, ink_arena *arena) {
  packing *p = object;
  ink_network *network = p->network;
  ink_packer *packer = &p->packer;
  const ink_parameters *parameters = packer->parameters;
  packer->arena = arena;
  bool rereads = INK_HAS_FOREIGN && parameters->shape.reads != INK_READS_STATE;
  if (rereads) { /* nothing is carried, and so nothing stepped */
    network->stack = (ink_stack){.kernels = packer->kernels,
                                 .cell = ink_stack_cell(&parameters->shape),
                                 .hidden = parameters->shape.hidden};
    network->reread = ink_reread_pack(packer, &network->shape, network->padding);
  } else {
    ink_stack_pack(packer, &parameters->stack, &network->stack);
  }
  ink_pack_panels(packer, parameters->read_out.weight, parameters->read_out.bias,
                  &network->read_out);
  if (INK_HAS_FOREIGN) {
    if (!rereads) ink_beginning_pack(packer, &network->stack, &network->begins);
    ink_dense_pack(packer, &network->dense);
  }
  if (network->kind->pack != NULL) network->kind->pack(packer, network);
}

ink_status ink_network_pack(ink_network *network, const ink_parameters *parameters, void **memory,
                            ink_error *error) {
  packing p = {.network = network,
               .packer = {.parameters = parameters, .kernels = network->kernels, .error = error}};
  ink_status status = ink_arena_allocate(pack, &p, memory, NULL, error);
  return status == INK_OK ? p.packer.status : status;
}

static ink_status check_count(const char *name, const ink_vocabulary *vocabulary, size_t count,
                              ink_error *error) {
  if (ink_vocabulary_count(vocabulary) == count) return INK_OK;
  return ink_fail(error, INK_ERROR_VOCABULARY,
                  "the %s has %u tokens, but the model reads and writes %zu", name,
                  (unsigned)ink_vocabulary_count(vocabulary), count);
}

ink_status ink_network_load_tokens(const ink_tensors *tensors, const char *name, size_t count,
                                   ink_level level, ink_vocabulary **vocabulary, ink_error *error) {
  const ink_tensor *tensor = ink_tensors_find(tensors, name);
  if (tensor == NULL) {
    return ink_fail(error, INK_ERROR_VOCABULARY,
                    "the file has no %s tensor: give its %zu tokens in id order as the "
                    "vocabulary (--vocabulary FILE, or { vocabulary: [...] })",
                    name, count);
  }
  if (tensor->dtype != INK_U8 || tensor->axes != 1) {
    return ink_fail(error, INK_ERROR_FORMAT, "%s is not a list of bytes (U8)", name);
  }
  ink_status status = ink_vocabulary_from_tokens((const char *)tensor->bytes, tensor->count, level,
                                                 vocabulary, error);
  if (status != INK_OK) return status;
  return check_count(strcmp(name, "vocab") == 0 ? "vocabulary" : name, *vocabulary, count, error);
}

ink_status ink_network_load_vocabulary(const ink_tensors *tensors, const char *tokens, size_t size,
                                       size_t count, ink_vocabulary **vocabulary,
                                       ink_error *error) {
  const char *name = ink_tensors_metadata(tensors, "level");
  bool words = name != NULL && strcmp(name, "word") == 0;
  ink_level level = words ? INK_LEVEL_WORD : INK_LEVEL_CHAR;
  if (name != NULL && !words && strcmp(name, "char") != 0) {
    return ink_fail(error, INK_ERROR_FORMAT, "the model's level is %.40s where char fits", name);
  }
  if (tokens == NULL) {
    return ink_network_load_tokens(tensors, "vocab", count, level, vocabulary, error);
  }
  ink_status status = ink_vocabulary_from_tokens(tokens, size, level, vocabulary, error);
  return status == INK_OK ? check_count("vocabulary", *vocabulary, count, error) : status;
}

/* ---- Streams --------------------------------------------------------------------------------- */

size_t ink_stream_floats(const ink_network *network) {
  const ink_network_kind *kind = network->kind;
  const ink_reread *reread = ink_network_reread(network);
  size_t window = reread == NULL ? 0 : ink_reread_floats(reread);
  size_t own = kind->state_floats == NULL ? 0 : kind->state_floats(network);
  return ink_stack_state_floats(&network->stack) + window + own;
}

void ink_stream_lay_out(const ink_network *network, float *state, ink_arena *arena,
                        ink_stream *stream) {
  const ink_shape *shape = &network->shape;
  size_t joined = shape->memory + shape->hidden;
  size_t widest = ink_size_max(joined, shape->features);
  stream->network = network;
  stream->state = state;
  stream->counts_weight = network->counts_weight;
  ink_stack_state_lay_out(&network->stack, stream->state, widest, arena, &stream->stack);
  stream->logits = ink_arena_floats(arena, ink_size_round_up(shape->outputs, INK_ROWS), 1);
  stream->probabilities = ink_arena_floats(arena, shape->outputs, 1);
  if (ink_network_counts(network) != NULL) {
    stream->by_network = ink_arena_floats(arena, shape->outputs, 1);
    stream->by_counts = ink_arena_floats(arena, shape->outputs, 1);
  }
  if (INK_HAS_FOREIGN && network->dense.count > 0) {
    ink_dense_lay_out(&network->dense, arena, &stream->dense);
  }
  if (state != NULL) state += ink_stack_state_floats(&network->stack);
  const ink_reread *reread = ink_network_reread(network);
  if (reread != NULL) {
    stream->reread = ink_reread_lay_out(reread, state, arena);
    if (state != NULL) state += ink_reread_floats(reread);
  }
  if (network->kind->lay_out != NULL) network->kind->lay_out(stream, state, arena);
}

void ink_stream_begin(ink_stream *stream) {
  const ink_network *network = stream->network;
  if (network->kind->begin != NULL) {
    network->kind->begin(stream);
    return;
  }
  if (network->begins == NULL) return;
  memcpy(stream->state, network->begins, ink_stack_state_floats(&network->stack) * sizeof(float));
}

static void note(ink_stream *stream, uint32_t id) {
  const ink_reread *reread = ink_network_reread(stream->network);
  if (reread != NULL) ink_reread_note(reread, stream->reread, id);
  if (stream->network->kind->note != NULL) stream->network->kind->note(stream, id);
  ink_recent_add(&stream->recent, id);
}

void ink_streams_step(ink_stream *const *streams, size_t count, const uint32_t *ids) {
  const ink_network *network = streams[0]->network;
  ink_stack_state *states[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) states[i] = &streams[i]->stack;
  if (network->kind->step != NULL) {
    network->kind->step(streams, count, ids);
  } else if (network->stack.layers > 0) {
    ink_stack_step(&network->stack, states, count, ids);
  }
  for (size_t i = 0; i < count; i++) note(streams[i], ids[i]);
}

/* A text is read faster layer by layer where it has deeper ones, whose inputs then are one product.
 * A kind that does not write pools the last layer's outputs, one after another. */
ink_status ink_stream_read(ink_stream *stream, const uint32_t *ids, size_t count,
                           ink_error *error) {
  const ink_stack *stack = &stream->network->stack;
  bool deep = stack->layers > 1 && stack->table != NULL;
  if (count > 1 && deep && stream->network->kind->writes) {
    ink_status status = ink_stack_read(stack, &stream->stack, ids, count, error);
    if (status != INK_OK) return status;
    for (size_t i = 0; i < count; i++) note(stream, ids[i]);
  } else {
    for (size_t i = 0; i < count; i++) ink_streams_step(&stream, 1, &ids[i]);
  }
  return INK_OK;
}

/* The logits, of the network alone, become those of its mixture with the counts. */
static void mix_counts(ink_stream *stream) {
  const ink_network *network = stream->network;
  if (ink_network_counts(network) == NULL) return;
  size_t outputs = network->shape.outputs;
  uint32_t context[INK_COUNTS_ORDER_MAX];
  uint32_t count = ink_recent_last(&stream->recent, INK_COUNTS_ORDER_MAX, context);
  network->kernels->softmax(stream->logits, outputs, 1, stream->by_network);
  ink_counts_distribution(ink_network_counts(network), context, count, stream->by_counts);
  if (stream->counts_weight == 0) return;
  network->kernels->mix(stream->by_network, stream->by_counts, stream->counts_weight, outputs,
                        stream->logits);
}

static void pass_dense(ink_stream *const *streams, size_t count, const float **features) {
  const ink_network *network = streams[0]->network;
  ink_dense_state *states[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) states[i] = &streams[i]->dense;
  ink_dense_forward(network->kernels, &network->dense, count, states, features);
}

static void take_sigmoids(ink_stream *const *streams, size_t count) {
  const ink_shape *shape = &streams[0]->network->shape;
  for (size_t i = 0; shape->sigmoid && i < count; i++) {
    ink_dense_log_sigmoid(streams[i]->logits, shape->outputs);
  }
}

/* The logits that the layers behind `features` make of them. */
static void read_out(ink_stream *const *streams, size_t count, const float **features) {
  const ink_network *network = streams[0]->network;
  float *logits[INK_STREAMS_MAX];
  ink_quantized *quantized[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) {
    logits[i] = streams[i]->logits;
    quantized[i] = streams[i]->stack.quantized;
  }
  if (INK_HAS_FOREIGN) pass_dense(streams, count, features);
  ink_panels_product(network->kernels, &network->read_out, count, features, quantized, logits);
  if (INK_HAS_FOREIGN) take_sigmoids(streams, count);
}

void ink_stream_read_out(ink_stream *stream, const float *h) { read_out(&stream, 1, &h); }

/* What the read-out reads. */
static void find_features(ink_stream *const *streams, size_t count, const float **features) {
  const ink_network *network = streams[0]->network;
  const ink_reread *reread = ink_network_reread(network);
  if (reread != NULL) {
    ink_reread_state *states[INK_STREAMS_MAX];
    for (size_t i = 0; i < count; i++) states[i] = streams[i]->reread;
    ink_reread_features(reread, count, states, features);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    features[i] = ink_stack_output(&network->stack, &streams[i]->stack);
  }
  if (network->kind->features != NULL) network->kind->features(streams, count, features);
}

void ink_streams_predict(ink_stream *const *streams, size_t count) {
  const ink_network_kind *kind = streams[0]->network->kind;
  const float *features[INK_STREAMS_MAX];
  if (kind->predict != NULL) {
    kind->predict(streams, count);
    return;
  }
  find_features(streams, count, features);
  read_out(streams, count, features);
  for (size_t i = 0; kind->finish != NULL && i < count; i++) kind->finish(streams[i]);
  for (size_t i = 0; i < count; i++) mix_counts(streams[i]);
}
