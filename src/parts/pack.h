/*
 * From the parameters of a file to the arrays that a network in use computes with. A part packs
 * itself by one function, which is called twice: over an arena without memory, which counts, and
 * over the memory, which is then filled.
 */
#ifndef INK_PARTS_PACK_H
#define INK_PARTS_PACK_H

#include "base/arena.h"
#include "layers/panels.h"
#include "parts/parameters.h"

typedef struct ink_packer {
  const ink_parameters *parameters; /* found in a file */
  const ink_kernels *kernels;
  ink_arena *arena;
  ink_status status; /* the first failure, after which nothing more is packed */
  ink_error *error;
} ink_packer;

/* Whether arrays are to be filled: there is memory, and nothing has failed. */
static inline bool ink_packs(const ink_packer *packer) {
  return packer->arena->memory != NULL && packer->status == INK_OK;
}

enum { INK_NO_BIAS = 0 }; /* no bias stands first in a file */

/* The linear layer of the matrix at offset `weight` and the bias at `bias`, as the file has it. */
void ink_pack_panels(ink_packer *packer, size_t weight, size_t bias, ink_panels *panels);

/* The same of some of its rows. */
void ink_pack_rows(ink_packer *packer, size_t weight, size_t bias, size_t first, size_t rows,
                   ink_panels *panels);

/* The same of all rows in f32, whatever the file has. */
void ink_pack_float_panels(ink_packer *packer, size_t weight, size_t bias, ink_panels *panels);

/* The parameter at this offset as floats. */
float *ink_pack_floats(ink_packer *packer, size_t offset);

/* Reads the parameter at this offset to floats for as long as something else is made of it; the
 * caller frees them. NULL when that fails, as the packer's status then says. */
float *ink_pack_read(ink_packer *packer, size_t offset);

#endif
