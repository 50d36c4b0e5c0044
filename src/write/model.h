/*
 * A model: a network in use, with what its file says beside the weights.
 */
#ifndef INK_WRITE_MODEL_H
#define INK_WRITE_MODEL_H

#include "networks/network.h"

struct ink_model {
  ink_network network;
  void *weights;   /* the memory of its arrays */
  uint32_t *start; /* [start_count]: what a fresh session reads first, from the metadata */
  size_t start_count;
  uint32_t end; /* the token that ends a generation, from the metadata; or UINT32_MAX */

  bool borrows; /* all but `weights` and `info_json` of another model: of a mixture */

  ink_tensors *tensors; /* kept for the metadata; the bytes of its tensors were the caller's */
  char *info_json;
  const char *dtype; /* of the recurrent weights in the file */
  uint64_t parameters, bytes;
};

/* INK_ERROR_ARGUMENT when what the model predicts is not text. */
ink_status ink_model_check_writes(const ink_model *model, ink_error *error);

/* INK_ERROR_ARGUMENT: what needs counts has found none. */
ink_status ink_model_fail_counts(ink_error *error);

/* INK_ERROR_ARGUMENT when there are no counts, or this is no weight for them. */
ink_status ink_model_check_weight(const ink_model *model, float weight, ink_error *error);

/* Writes info_json from all the rest. */
ink_status ink_model_write_info(ink_model *model, ink_error *error);

#endif
