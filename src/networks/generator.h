/*
 * What a generator trains on.
 */
#ifndef INK_NETWORKS_GENERATOR_H
#define INK_NETWORKS_GENERATOR_H

#include "networks/training.h"
#include "text/tokens.h"

typedef struct ink_generator_dataset {
  ink_dataset base;
  ink_tokens tokens; /* the text: training tokens, then the held-out ones */
  size_t training_count, held_out_count;
  uint32_t seed;
  ink_tokens pass;        /* of a list: the training tokens as the present pass has them */
  struct ink_item *items; /* of a list, else NULL */
  uint32_t passes;        /* begun */
} ink_generator_dataset;

#endif
