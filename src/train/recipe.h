/*
 * The recipe: what to train with, chosen from the material.
 */
#ifndef INK_TRAIN_RECIPE_H
#define INK_TRAIN_RECIPE_H

#include "networks/training.h"

/* Validations of a run whose length is chosen for a time; each token is a third as dear as in an
 * update. */
enum { INK_RECIPE_VALIDATIONS = 20 };

/* Multiply-adds, about, for each token of an update, with so many outputs of the read-out. */
double ink_recipe_work(const ink_train_options *options, double outputs);

#endif
