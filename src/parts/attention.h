/*
 * Attention to what an encoder left: a memory of positions m_j, each with a key k_j = W_k m_j. From
 * a decoder's state h it makes the features that the read-out reads,
 *   a = softmax_j(h . k_j / sqrt(H))   context = sum_j a_j m_j   features = tanh(W [context; h] +
 *     b)
 * ("general" attention, Luong et al. 2015, scaled). In training the maths is layers/attention.h.
 */
#ifndef INK_PARTS_ATTENTION_H
#define INK_PARTS_ATTENTION_H

#include "layers/attention.h"
#include "parts/pack.h"

/* A build that only generates writes from no source, and so attends to none. */
#ifdef INK_GENERATE_ONLY
enum { INK_HAS_SOURCES = 0 };
#else
enum { INK_HAS_SOURCES = 1 };
#endif

/* Lists attention.*, over a memory of so many floats a position. */
void ink_attention_list(ink_lister *lister, size_t memory);

/* ---- In use ---------------------------------------------------------------------------------- */

typedef struct ink_attention_weights {
  const ink_kernels *kernels;
  size_t hidden, width; /* H; floats a position, A */
  ink_panels key;       /* [H,A] */
  ink_panels output;    /* [H,A+H] */
} ink_attention_weights;

void ink_attention_pack(ink_packer *packer, ink_attention_weights *attention);

/* A memory laid out for the two products that look at it. Immutable once filled. */
typedef struct ink_memory {
  size_t positions; /* S */
  ink_panels keys;  /* [S,H] */
  ink_panels mix;   /* [A,S] */
} ink_memory;

void ink_memory_lay_out(const ink_attention_weights *attention, size_t positions, ink_arena *arena,
                        ink_memory *memory);

/* Fills it from rows [S][A]. INK_ERROR_MEMORY. */
ink_status ink_memory_fill(const ink_attention_weights *attention, const float *rows,
                           ink_memory *memory, ink_error *error);

/* What one stream attends with. */
typedef struct ink_attention_state {
  const ink_memory *memory; /* NULL: the context is zeros */
  float *scores;            /* [S rounded up to panels], which free() releases: a, when attended */
  float *joined;            /* [A + H]: the context, then h */
  float *context;           /* [A rounded up to panels] */
  float *features;          /* [H rounded up to panels] */
} ink_attention_state;

void ink_attention_state_lay_out(const ink_attention_weights *attention, ink_arena *arena,
                                 ink_attention_state *state);

/* From now on the stream looks at this memory. INK_ERROR_MEMORY changes nothing. */
ink_status ink_attention_look_at(ink_attention_state *state, const ink_memory *memory,
                                 ink_error *error);

/* features of every stream, of its h [H]; quantized[i] is scratch for vectors [A + H]. */
void ink_attention_attend(const ink_attention_weights *attention,
                          ink_attention_state *const *states, size_t count, const float *const *h,
                          ink_quantized *const *quantized);

/* ---- In training ----------------------------------------------------------------------------- */

/* Arrays for windows of up to `steps`, streams `batch` and memories of up to `positions`. */
void ink_attention_lay_out(const ink_shape *shape, size_t steps, size_t batch, size_t positions,
                           ink_arena *arena, ink_attention *layer);

/* Points the layer at its weights; the caller sets kernels, batch, positions and strides. */
void ink_attention_set_weights(const ink_parameters *parameters, const float *weights,
                               ink_attention *layer);

#endif
