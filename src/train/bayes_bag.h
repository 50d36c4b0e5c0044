/*
 * The bag of n-grams of a classifier, by naive Bayes: its weights are counted from the examples,
 * and what it says is a second opinion that has nothing of the network's.
 */
#ifndef INK_TRAIN_BAYES_BAG_H
#define INK_TRAIN_BAYES_BAG_H

#include "layers/bag.h"
#include "train/examples.h"

typedef struct ink_bayes_bag {
  float *weight; /* [classes][bag.rows] */
  float *scale;  /* [bag.order] */
  float *bias;   /* [classes] */
  float *logits; /* [examples][classes]: what the bag says of each */
} ink_bayes_bag;

/* From examples whose targets are one class each; those trained on are counted.
 * INK_ERROR_MEMORY. */
ink_status ink_bayes_bag_new(const ink_bag *bag, size_t classes, const ink_examples *examples,
                             ink_bayes_bag *made, ink_error *error);
void ink_bayes_bag_free(ink_bayes_bag *made);

#endif
