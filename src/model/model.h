/*
 * A model as the generator reads it: weights packed for products with single vectors (kernels.h
 * says how), rows padded to whole panels with zeros.
 */
#ifndef INK_MODEL_MODEL_H
#define INK_MODEL_MODEL_H

#include "inkling.h"
#include "kernels/kernels.h"
#include "layers/cell.h"
#include "layers/panels.h"
#include "model/parameters.h"
#include "text/ngram.h"
#include "text/vocabulary.h"

typedef struct ink_model_layer {
  ink_panels input;     /* W_ih [gate_rows,H] and b_ih; in layer 0 only beside an embedding */
  ink_panels recurrent; /* W_hh [gate_rows,H] and b_hh */
} ink_model_layer;

/* What a stack is made of. Of layer 0 either the table or, where it would be too large, the
 * embedding is there; both give the same bits. */
typedef struct ink_model_stack {
  float *table;     /* [V][gate_rows]: W_ih x + b_ih of layer 0 for every token; always f32 */
  float *embedding; /* [V][E]; W_ih of layer 0 then is layers[0].input, always f32 */
  ink_model_layer layers[INK_LAYERS_MAX];
} ink_model_stack;

/* A convolution, whose columns are PyTorch's (input channel, row, column), and its group norm. */
typedef struct ink_model_block {
  ink_panels convolution;
  float *norm_weight, *norm_bias; /* [channels] */
} ink_model_block;

struct ink_model {
  const ink_kernels *kernels;
  const ink_cell *cell;
  ink_shape shape;
  size_t gate_rows;                       /* G*H rounded up to panels */
  size_t logit_rows;                      /* outputs rounded up to panels */
  size_t picture;                         /* of a captioner: pixels of a side, from the metadata */
  ink_model_stack stack;                  /* what a session steps */
  ink_model_stack encoder;                /* of a translator */
  ink_model_block blocks[INK_BLOCKS_MAX]; /* of a captioner */
  ink_panels bridge;                      /* of a captioner: its picture's mean to the state */
  ink_panels key, attention;              /* of a translator or captioner */
  ink_panels read_out;                    /* fc.weight [logit_rows,features] and fc.bias */
  float *bag;      /* [bag_rows + 1][outputs]: of a classifier with a bag, its weights, and zeros */
  float *bag_bias; /* [outputs] */
  float *bag_scale; /* [bag_order] */
  void *memory;     /* of all the arrays above */

  /* ink_ngram_logits() where an n-gram stands in place of the layers, of which there then are none.
   * By pointer, so that a build that only generates does not carry it. */
  void (*predict)(const ink_ngram *ngram, const uint32_t *context, size_t count, float *logits);
  const ink_ngram *ngram;

  ink_vocabulary *vocabulary;        /* of the stack */
  ink_vocabulary *source_vocabulary; /* of a translator's encoder, else NULL */
  ink_vocabulary *labels;            /* of a classifier's classes, else NULL */
  uint32_t *start; /* [start_count]: what a fresh session reads first, from the metadata */
  size_t start_count;
  uint32_t end; /* the token that ends a generation, from the metadata; or UINT32_MAX */

  ink_tensors *tensors; /* kept for the metadata; the bytes of its tensors were the caller's */
  char *info_json;
  const char *dtype; /* of the recurrent weights in the file */
  uint64_t parameters, bytes;
};

/* INK_ERROR_ARGUMENT when what the model predicts is not text. */
ink_status ink_model_check_writes(const ink_model *model, ink_error *error);

/* Writes info_json from all the rest. */
ink_status ink_model_write_info(ink_model *model, ink_error *error);

#endif
