/*
 * What a translator or captioner writes from: the state that its encoder left, and the memory that
 * attention looks at, as keys to be compared with a state and as columns to be mixed.
 */
#ifndef INK_GENERATE_SOURCE_H
#define INK_GENERATE_SOURCE_H

#include <stdbool.h>

#include "inkling.h"
#include "kernels/kernels.h"

struct ink_source {
  const ink_model *model;
  size_t positions; /* S: tokens of a text, or places of a picture, row by row */
  uint32_t *ids;    /* [S]: the tokens of a text, else NULL */
  float *state;     /* [layers][H], and c behind it where the cell carries it */
  ink_panels keys;  /* [S,H] */
  ink_panels mix;   /* [A,S] */
  void *allocated;  /* of all the arrays above */
};

/* A source with room for so many positions, of a text or not, and zeros for its state. */
ink_status ink_source_new(const ink_model *model, size_t positions, bool text, ink_source **source,
                          ink_error *error);

/* Fills keys and mix from the memory [S][A]. INK_ERROR_MEMORY. */
ink_status ink_source_remember(ink_source *source, const float *memory, ink_error *error);

/* y[i] [panels->rows] = what `panels` makes of x[i], rows [columns] of an array, for any number of
 * them; quantized as ink_panels_product(). */
void ink_source_multiply(const ink_model *model, const ink_panels *panels, size_t count,
                         const float *x, ink_quantized *quantized, float *y);

#endif
