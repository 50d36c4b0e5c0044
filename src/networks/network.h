/*
 * A network: which parts of parts/ it has, and how they are wired. Every kind is one row,
 * ink_network_kind, in a file of its own; networks.c lists them, and nothing else asks which kind a
 * network is. A row's functions work on
 *   ink_network  the weights in use, immutable, for any number of streams
 *   ink_stream   one text on its way through it
 *   ink_source   what an encoder left of a text or a picture that is written from
 */
#ifndef INK_NETWORKS_NETWORK_H
#define INK_NETWORKS_NETWORK_H

#include "base/recent.h"
#include "networks/training.h"
#include "parts/attention.h"
#include "parts/counts.h"
#include "parts/dense.h"
#include "parts/reread.h"
#include "parts/stack.h"
#include "text/vocabulary.h"

typedef struct ink_network_kind ink_network_kind;

typedef struct ink_network {
  const ink_network_kind *kind;
  const ink_kernels *kernels;
  ink_shape shape;
  ink_stack stack;                        /* what a stream steps; of no layers: windows are read */
  const ink_reread *reread;               /* how these are, else NULL */
  const float *begins;                    /* the stack's state at first; NULL: zeros */
  ink_dense dense;                        /* layers before the read-out */
  ink_panels read_out;                    /* fc.weight [outputs,features] and fc.bias */
  const ink_attention_weights *attention; /* of those that write from a source, else NULL */
  void *own; /* further weights, as the kind packed them, in the arena of all weights */

  ink_counts *counts;  /* a table of n-grams of what it writes, beside it; or NULL */
  float counts_weight; /* in p = (1 - weight) p_network + weight p_counts, of a new stream */

  ink_vocabulary *vocabulary;        /* of the stack */
  ink_vocabulary *source_vocabulary; /* of the text that is written from, else NULL */
  ink_vocabulary *labels;            /* of classes, else NULL */
  size_t picture;                    /* pixels of a side of those that are written from, else 0 */
  uint32_t padding; /* the token that fills windows, or UINT32_MAX (parts/reread.h) */
} ink_network;

/* Its arrays lie in memory that the caller gives. */
typedef struct ink_stream {
  const ink_network *network;
  ink_recent recent;
  float *state; /* [ink_stream_floats()]: of the stack, of windows, and then the kind's own */
  ink_stack_state stack;
  ink_reread_state *reread;       /* where windows are read, else NULL */
  ink_attention_state *attention; /* where the network attends, else NULL */
  void *own;                      /* as the kind laid it out */
  ink_dense_state dense;          /* where there are such layers */
  float *logits;                  /* [outputs rounded up to panels] */
  float *probabilities;           /* [outputs]: scratch of whoever uses the logits */
  /* Where there are counts, [outputs]: what the network and the counts made of the present state,
   * of which the logits are a mixture; and the weight of the counts, at first the network's. */
  float *by_network, *by_counts;
  float counts_weight;
} ink_stream;

/* Or NULL. In a build without counts, or windows, what is done with them falls away. */
static inline const ink_counts *ink_network_counts(const ink_network *network) {
  return INK_HAS_COUNTS ? network->counts : NULL;
}

static inline const ink_reread *ink_network_reread(const ink_network *network) {
  return INK_HAS_FOREIGN ? network->reread : NULL;
}

struct ink_source {
  const ink_network *network;
  size_t positions; /* tokens of a text, or places of a picture, row by row */
  uint32_t *ids;    /* [positions]: the tokens of a text, else NULL */
  float *state;     /* of the stack, with which a stream begins */
  ink_memory memory;
};

/* Pixels [height][width][channels] of a picture that is written from. */
typedef struct ink_pixels {
  const uint8_t *bytes;
  uint32_t width, height, channels;
} ink_pixels;

struct ink_network_kind {
  ink_task task;
  const char *name;   /* "classifier" */
  const char *prefix; /* of the tensors of the stack that a stream steps */
  bool writes;        /* its outputs are tokens, which it reads in turn; else they are classes */

  /* In a file. NULL: nothing beyond stack and read-out. */
  ink_status (*recognise)(const ink_tensors *tensors, ink_shape *shape, ink_error *error);
  ink_status (*list)(ink_lister *lister, ink_error *error); /* all its parameters, in order */
  ink_status (*open)(ink_network *network, const ink_tensors *tensors, ink_error *error);

  /* In use. NULL: nothing to do. */
  void (*pack)(ink_packer *packer, ink_network *network);
  size_t (*state_floats)(const ink_network *network);
  void (*lay_out)(ink_stream *stream, float *state, ink_arena *arena);
  void (*begin)(ink_stream *stream);             /* in place of `begins` for the stack */
  void (*note)(ink_stream *stream, uint32_t id); /* a token that the stack has just read */
  /* What the read-out reads, where no windows are read; NULL: the last layer's h. */
  void (*features)(ink_stream *const *streams, size_t count, const float **features);
  void (*finish)(ink_stream *stream); /* the logits, when the read-out has made them */
  /* In place of features, read-out and finish; and of the stack's step. */
  void (*predict)(ink_stream *const *streams, size_t count);
  void (*step)(ink_stream *const *streams, size_t count, const uint32_t *ids);
  /* The source's state and rows [positions][shape.memory], which are attended to: from its tokens,
   * or from a picture. */
  ink_status (*encode_text)(ink_source *source, float *rows, ink_error *error);
  ink_status (*encode_picture)(ink_source *source, const ink_pixels *pixels, float *rows,
                               ink_error *error);

  const ink_training *training; /* NULL in a build that only generates */
};

/* ---- Weights --------------------------------------------------------------------------------- */

/* Packs all of it, from the parameters of a file; *memory is the caller's to free. */
ink_status ink_network_pack(ink_network *network, const ink_parameters *parameters, void **memory,
                            ink_error *error);

/* Tokens of the tensor `name`, of which there must be `count`. INK_ERROR_VOCABULARY. */
ink_status ink_network_load_tokens(const ink_tensors *tensors, const char *name, size_t count,
                                   ink_level level, ink_vocabulary **vocabulary, ink_error *error);

/* The file's own tokens or, unless that is NULL, these; of the level that its metadata says,
 * without which they are characters. */
ink_status ink_network_load_vocabulary(const ink_tensors *tensors, const char *tokens, size_t size,
                                       size_t count, ink_vocabulary **vocabulary, ink_error *error);

/* ---- Streams --------------------------------------------------------------------------------- */

size_t ink_stream_floats(const ink_network *network);
/* Over a state [ink_stream_floats()], or NULL while counting. */
void ink_stream_lay_out(const ink_network *network, float *state, ink_arena *arena,
                        ink_stream *stream);

/* Of a state of zeros makes that which is before any text. */
void ink_stream_begin(ink_stream *stream);

/* Stream i of `count`, up to INK_STREAMS_MAX and all of one network, reads token ids[i]. Weights
 * are read once for all, and each gets the bits that it would get alone. */
void ink_streams_step(ink_stream *const *streams, size_t count, const uint32_t *ids);

/* One stream reads a text; INK_ERROR_MEMORY, with nothing read. */
ink_status ink_stream_read(ink_stream *stream, const uint32_t *ids, size_t count, ink_error *error);

/* Makes the logits of every stream. */
void ink_streams_predict(ink_stream *const *streams, size_t count);

/* Leaves in the stream's logits what the network alone would say were h [hidden] the last layer's.
 * Only of a network whose read-out reads that and nothing else. */
void ink_stream_read_out(ink_stream *stream, const float *h);

#endif
