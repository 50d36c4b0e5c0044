/*
 * The list of cells, for every instruction set of this build.
 */
#include "layers/cell.h"

#include <string.h>

#define ADDRESS_SCALAR(symbol, name) &ink_cell_##symbol##_scalar,
#define ADDRESS_SIMD(symbol, name) &ink_cell_##symbol##_simd,
#define ADDRESS_RELAXED(symbol, name) &ink_cell_##symbol##_relaxed,
#define ADDRESS_AVX2(symbol, name) &ink_cell_##symbol##_avx2,
#define ADDRESS_AVX512(symbol, name) &ink_cell_##symbol##_avx512,
#define DECLARE(symbol, name)                                                 \
  extern const ink_cell ink_cell_##symbol##_scalar, ink_cell_##symbol##_simd, \
      ink_cell_##symbol##_relaxed, ink_cell_##symbol##_avx2, ink_cell_##symbol##_avx512;

INK_EVERY_CELL(DECLARE)

static const struct {
  const char *kernels_name;
  const ink_cell *cells[INK_CELLS]; /* by ink_cell_kind */
} builds[] = {
#ifdef INK_HAVE_AVX512
    {"avx512", {INK_EVERY_CELL(ADDRESS_AVX512)}},
#endif
#ifdef INK_HAVE_AVX2
    {"avx2", {INK_EVERY_CELL(ADDRESS_AVX2)}},
#endif
#ifdef INK_HAVE_RELAXED
    {"relaxed", {INK_EVERY_CELL(ADDRESS_RELAXED)}},
#endif
#ifdef INK_HAVE_SIMD
    {"simd", {INK_EVERY_CELL(ADDRESS_SIMD)}},
#endif
#ifdef INK_HAVE_SCALAR
    {"scalar", {INK_EVERY_CELL(ADDRESS_SCALAR)}},
#endif
};

const ink_cell *ink_cell_find(ink_cell_kind kind, const char *kernels_name) {
  for (size_t i = 0; i < sizeof builds / sizeof builds[0]; i++) {
    if (strcmp(builds[i].kernels_name, kernels_name) == 0) return builds[i].cells[kind];
  }
  return NULL;
}

bool ink_cell_kind_of_name(const char *name, ink_cell_kind *kind) {
  for (int i = 0; i < INK_CELLS; i++) {
    *kind = (ink_cell_kind)i;
    if (strcmp(builds[0].cells[i]->name, name) == 0) return true;
  }
  return false;
}

bool ink_cell_kind_of_gates(size_t gates, ink_cell_kind *kind) {
  for (int i = 0; i < INK_CELLS; i++) {
    *kind = (ink_cell_kind)i;
    if (builds[0].cells[i]->gates == gates) return true;
  }
  return false;
}
