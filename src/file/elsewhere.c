/*
 * Tensors of other projects' files under the names that they have here. Not in the small download,
 * whose caller can convert a file.
 */
#include <string.h>

#include "file/safetensors.h"

#ifndef INK_GENERATE_ONLY
static bool is_among(const char *name, size_t bytes, const char *list) {
  for (; *list != '\0'; list += strlen(list) + 1) {
    if (strlen(list) == bytes && memcmp(list, name, bytes) == 0) return true;
  }
  return false;
}

/* A tensor beside the recurrent layers, by what its module is called: the embedding or the
 * read-out. */
static void rename_beside(ink_tensor *tensor, const char *module) {
  const char *dot = strchr(module, '.');
  size_t bytes = dot == NULL ? 0 : (size_t)(dot - module);
  bool weight = dot != NULL && strcmp(dot, ".weight") == 0;
  bool bias = dot != NULL && strcmp(dot, ".bias") == 0;
  if (weight && is_among(module, bytes, "embedding\0embeddings\0embed\0emb\0encoder\0wte\0")) {
    tensor->name = "embedding.weight";
  } else if ((weight || bias) &&
             is_among(module, bytes, "fc\0decoder\0linear\0out\0output\0head\0lm_head\0proj\0")) {
    tensor->name = weight ? "fc.weight" : "fc.bias";
  }
}

/* What PyTorch's modules call rnn, fc and embedding elsewhere, lstm.* or module.decoder.weight, is
 * called so here: where there is one stack of recurrent layers, and it has another name. */
void ink_tensors_rename(ink_tensors *t) {
  static const char hh[] = "weight_hh_l0";
  const char *stack = NULL;
  for (size_t i = 0; i < t->count; i++) {
    const char *name = t->list[i].name;
    size_t length = strlen(name), ending = sizeof hh - 1;
    if (length < ending || strcmp(name + length - ending, hh) != 0) continue;
    if (stack != NULL) return;
    stack = name;
  }
  char kept[64]; /* what is before it, for the stack is renamed, too */
  size_t prefix = stack == NULL ? 0 : strlen(stack) - (sizeof hh - 1), root = prefix;
  if (prefix < 4 || prefix > sizeof kept || is_among(stack, prefix, "rnn.\0encoder.rnn.\0")) return;
  for (root--; root > 0 && stack[root - 1] != '.';) root--;
  memcpy(kept, stack, prefix);
  for (size_t i = 0; i < t->count; i++) {
    ink_tensor *tensor = &t->list[i];
    if (strncmp(tensor->name, kept, prefix) == 0) {
      char *plain = (char *)tensor->name + prefix - 4;
      memcpy(plain, "rnn.", 4);
      tensor->name = plain;
    } else if (strncmp(tensor->name, kept, root) == 0) {
      rename_beside(tensor, tensor->name + root);
    }
  }
}
#else
void ink_tensors_rename(ink_tensors *t) { (void)t; }
#endif
