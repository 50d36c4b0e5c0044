/*
 * A stack: an embedding and recurrent layers, one above another. With cells of layers/cell.h,
 *   x_part = W_ih x + b_ih      h_part = W_hh h + b_hh      h = cell(x_part, h_part, h)
 * where x is the token's embedding, or one-hot, and above it the h of the layer below. For use
 * here, token by token or a whole text at once; for training over windows see stack_window.h.
 */
#ifndef INK_PARTS_STACK_H
#define INK_PARTS_STACK_H

#include "layers/cell.h"
#include "parts/pack.h"

/* ---- In a file ------------------------------------------------------------------------------- */

/* Lists <prefix>embedding.weight and <prefix>rnn.*, of a stack that reads `vocabulary` tokens. */
void ink_stack_list(ink_lister *lister, const char *prefix, size_t vocabulary,
                    ink_stack_parameters *at);

/* From the tensors of a stack: cell, gates, hidden, layers, vocabulary and embed of the shape. */
ink_status ink_stack_recognise(const ink_tensors *tensors, const char *prefix, ink_shape *shape,
                               ink_error *error);

/* The vocabulary and the embedding's width alone, 0 where the input is one-hot. */
ink_status ink_stack_recognise_vocabulary(const ink_tensors *tensors, const char *prefix,
                                          size_t *vocabulary, size_t *embed, ink_error *error);

/* Writes and returns the name of a layer's tensor, "encoder.rnn.weight_ih_l0"; of a layer that
 * reads from the end, `reverse`, "rnn.weight_ih_l0_reverse". */
const char *ink_stack_name(const char *prefix, const char *kind, size_t layer, bool reverse,
                           char name[40]);

/* Lists those layers of the shape behind the stack `at`, whose embedding they share. */
void ink_stack_list_reverse(ink_lister *lister, const char *prefix, const ink_stack_parameters *at,
                            ink_stack_parameters *reverse);

/* The cell of a shape, for what is the same whatever the kernels. */
const ink_cell *ink_stack_cell(const ink_shape *shape);

/* ---- In use ---------------------------------------------------------------------------------- */

typedef struct ink_stack_layer {
  ink_panels input;     /* W_ih and b_ih; in layer 0 only beside an embedding */
  ink_panels recurrent; /* W_hh and b_hh, of the early gates */
  ink_panels late;      /* of the late ones, where the cell has some */
  float *own;           /* the cell's own weights, else NULL */
} ink_stack_layer;

/* Of layer 0 either the table or, where it would be too large, the embedding is there; both give
 * the same bits. */
typedef struct ink_stack {
  const ink_kernels *kernels;
  const ink_cell *cell;
  size_t hidden, layers, embed;
  size_t gate_rows; /* G*H rounded up to panels */
  float *table;     /* [V][gate_rows]: W_ih x + b_ih of layer 0 for every token; always f32 */
  float *embedding; /* [V][E]; W_ih of layer 0 then is layers[0].input */
  ink_stack_layer layer[INK_LAYERS_MAX];
} ink_stack;

void ink_stack_pack(ink_packer *packer, const ink_stack_parameters *at, ink_stack *stack);

/* One stream through a stack. */
typedef struct ink_stack_state {
  float *h, *c;           /* [layers][H]; c where the cell carries it, else NULL */
  float *x_part, *h_part; /* [gate_rows + INK_ROWS]: scratch */
  float *left;            /* [H]: scratch of cells with late gates */
  float *gates; /* [layers][G*H] of whoever looks inside: receives the gates of a step; else NULL */
  ink_quantized *quantized; /* scratch of products with int8 weights, of the widest vector */
} ink_stack_state;

/* Floats of the state: h of all layers, and c behind it where the cell carries it. */
size_t ink_stack_state_floats(const ink_stack *stack);

/* Takes the scratch from the arena, for vectors of up to `widest` and of the stack's own, and sets
 * h and c to `state` [ink_stack_state_floats()]. */
void ink_stack_state_lay_out(const ink_stack *stack, float *state, size_t widest, ink_arena *arena,
                             ink_stack_state *to);

/* h of the last layer. */
const float *ink_stack_output(const ink_stack *stack, const ink_stack_state *state);

/* Stream i of `count`, up to INK_STREAMS_MAX, reads token ids[i]. Weights are read once for all. */
void ink_stack_step(const ink_stack *stack, ink_stack_state *const *states, size_t count,
                    const uint32_t *ids);

/* Layer l alone: x_parts [count][gate_rows] of what it reads, below [count][inputs], which in layer
 * 0 are the tokens ids [count], and `below` scratch. quantized [INK_STREAMS_MAX], as wide. */
void ink_stack_inputs(const ink_stack *stack, size_t l, const uint32_t *ids, size_t count,
                      float *below, ink_quantized *quantized, float *x_parts);

/* And its step: h and c of layer l in every state, when x_parts[i] [gate_rows] is read. */
void ink_stack_run_layer(const ink_stack *stack, size_t l, ink_stack_state *const *states,
                         size_t count, const float *const *x_parts);

/* One stream reads a text; the same bits as token by token. INK_ERROR_MEMORY, with nothing read. */
ink_status ink_stack_read(const ink_stack *stack, ink_stack_state *state, const uint32_t *ids,
                          size_t count, ink_error *error);

/* Encodes a text: layer by layer over all of it, odd layers from its end (Zhou and Xu 2015), so
 * that with two layers or more what is remembered of a token has seen both sides of it. `state`
 * [ink_stack_state_floats()] becomes that after the text, outputs [count][H] what the last layer
 * put out, in the order of the text. INK_ERROR_MEMORY. */
ink_status ink_stack_encode(const ink_stack *stack, const uint32_t *ids, size_t count, float *state,
                            float *outputs, ink_error *error);

#endif
