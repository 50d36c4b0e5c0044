/*
 * Sizes of gemm's buffers, the same for every instruction set.
 */
#include "kernels/gemm.h"

#include "base/size.h"
#include "kernels/kernels.h"

size_t ink_gemm_workspace(size_t n) {
  return (size_t)INK_GEMM_MC * INK_GEMM_KC + INK_GEMM_KC * ink_size_round_up(n, INK_GEMM_NR_MAX);
}

size_t ink_gemm_packed_size(size_t n, size_t k) {
  return ink_size_round_up(n, INK_GEMM_NR_MAX) * k;
}
