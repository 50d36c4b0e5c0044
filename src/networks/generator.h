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
} ink_generator_dataset;

#endif
