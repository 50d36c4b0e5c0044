/*
 * A bag of n-grams beside a classifier's network (layers/bag.h has the formula): a second opinion,
 * counted rather than learnt by descent. The classes' logits are the mean of the network's and the
 * bag's. Its weights are those of multinomial naive Bayes (McCallum and Nigam 1998).
 */
#ifndef INK_PARTS_BAG_H
#define INK_PARTS_BAG_H

#include "base/recent.h"
#include "layers/bag.h"
#include "parts/pack.h"
#include "text/sequences.h"
#include "text/vocabulary.h"

/* Writes letters [vocabulary's count + 1], as a bag needs them. */
void ink_bag_letters(const ink_vocabulary *vocabulary, uint32_t *letters);

/* Lists bag.*, if the shape has one; the trainer's updates pass over it. INK_ERROR_ARGUMENT: a
 * number of rows that does not fit. */
ink_status ink_bag_list(ink_lister *lister, ink_error *error);

/* The shape's bag_order, bag_rows, bag_words and bag_keys: 0 where the file has none. */
ink_status ink_bag_recognise(const ink_tensors *tensors, ink_shape *shape, ink_error *error);

/* ---- In use ---------------------------------------------------------------------------------- */

typedef struct ink_bag_weights {
  ink_bag bag; /* of order 0: there is none */
  size_t classes;
  float *rows;  /* [bag.rows + 1][classes], the last one zeros */
  float *bias;  /* [classes] */
  float *scale; /* [bag.order] */
  float *words; /* the scale of words, where they are counted */
} ink_bag_weights;

void ink_bag_pack(ink_packer *packer, const ink_vocabulary *vocabulary, ink_bag_weights *weights);

/* Adds to sum [classes] the runs that end with token `id`, read after `before`; id bag.vocabulary
 * is the text's end. */
void ink_bag_add_runs(const ink_bag_weights *weights, const ink_recent *before, uint32_t id,
                      float *sum);

/* logits [classes], the network's, become the mean of these and of the bag's, whose runs so far are
 * in sum [classes], if the text ends here. scratch [classes]. */
void ink_bag_average(const ink_bag_weights *weights, const ink_recent *before, const float *sum,
                     float *scratch, float *logits);

/* ---- In training ----------------------------------------------------------------------------- */

/* Examples of which what was learnt is expected to have as much to say as what was counted; of
 * fewer the counts have the more. By trying 40 to 1,600 headlines and names. */
enum { INK_BAG_MANY = 6000 };

typedef struct ink_bag_counts {
  void *memory;  /* of all but the keys */
  float *weight; /* [classes][bag.rows] */
  float *keys;   /* the bag's, or NULL */
  float *scale;  /* [its kinds] */
  float *bias;   /* [classes] */
  float *logits; /* [examples][classes]: what the bag says of each */
} ink_bag_counts;

/* Gives rows to the runs of the first `training` of the texts: as many rows as they need, at most
 * `most` beside those of tokens, and a few runs less where these are too few. bag->keys is then the
 * caller's to free. INK_ERROR_MEMORY. */
ink_status ink_bag_claim(ink_bag *bag, const ink_sequences *texts, size_t training, size_t most,
                         ink_error *error);

/* Counts the first `training` of the examples, whose labels [count] are sequences of one class
 * each. The bag's keys become made->keys, also after an error. INK_ERROR_MEMORY. */
ink_status ink_bag_count(const ink_bag *bag, size_t classes, const ink_sequences *texts,
                         const ink_sequences *labels, size_t training, ink_bag_counts *made,
                         ink_error *error);
void ink_bag_counts_free(ink_bag_counts *made);

/* Puts the counts among the weights [parameters->size], to have a say of 1 - share in [0,1) where
 * the network's is `share`: the mean that a model takes of both is the same of 2 (1 - share) times
 * the bag's biases and scales and 2 share times the network's logits. */
void ink_bag_fill(const ink_bag_counts *counts, const ink_parameters *parameters, float share,
                  float *weights);

/* The share that such weights were given. */
float ink_bag_share(const ink_bag_counts *counts, const ink_parameters *parameters,
                    const float *weights);

/* Of examples `first` on of `labels`, the network's logits [examples][classes]: the share that
 * gives them the smallest loss, with what it costs to be unlike the expected one, the more the
 * fewer examples there are. Their mean loss then goes to *loss. */
float ink_bag_choose(const ink_bag_counts *counts, const ink_sequences *labels, size_t first,
                     size_t classes, const float *network, float expected, double *loss);

#endif
