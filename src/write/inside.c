/*
 * Looking inside of a session: what a text does to every unit, token by token, and single units of
 * the state, to be read and written. A build that only generates has none of it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "write/session.h"

/* ---- A unit of the state --------------------------------------------------------------------- */

/* NULL when there is no such unit. */
static float *find_unit(const ink_session *session, ink_state_kind kind, uint32_t layer,
                        uint32_t unit, ink_error *error) {
  const ink_stack *stack = &session->model->network.stack;
  const ink_stack_state *state = &session->stream.stack;
  if (stack->layers == 0) {
    ink_fail(error, INK_ERROR_ARGUMENT,
             "the model carries no state of its own from token to token, so there is no unit");
    return NULL;
  }
  if (layer >= stack->layers || unit >= stack->hidden) {
    ink_fail(error, INK_ERROR_ARGUMENT,
             "there is no unit %lu in layer %lu: the model has %zu layers of %zu units",
             (unsigned long)unit, (unsigned long)layer, stack->layers, stack->hidden);
    return NULL;
  }
  float *all = kind == INK_STATE_HIDDEN ? state->h : kind == INK_STATE_CELL ? state->c : NULL;
  if (all == NULL && kind > INK_STATE_CELL) {
    ink_fail(error, INK_ERROR_ARGUMENT, "a state has a hidden and a cell part, and no part %d",
             (int)kind);
    return NULL;
  }
  if (all == NULL) {
    ink_fail(error, INK_ERROR_ARGUMENT, "a %s has no cell state", stack->cell->name);
    return NULL;
  }
  return all + layer * stack->hidden + unit;
}

ink_status ink_session_state(const ink_session *session, ink_state_kind kind, uint32_t layer,
                             uint32_t unit, float *value, ink_error *error) {
  const float *at = find_unit(session, kind, layer, unit, error);
  if (at == NULL) return INK_ERROR_ARGUMENT;
  *value = *at;
  return INK_OK;
}

ink_status ink_session_set_state(ink_session *session, ink_state_kind kind, uint32_t layer,
                                 uint32_t unit, float value, ink_error *error) {
  float *at = find_unit(session, kind, layer, unit, error);
  if (at == NULL) return INK_ERROR_ARGUMENT;
  if (!isfinite(value)) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "a unit's value must be a finite number");
  }
  *at = value;
  session->fresh = false; /* what reads a start first would change the state that was written */
  session->has_logits = false;
  return INK_OK;
}

/* ---- A trace --------------------------------------------------------------------------------- */

enum { TRACE_MB_MAX = 256 };

const char *ink_model_gate(const ink_model *model, uint32_t index) {
  const ink_stack *stack = &model->network.stack;
  return stack->layers == 0 || index >= INK_GATES_MAX ? NULL : stack->cell->gate_names[index];
}

/* What is laid out: the arrays of `trace`, of which some may not be wanted. */
typedef struct tracing {
  ink_trace trace;
  bool has_cell, logits, layer_logits;
} tracing;

static void lay_out(void *object, ink_arena *arena) {
  tracing *t = object;
  ink_trace *trace = &t->trace;
  size_t tokens = trace->tokens, layers = trace->layers, hidden = trace->units;
  trace->ids = ink_arena_take(arena, tokens, 1, sizeof *trace->ids);
  trace->nats = ink_arena_floats(arena, tokens, 1);
  trace->hidden = ink_arena_floats3(arena, tokens, layers, hidden);
  if (t->has_cell) trace->cell = ink_arena_floats3(arena, tokens, layers, hidden);
  if (trace->gate_count > 0) {
    trace->gates = ink_arena_floats3(arena, tokens, layers * trace->gate_count, hidden);
  }
  if (t->logits) trace->logits = ink_arena_floats(arena, tokens, trace->outputs);
  if (t->layer_logits) {
    trace->layer_logits = ink_arena_floats3(arena, tokens, layers, trace->outputs);
  }
}

/* The read-out of some reads more than one layer's h: of what was attended to, or a window. */
static ink_status check_layers(const ink_network *network, uint32_t also, ink_error *error) {
  if (also >= 2 * INK_TRACE_LAYER_LOGITS) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "a trace has no part %lu", (unsigned long)also);
  }
  if ((also & INK_TRACE_LAYER_LOGITS) == 0) return INK_OK;
  if (network->attention == NULL && network->shape.reads == INK_READS_STATE) return INK_OK;
  return ink_fail(
      error, INK_ERROR_ARGUMENT,
      "the read-out of this model reads %s, and so says nothing of one layer alone",
      network->attention != NULL ? "what is attended to besides" : "all layers over a window");
}

/* The arrays of a trace of so many tokens, in memory that is refused before it is asked for where
 * it would be too much. */
static ink_status allocate(const ink_network *network, size_t tokens, uint32_t also, tracing *t,
                           ink_error *error) {
  const ink_stack *stack = &network->stack;
  *t = (tracing){.trace = {.tokens = tokens,
                           .layers = stack->layers,
                           .units = stack->hidden,
                           .outputs = network->shape.outputs},
                 .has_cell = stack->layers > 0 && stack->cell->carries_c,
                 .logits = (also & INK_TRACE_LOGITS) != 0,
                 .layer_logits = (also & INK_TRACE_LAYER_LOGITS) != 0};
  bool gates = (also & INK_TRACE_GATES) != 0 && stack->layers > 0;
  if (gates && stack->cell->gate_names[0] != NULL) t->trace.gate_count = stack->cell->gates;
  ink_arena counted = {0};
  lay_out(t, &counted);
  size_t mb = counted.size / 1000000;
  if (counted.overflow || mb > TRACE_MB_MAX) {
    return ink_fail(
        error, INK_ERROR_MEMORY,
        "a trace of %zu tokens, with %zu layer%s of %zu units, takes %zu MB where %d are "
        "the most: trace a part of the text",
        tokens, stack->layers, stack->layers == 1 ? "" : "s", stack->hidden, mb, TRACE_MB_MAX);
  }
  return ink_arena_allocate(lay_out, t, &t->trace.memory, NULL, error);
}

/* What the read-out makes of every layer. The session's logits, which it leaves spoiled, are not
 * made yet. */
static void read_layers(ink_session *session, float *layer_logits) {
  const ink_network *network = &session->model->network;
  ink_stream *stream = &session->stream;
  size_t outputs = network->shape.outputs, hidden = network->stack.hidden;
  for (size_t l = 0; l < network->stack.layers; l++) {
    ink_stream_read_out(stream, stream->stack.h + l * hidden);
    memcpy(layer_logits + l * outputs, stream->logits, outputs * sizeof(float));
  }
}

/* The session reads the token, of which the trace is told. False when the logits before it are not
 * finite. */
static bool step(ink_session *session, size_t at, uint32_t id, const tracing *t) {
  const ink_trace *trace = &t->trace;
  size_t state = trace->layers * trace->units;
  trace->ids[at] = id;
  trace->nats[at] = NAN;
  if (!session->fresh) {
    double normaliser = ink_session_normaliser(session);
    if (isnan(normaliser)) return false;
    trace->nats[at] = (float)(normaliser - (double)ink_session_logits(session)[id]);
  }
  ink_stack_state *stack = &session->stream.stack;
  if (trace->gates != NULL) stack->gates = trace->gates + at * trace->gate_count * state;
  ink_session_step(session, id);
  if (state > 0) memcpy(trace->hidden + at * state, stack->h, state * sizeof(float));
  if (t->has_cell) memcpy(trace->cell + at * state, stack->c, state * sizeof(float));
  if (t->layer_logits) {
    read_layers(session, trace->layer_logits + at * trace->layers * trace->outputs);
  }
  if (t->logits) {
    memcpy(trace->logits + at * trace->outputs, ink_session_logits(session),
           trace->outputs * sizeof(float));
  }
  return true;
}

/* A fork reads the text, so that a session of which it fails stays as it was. */
static ink_status read(ink_session *session, const uint32_t *ids, const tracing *t,
                       ink_error *error) {
  ink_session *reader;
  ink_status status = ink_session_fork(session, &reader, error);
  if (status != INK_OK) return status;
  ink_session_read_start(reader);
  for (size_t i = 0; i < t->trace.tokens && status == INK_OK; i++) {
    if (!step(reader, i, ids[i], t)) status = ink_session_fail_infinite(error);
  }
  if (status == INK_OK) ink_session_copy(reader, session);
  ink_session_free(reader);
  return status;
}

ink_status ink_session_trace(ink_session *session, const char *text, size_t bytes, int skip_unknown,
                             uint32_t also, ink_trace *trace, ink_error *error) {
  *trace = (ink_trace){0};
  uint32_t *ids;
  size_t count;
  tracing t;
  const ink_network *network = &session->model->network;
  ink_status status = ink_model_check_writes(session->model, error);
  if (status == INK_OK) status = check_layers(network, also, error);
  if (status != INK_OK) return status;
  status = ink_prompt_encode(network->vocabulary, text, bytes, skip_unknown, &ids, &count, error);
  if (status != INK_OK) return status;
  status = allocate(network, count, also, &t, error);
  if (status == INK_OK) {
    status = read(session, ids, &t, error);
    if (status == INK_OK) *trace = t.trace;
    if (status != INK_OK) free(t.trace.memory);
  }
  if (status == INK_OK) ink_session_note_text(session, text, bytes);
  free(ids);
  return status;
}
