/*
 * Models that --mix names beside the first one.
 */
#ifndef INK_CLI_MIX_H
#define INK_CLI_MIX_H

#include "base/buffer.h"
#include "inkling.h"

typedef struct ink_mix {
  size_t count;       /* of all models, the first included */
  ink_model **models; /* [count]; but for the first its own */
  ink_model *model;   /* the mixture, or the first where nothing is mixed */
} ink_mix;

/* Opens what `names`, strings of the form MODEL or MODEL:WEIGHT, each with its NUL, mix with
 * `first`, which stays the caller's. A model without a weight has 1 / count of them, the first what
 * is left. An exit status, after a line on stderr where it is not INK_EXIT_OK. */
int ink_mix_open(ink_model *first, const ink_buffer *names, const char *kernel, ink_mix *mix);
void ink_mix_close(ink_mix *mix);

#endif
