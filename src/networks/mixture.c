/*
 * A mixture of generators at work. See mixture.h for the formula. A stream of it is a stream of
 * each model; their states are its state, and what their counts need of the recent tokens is made
 * of its own whenever they predict, so that to copy, save or reset one is to do it to all.
 */
#include "networks/mixture.h"

#include <math.h>

#include "layers/panels.h"

typedef struct mixture_stream {
  ink_stream *streams; /* [1 + count] */
  float *mixed;        /* [V] */
} mixture_stream;

static const ink_mixture *mixture_of(const ink_stream *stream) { return stream->network->own; }

static ink_stream *stream_of(const ink_stream *stream, size_t i) {
  return &((mixture_stream *)stream->own)->streams[i];
}

static const ink_network *network_of(const ink_mixture *mixture, size_t i) {
  return i == 0 ? mixture->first : mixture->parts[i - 1].network;
}

static size_t mixture_state_floats(const ink_network *network) {
  const ink_mixture *mixture = network->own;
  size_t floats = 0;
  for (size_t i = 0; i <= mixture->count; i++) floats += ink_stream_floats(network_of(mixture, i));
  return floats;
}

static void mixture_lay_out(ink_stream *stream, float *state, ink_arena *arena) {
  const ink_mixture *mixture = mixture_of(stream);
  mixture_stream own = {
      .mixed = ink_arena_floats(arena, stream->network->shape.outputs, 1),
      .streams = ink_arena_take(arena, 1 + mixture->count, 1, sizeof *own.streams)};
  for (size_t i = 0; i <= mixture->count; i++) {
    const ink_network *network = network_of(mixture, i);
    ink_stream one = {0};
    ink_stream_lay_out(network, state, arena, &one);
    if (state != NULL) state += ink_stream_floats(network);
    if (i == 0) {
      stream->by_network = one.by_network;
      stream->by_counts = one.by_counts;
    }
    if (own.streams != NULL) own.streams[i] = one;
  }
  stream->own = ink_arena_put(arena, &own, sizeof own);
}

static void mixture_begin(ink_stream *stream) {
  for (size_t i = 0; i <= mixture_of(stream)->count; i++) ink_stream_begin(stream_of(stream, i));
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* What stream i reads in round `round` for its token; false when that is no more. */
static bool next_token(const ink_mixture_part *part, const ink_stream *stream, uint32_t id,
                       size_t round, uint32_t *token) {
  size_t before = stream->recent.count == 0 ? part->start_count : 0;
  size_t from = part->read_at[id], count = part->read_at[id + 1] - from;
  if (round >= before + count) return false;
  *token = round < before ? part->start[round] : part->read[from + round - before];
  return true;
}

static void step_part(size_t i, ink_stream *const *streams, size_t count, const uint32_t *ids) {
  const ink_mixture_part *part = &mixture_of(streams[0])->parts[i - 1];
  for (size_t round = 0;; round++) {
    ink_stream *reading[INK_STREAMS_MAX];
    uint32_t tokens[INK_STREAMS_MAX];
    size_t left = 0;
    for (size_t s = 0; s < count; s++) {
      if (!next_token(part, streams[s], ids[s], round, &tokens[left])) continue;
      reading[left++] = stream_of(streams[s], i);
    }
    if (left == 0) return;
    ink_streams_step(reading, left, tokens);
  }
}

static void mixture_step(ink_stream *const *streams, size_t count, const uint32_t *ids) {
  ink_stream *first[INK_STREAMS_MAX];
  for (size_t s = 0; s < count; s++) first[s] = stream_of(streams[s], 0);
  ink_streams_step(first, count, ids);
  for (size_t i = 1; i <= mixture_of(streams[0])->count; i++) step_part(i, streams, count, ids);
}

/* The last tokens of the stream as part i has read them, as many as its predictions go by. */
static void recall(const ink_stream *stream, size_t i) {
  const ink_recent *recent = &stream->recent;
  ink_recent *to = &stream_of(stream, i)->recent;
  if (i == 0) {
    *to = *recent;
    return;
  }
  const ink_mixture_part *part = &mixture_of(stream)->parts[i - 1];
  size_t wanted = INK_COUNTS_ORDER_MAX, found = 0;
  uint32_t back = 0;
  while (back < recent->count && found < wanted) {
    uint32_t id = ink_recent_at(recent, ++back);
    found += part->read_at[id + 1] - part->read_at[id];
  }
  *to = (ink_recent){0};
  bool all = back == recent->count && recent->count > 0 && recent->count < INK_RECENT_MAX;
  for (size_t r = 0; all && r < part->start_count; r++) ink_recent_add(to, part->start[r]);
  for (; back > 0; back--) {
    uint32_t id = ink_recent_at(recent, back);
    for (uint32_t r = part->read_at[id]; r < part->read_at[id + 1]; r++) {
      ink_recent_add(to, part->read[r]);
    }
  }
}

/* ---- Predicting ------------------------------------------------------------------------------ */

/* A model's own probabilities; NULL when its logits are not finite. */
static const float *probabilities_of(ink_stream *stream) {
  const ink_kernels *kernels = stream->network->kernels;
  size_t outputs = stream->network->shape.outputs;
  if (!kernels->finite(stream->logits, outputs)) return NULL;
  kernels->softmax(stream->logits, outputs, 1, stream->probabilities);
  return stream->probabilities;
}

/* mixed [V] += weight * p', of what the first says, and the part: see mixture.h. */
static void add_part(const ink_mixture_part *part, size_t vocabulary, const float *first,
                     const float *says, float *mixed) {
  double shared = 0, own = 0;
  for (size_t t = 0; t < vocabulary && !part->same; t++) {
    if (part->own[t] == UINT32_MAX) continue;
    shared += (double)first[t];
    own += (double)says[part->own[t]];
  }
  float scale = part->same ? 1 : own > 0 ? (float)(shared / own) : 0;
  for (size_t t = 0; t < vocabulary; t++) {
    bool lacks = part->own[t] == UINT32_MAX || !(scale > 0);
    mixed[t] += part->weight * (lacks ? first[t] : says[part->own[t]] * scale);
  }
}

static void mix(ink_stream *stream) {
  const ink_mixture *mixture = mixture_of(stream);
  const ink_network *network = stream->network;
  size_t vocabulary = network->shape.outputs;
  float *mixed = ((mixture_stream *)stream->own)->mixed;
  const float *first = probabilities_of(stream_of(stream, 0));
  bool finite = first != NULL;
  for (size_t t = 0; finite && t < vocabulary; t++) mixed[t] = mixture->weight * first[t];
  for (size_t i = 1; i <= mixture->count && finite; i++) {
    const float *says = probabilities_of(stream_of(stream, i));
    finite = says != NULL;
    if (finite) add_part(&mixture->parts[i - 1], vocabulary, first, says, mixed);
  }
  if (finite) {
    network->kernels->mix(mixed, mixed, 0, vocabulary, stream->logits);
  } else {
    stream->logits[0] = NAN; /* whoever uses them says so */
  }
}

static void mixture_predict(ink_stream *const *streams, size_t count) {
  const ink_mixture *mixture = mixture_of(streams[0]);
  for (size_t i = 0; i <= mixture->count; i++) {
    ink_stream *ones[INK_STREAMS_MAX];
    for (size_t s = 0; s < count; s++) {
      ones[s] = stream_of(streams[s], i);
      recall(streams[s], i);
      if (i == 0) ones[s]->counts_weight = streams[s]->counts_weight;
    }
    ink_streams_predict(ones, count);
  }
  for (size_t s = 0; s < count; s++) mix(streams[s]);
}

const ink_network_kind ink_mixture_kind = {.task = INK_TASK_GENERATOR,
                                           .name = "generator",
                                           .prefix = "",
                                           .writes = true,
                                           .state_floats = mixture_state_floats,
                                           .lay_out = mixture_lay_out,
                                           .begin = mixture_begin,
                                           .step = mixture_step,
                                           .predict = mixture_predict};
