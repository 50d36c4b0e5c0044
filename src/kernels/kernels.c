/*
 * Which kernels this build has, and which of them this machine can run.
 */
#include "kernels/kernels.h"

#ifdef INK_HAVE_AVX2
#include <cpuid.h>
#endif

#ifdef INK_HAVE_SCALAR
extern const ink_kernels ink_kernels_scalar;
#endif
#ifdef INK_HAVE_SIMD
extern const ink_kernels ink_kernels_simd;
#endif
#ifdef INK_HAVE_RELAXED
extern const ink_kernels ink_kernels_relaxed;
#endif
#ifdef INK_HAVE_AVX2
extern const ink_kernels ink_kernels_avx2, ink_kernels_avxvnni;

/* Whether vpdpbusd is there in the encoding of AVX2: bit 4 of leaf 7, subleaf 1. */
static bool has_avx_vnni(void) {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1u << 4) != 0;
}
#endif
#ifdef INK_HAVE_AVX512
extern const ink_kernels ink_kernels_avx512, ink_kernels_avx512vnni;
#endif

const ink_kernels *ink_kernels_find(ink_kernel kernel) {
  bool any = kernel == INK_KERNEL_AUTO;
#ifdef INK_HAVE_AVX512
  if ((any || kernel == INK_KERNEL_AVX512) && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return __builtin_cpu_supports("avx512vnni") ? &ink_kernels_avx512vnni : &ink_kernels_avx512;
  }
#endif
#ifdef INK_HAVE_AVX2
  if ((any || kernel == INK_KERNEL_AVX2) && __builtin_cpu_supports("avx2") &&
      __builtin_cpu_supports("fma")) {
    return has_avx_vnni() ? &ink_kernels_avxvnni : &ink_kernels_avx2;
  }
#endif
#ifdef INK_HAVE_RELAXED
  if (any) return &ink_kernels_relaxed; /* all that this build has */
#endif
#ifdef INK_HAVE_SIMD
  if (any || kernel == INK_KERNEL_SIMD) return &ink_kernels_simd;
#endif
#ifdef INK_HAVE_SCALAR
  if (any || kernel == INK_KERNEL_SCALAR) return &ink_kernels_scalar;
#endif
  return NULL;
}
