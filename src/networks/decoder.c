/*
 * Decoder with attention and teacher forcing. See decoder.h.
 */
#include "networks/decoder.h"

#include "base/random.h"
#include "base/size.h"
#include "layers/loss.h"

/* ---- In use ---------------------------------------------------------------------------------- */

void ink_decoder_list(ink_lister *l, size_t memory) {
  ink_parameters *p = l->parameters;
  ink_stack_list(l, "", p->shape.vocabulary, &p->stack);
  ink_attention_list(l, memory);
  ink_list_read_out(l, p->shape.hidden);
}

void ink_decoder_stream_lay_out(ink_stream *stream, float *state, ink_arena *arena) {
  (void)state; /* attention carries nothing from token to token */
  ink_attention_state attention = {0};
  ink_attention_state_lay_out(stream->network->attention, arena, &attention);
  stream->attention = ink_arena_put(arena, &attention, sizeof attention);
}

void ink_decoder_features(ink_stream *const *streams, size_t count, const float **features) {
  const ink_network *network = streams[0]->network;
  ink_attention_state *states[INK_STREAMS_MAX];
  ink_quantized *quantized[INK_STREAMS_MAX];
  const float *h[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) {
    h[i] = ink_stack_output(&network->stack, &streams[i]->stack);
    states[i] = streams[i]->attention;
    quantized[i] = streams[i]->stack.quantized;
    features[i] = states[i]->features;
  }
  ink_attention_attend(network->attention, states, count, h, quantized);
}

/* ---- In training ----------------------------------------------------------------------------- */

void ink_decoder_lay_out(ink_decoder *d, const ink_part_shape *shape, size_t longest,
                         size_t positions, ink_arena *arena) {
  const ink_shape *network = &shape->parameters->shape;
  size_t hidden = network->hidden, memory = network->memory, batch = shape->batch;
  size_t steps = longest + 1, rows; /* with the token that ends a target */
  d->stack.parameters = shape->parameters;
  d->stack.at = &shape->parameters->stack;
  d->stack.kernels = shape->kernels;
  d->stack.batch = batch;
  d->line_break = ink_vocabulary_find(shape->dataset->vocabulary, '\n');
  ink_stack_window_lay_out(&d->stack, steps, arena);
  if (!ink_size_multiply(steps, batch, &rows)) {
    arena->overflow = true;
    return;
  }
  d->ids = ink_arena_take(arena, rows, 1, sizeof *d->ids);
  d->targets = ink_arena_take(arena, rows, 1, sizeof *d->targets);
  d->features = ink_arena_floats(arena, rows, hidden);
  d->dropped = ink_arena_floats(arena, rows, hidden);
  d->logits = ink_arena_floats(arena, rows, network->outputs);
  d->dfeatures = ink_arena_floats(arena, rows, hidden);
  d->dstates = ink_arena_floats(arena, rows, hidden);
  ink_attention_lay_out(network, steps, batch, positions, arena, &d->attention);
  size_t widest = ink_size_max(ink_size_max(hidden, memory + hidden),
                               ink_size_max(positions, network->outputs));
  d->workspace = ink_arena_floats(arena, ink_gemm_workspace(widest), 1);
}

void ink_decoder_fill(ink_decoder *d, const ink_examples *e, const uint32_t *examples,
                      size_t count) {
  d->stack.batch = count;
  d->window = 0;
  for (size_t b = 0; b < count; b++) {
    d->window = ink_size_max(d->window, ink_sequence_tokens(&e->targets, examples[b]) + 1);
  }
  for (size_t b = 0; b < count; b++) {
    const uint32_t *target = e->targets.ids + e->targets.starts[examples[b]];
    size_t tokens = ink_sequence_tokens(&e->targets, examples[b]);
    for (size_t t = 0; t < d->window; t++) {
      size_t at = t * count + b;
      d->ids[at] = t > 0 && t <= tokens ? target[t - 1] : d->line_break;
      d->targets[at] = t < tokens ? target[t] : t == tokens ? d->line_break : INK_NO_TARGET;
    }
  }
}

/* The key of the decoder's own dropout, so that it is not that of an encoder beside it. */
static ink_dropout_choice own_dropout(const ink_dropout_choice *dropout) {
  ink_dropout_choice own = *dropout;
  own.key = ink_random_mix(dropout->key + 1);
  return own;
}

static void drop(const ink_decoder *d, const ink_dropout_choice *dropout, const float *x,
                 float *y) {
  size_t hidden = d->stack.parameters->shape.hidden, batch = d->stack.batch;
  for (size_t t = 0; t < d->window; t++) {
    for (size_t b = 0; b < batch; b++) {
      uint64_t key = ink_dropout_key(dropout, INK_LAYERS_MAX, t, b);
      size_t row = (t * batch + b) * hidden;
      d->stack.kernels->drop(x + row, hidden, dropout->rate, key, y + row);
    }
  }
}

double ink_decoder_forward(ink_decoder *d, const float *weights, const float *memory,
                           size_t positions, size_t position_stride, size_t stream_stride,
                           float scale, const ink_dropout_choice *dropout) {
  const ink_parameters *p = d->stack.parameters;
  const ink_kernels *kernels = d->stack.kernels;
  size_t rows = d->window * d->stack.batch;
  ink_dropout_choice own = own_dropout(dropout);
  d->states = ink_stack_window_forward(&d->stack, weights, d->window, d->ids, &own);
  ink_attention *attention = &d->attention;
  attention->kernels = kernels;
  attention->batch = d->stack.batch;
  attention->positions = positions;
  attention->position_stride = position_stride;
  attention->stream_stride = stream_stride;
  attention->workspace = d->workspace;
  ink_attention_set_weights(p, weights, attention);
  ink_attention_forward(attention, d->window, d->states, memory, d->features);
  drop(d, &own, d->features, d->dropped);
  ink_linear output = ink_trained_read_out(p, weights);
  ink_linear_forward(kernels, &output, rows, d->dropped, d->logits, d->workspace);
  return ink_loss(kernels, rows, output.out, d->logits, d->targets, scale);
}

void ink_decoder_backward(ink_decoder *d, const float *weights, const float *memory,
                          const ink_dropout_choice *dropout, float *gradients, float *dmemory) {
  const ink_parameters *p = d->stack.parameters;
  ink_dropout_choice own = own_dropout(dropout);
  ink_linear output = ink_trained_read_out(p, weights);
  ink_linear_backward(d->stack.kernels, &output, d->window * d->stack.batch, d->dropped, d->logits,
                      gradients + p->read_out.weight, gradients + p->read_out.bias, d->dfeatures,
                      d->workspace);
  drop(d, &own, d->dfeatures, d->dfeatures);
  ink_attention_backward(&d->attention, d->window, d->states, memory, d->features, d->dfeatures,
                         gradients + p->attention.key_weight, gradients + p->attention.weight,
                         gradients + p->attention.bias, d->dstates, dmemory);
  ink_stack_window_clear_gradient(&d->stack);
  ink_stack_window_backward(&d->stack, weights, d->window, d->ids, &own, d->dstates, true,
                            gradients);
}
