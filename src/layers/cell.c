/*
 * The list of cells, for every instruction set of this build.
 */
#include "layers/cell.h"

#include <string.h>

#define INK_CELLS(isa) \
  extern const ink_cell ink_cell_rnn_##isa, ink_cell_gru_##isa, ink_cell_lstm_##isa;
#define INK_CELL_LIST(isa) \
  { &ink_cell_rnn_##isa, &ink_cell_gru_##isa, &ink_cell_lstm_##isa }

#ifdef INK_HAVE_SCALAR
INK_CELLS(scalar)
#endif
#ifdef INK_HAVE_SIMD
INK_CELLS(simd)
#endif
#ifdef INK_HAVE_AVX2
INK_CELLS(avx2)
#endif
#ifdef INK_HAVE_AVX512
INK_CELLS(avx512)
#endif

enum { KINDS = INK_CELL_LSTM + 1 };

static const struct {
  const char *kernels_name;
  const ink_cell *cells[KINDS]; /* by ink_cell_kind */
} builds[] = {
#ifdef INK_HAVE_AVX512
    {"avx512", INK_CELL_LIST(avx512)},
#endif
#ifdef INK_HAVE_AVX2
    {"avx2", INK_CELL_LIST(avx2)},
#endif
#ifdef INK_HAVE_SIMD
    {"simd", INK_CELL_LIST(simd)},
#endif
#ifdef INK_HAVE_SCALAR
    {"scalar", INK_CELL_LIST(scalar)},
#endif
};

const ink_cell *ink_cell_find(ink_cell_kind kind, const char *kernels_name) {
  for (size_t i = 0; i < sizeof builds / sizeof builds[0]; i++) {
    if (strcmp(builds[i].kernels_name, kernels_name) == 0) return builds[i].cells[kind];
  }
  return NULL;
}

bool ink_cell_kind_of_gates(size_t gates, ink_cell_kind *kind) {
  for (int i = 0; i < KINDS; i++) {
    if (builds[0].cells[i]->gates != gates) continue;
    *kind = (ink_cell_kind)i;
    return true;
  }
  return false;
}
