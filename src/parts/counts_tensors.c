/*
 * A table of n-grams in a model file. See counts.h for the tensors.
 */
#include <stdlib.h>
#include <string.h>

#include "base/print.h"
#include "base/status.h"
#include "parts/counts.h"

static const char *const names[] = {"counts.sizes", "counts.discounts", "counts.tree"};
enum { NAMES = 3 };
static const char weight_key[] = "counts_weight", order_key[] = "counts_order";

bool ink_tensor_is_counts(const ink_tensor *tensor) {
  for (int i = 0; i < NAMES; i++) {
    if (strcmp(tensor->name, names[i]) == 0) return true;
  }
  return false;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* The n-th of the tensors, which must be a list of this type. */
static ink_status find(const ink_tensors *tensors, int n, ink_dtype dtype, const ink_tensor **found,
                       ink_error *error) {
  *found = ink_tensors_find(tensors, names[n]);
  if (*found == NULL) return ink_fail(error, INK_ERROR_FORMAT, "%s is missing", names[n]);
  if ((*found)->dtype == dtype && (*found)->axes == 1) return INK_OK;
  return ink_fail(error, INK_ERROR_FORMAT, "%s is not a list of %s", names[n],
                  ink_dtype_name(dtype));
}

/* "0.3": digits, perhaps with a point among them, from 0 to 1. */
static bool parse_weight(const char *text, float *weight) {
  uint32_t value = 0, scale = 0; /* scale 0: before the point */
  bool digits = false;
  for (; *text != '\0' && value < 1000000; text++) {
    if (*text == '.' && scale == 0) {
      scale = 1;
    } else if (*text >= '0' && *text <= '9') {
      value = 10 * value + (uint32_t)(*text - '0');
      scale *= 10;
      digits = true;
    } else {
      return false;
    }
  }
  if (scale == 0) scale = 1;
  *weight = (float)value / (float)scale;
  return digits && *text == '\0' && value <= scale;
}

static ink_status read_weight(const ink_tensors *tensors, float *weight, ink_error *error) {
  const char *text = ink_tensors_metadata(tensors, weight_key);
  if (text != NULL && parse_weight(text, weight)) return INK_OK;
  return ink_fail(error, INK_ERROR_FORMAT, "the metadata's %s is %.40s where 0 to 1 fits",
                  weight_key, text == NULL ? "missing" : text);
}

ink_status ink_counts_open(const ink_tensors *tensors, size_t vocabulary, ink_counts **counts,
                           float *weight, ink_error *error) {
  *counts = NULL;
  *weight = 0;
  bool any = false;
  for (int i = 0; i < NAMES; i++) any = any || ink_tensors_find(tensors, names[i]) != NULL;
  if (!any) return INK_OK;
  const ink_tensor *sizes, *discounts, *tree;
  ink_status status = find(tensors, 0, INK_U32, &sizes, error);
  if (status == INK_OK) status = find(tensors, 1, INK_F32, &discounts, error);
  if (status == INK_OK) status = find(tensors, 2, INK_U8, &tree, error);
  if (status == INK_OK) status = read_weight(tensors, weight, error);
  if (status != INK_OK) return status;
  size_t order = sizes->count / 2;
  ink_counts_coded coded = {
      .order = (uint32_t)order, .tree = tree->bytes, .tree_size = tree->count};
  if (sizes->count % 2 != 1 || order < 1 || order > INK_COUNTS_ORDER_MAX) {
    return ink_fail(error, INK_ERROR_FORMAT, "%s has %zu numbers where 3, 5 … or %d fit", names[0],
                    sizes->count, 1 + 2 * INK_COUNTS_ORDER_MAX);
  }
  if (discounts->count != 3 * order) {
    return ink_fail(error, INK_ERROR_FORMAT, "%s has %zu numbers where %zu fit", names[1],
                    discounts->count, 3 * order);
  }
  memcpy(coded.sizes, sizes->bytes, sizes->count * sizeof *coded.sizes);
  status = ink_tensor_floats(discounts, coded.discounts, error);
  return status == INK_OK ? ink_counts_read(&coded, vocabulary, counts, error) : status;
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* list [at least NAMES more than there are]: the file's other tensors, then those of the counts. */
static ink_status write_file(const ink_tensors *source, const ink_counts_coded *coded, float weight,
                             ink_tensor *list, uint8_t **file, size_t *size, ink_error *error) {
  char weight_text[16], order_text[16];
  size_t count = 0;
  for (size_t i = 0; i < source->count; i++) {
    if (!ink_tensor_is_counts(&source->list[i])) list[count++] = source->list[i];
  }
  size_t order = coded->order;
  list[count++] = ink_tensor_list(names[0], INK_U32, 1 + 2 * order, coded->sizes);
  list[count++] = ink_tensor_list(names[1], INK_F32, 3 * order, coded->discounts);
  list[count++] = ink_tensor_list(names[2], INK_U8, coded->tree_size, coded->tree);
  unsigned thousandths = (unsigned)(weight * 1000 + 0.5f);
  ink_snprintf(weight_text, sizeof weight_text, "%u.%03u", thousandths / 1000, thousandths % 1000);
  ink_snprintf(order_text, sizeof order_text, "%u", (unsigned)coded->order);
  const char *own[] = {weight_key, weight_text, order_key, order_text};
  return ink_tensors_rewrite(source, list, count, own, 2, file, size, error);
}

ink_status ink_counts_add_to_file(const ink_tensors *tensors, const ink_counts *counts,
                                  float weight, uint8_t **file, size_t *size, ink_error *error) {
  *file = NULL;
  *size = 0;
  ink_buffer tree = {0};
  ink_counts_coded coded;
  ink_tensor *list = calloc(tensors->count + NAMES, sizeof *list);
  ink_status status = list == NULL ? ink_fail_memory(error) : INK_OK;
  if (status == INK_OK) status = ink_counts_write(counts, &tree, &coded, error);
  if (status == INK_OK) status = write_file(tensors, &coded, weight, list, file, size, error);
  free(list);
  ink_buffer_free(&tree);
  return status;
}
