/*
 * Windows that are read anew: for every prediction the last `window` tokens are read from where the
 * stack begins, layer by layer, and of what the layers give over them the features are made. So are
 * networks used whose layers read from both ends, which carry no state from token to token,
 *   y_t = [h_t; h'_t]     h forward over t, h' from the end; a layer above reads y
 * and those whose read-out sees the whole window. With y of the last layer, n tokens and w a
 * vector, the features are
 *   last      y_n
 *   ends      [h_n; h'_1], where each direction has read everything
 *   pooled    [ends; mean_t y_t; max_t y_t]
 *   average   sum_t a_t x_t   a_t = softmax over t of (w . x_t)   x_t = [e_t; y^1_t; ...; y^L_t]
 * where e_t is the token's embedding (textgenrnn; Felbo et al. 2017). A window that is not full yet
 * is filled with a token, on its left. For use alone: nothing here is trained.
 *
 * In a file: rnn.weight_ih_l0_reverse and so on, as PyTorch names them, of layers that read from
 * both ends; attention.average [E + the widths of all y], which is w; and of the metadata `reads`,
 * which is `last`, `ends`, `pooled` or `all`; `window`, the number of tokens; `padding`, the token,
 * where there is one; and `order`, which is `reversed` where the window's end is read first.
 */
#ifndef INK_PARTS_REREAD_H
#define INK_PARTS_REREAD_H

#include "parts/stack.h"
#include "text/vocabulary.h"

enum { INK_WINDOW_MAX = 4096 };

/* ---- In a file ------------------------------------------------------------------------------- */

/* What the metadata and the names of the tensors of a stack tell; nothing where the network carries
 * its state on. INK_ERROR_FORMAT: it reads something else, or no window says how much. */
ink_status ink_reread_recognise(const ink_tensors *tensors, const char *prefix, ink_shape *shape,
                                ink_error *error);

/* Lists what stands beside the stack, listed before; gives the width of the features. */
size_t ink_reread_list(ink_lister *lister, const char *prefix);

/* The token that fills windows, or UINT32_MAX. INK_ERROR_VOCABULARY: it is in no vocabulary. */
ink_status ink_reread_padding(const ink_tensors *tensors, const ink_vocabulary *vocabulary,
                              uint32_t *padding, ink_error *error);

/* ---- In use ---------------------------------------------------------------------------------- */

typedef struct ink_reread {
  const ink_shape *shape;
  ink_stack ends[2];      /* from the beginning on, and from the end */
  uint32_t padding;       /* or UINT32_MAX */
  const float *embedding; /* [V][E], and */
  const float *score;     /* w, of an average */
  const float *begins;    /* the state in which the stack begins, or NULL for zeros */
} ink_reread;

/* In the packer's arena; NULL while counting. `shape` must outlive it. */
ink_reread *ink_reread_pack(ink_packer *packer, const ink_shape *shape, uint32_t padding);

/* Of one stream. `recent` is its state, which is saved and copied; the rest is scratch. */
typedef struct ink_reread_state {
  float *recent; /* [ink_reread_floats()] */
  uint32_t *ids; /* [window], of which `count` are read */
  size_t count;
  float *state;
  ink_stack_state stack;
  float *below, *x_parts; /* of INK_STREAMS_MAX tokens */
  ink_quantized *quantized;
  float *outputs[INK_LAYERS_MAX]; /* [window][width] */
  double *weights;                /* [window], of an average */
  float *features;
} ink_reread_state;

/* Floats of a stream's state: the last tokens. */
size_t ink_reread_floats(const ink_reread *reread);
ink_reread_state *ink_reread_lay_out(const ink_reread *reread, float *recent, ink_arena *arena);

/* The stream has read the token. */
void ink_reread_note(const ink_reread *reread, const ink_reread_state *state, uint32_t id);

/* features[i] [width] of `count` streams, up to INK_STREAMS_MAX; they lie in the scratch. */
void ink_reread_features(const ink_reread *reread, size_t count, ink_reread_state *const *states,
                         const float **features);

#endif
