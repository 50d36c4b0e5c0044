/*
 * The decoder that a translator and a captioner share: a stack that reads a target, attention to
 * what an encoder left, and a read-out that predicts the target's next token. Teacher forcing:
 * whatever it would have predicted, it reads the target. In use a stream begins where the encoder
 * ended and attends to what it left.
 */
#ifndef INK_NETWORKS_DECODER_H
#define INK_NETWORKS_DECODER_H

#include "networks/examples.h"
#include "networks/network.h"

/* ---- In use: rows of ink_network_kind -------------------------------------------------------- */

/* Stack, attention over a memory of so many floats a position, and read-out. */
void ink_decoder_list(ink_lister *lister, size_t memory);

void ink_decoder_stream_lay_out(ink_stream *stream, float *state, ink_arena *arena);
void ink_decoder_features(ink_stream *const *streams, size_t count, const float **features);

/* ---- In training ----------------------------------------------------------------------------- */

typedef struct ink_decoder {
  ink_stack_window stack; /* its state before the window is for the caller to fill */
  uint32_t line_break;    /* begins and ends a target */

  size_t window;           /* steps of the batch */
  uint32_t *ids, *targets; /* [window][batch] */
  ink_attention attention;
  const float *states;        /* [window][batch][H]: of the stack */
  float *features, *dropped;  /* [window][batch][H]: of attention, and after dropout */
  float *logits;              /* [window][batch][V] */
  float *dfeatures, *dstates; /* [window][batch][H] */
  float *workspace;
} ink_decoder;

/* Gives the decoder its arrays over an arena of zeros: for the part's streams, targets of up to
 * `longest` tokens, and memories of up to `positions`. */
void ink_decoder_lay_out(ink_decoder *decoder, const ink_part_shape *shape, size_t longest,
                         size_t positions, ink_arena *arena);

/* Reads the targets of examples [count], the part's share of a batch. */
void ink_decoder_fill(ink_decoder *decoder, const ink_examples *e, const uint32_t *examples,
                      size_t count);

/* The sum of the loss. Memory: `positions` rows of shape.memory floats an example, with the
 * strides of ink_attention. `scale` as ink_loss(). */
double ink_decoder_forward(ink_decoder *decoder, const float *weights, const float *memory,
                           size_t positions, size_t position_stride, size_t stream_stride,
                           float scale, const ink_dropout_choice *dropout);

/* After forward, once: adds to gradients, gives the memory's to dmemory, and leaves that of the
 * state before the window in stack.dh and stack.dc. */
void ink_decoder_backward(ink_decoder *decoder, const float *weights, const float *memory,
                          const ink_dropout_choice *dropout, float *gradients, float *dmemory);

#endif
