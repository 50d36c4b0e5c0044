/*
 * What the files compiled once per instruction set show each other.
 */
#ifndef INK_KERNELS_ISA_H
#define INK_KERNELS_ISA_H

#include "kernels/kernels.h"
#include "kernels/simd.h"

/* inference.isa.c. Sixteen lanes are twice what a panel of int8 has: AVX-512 takes the product of
 * eight. */
#if INK_LANES == 16
#define INK_PRODUCT_INT8 ink_product_int8_avx2
#else
#define INK_PRODUCT_INT8 INK_ISA_NAME(ink_product_int8)
#endif
void INK_PRODUCT_INT8(const ink_panels *matrix, size_t streams, const ink_quantized *const *x,
                      float *const *y);

/* gemm.fma.isa.c */
void INK_ISA_NAME(ink_gemm)(size_t m, size_t n, size_t k, ink_matrix a, ink_matrix b,
                            const float *bias, float *c, size_t ldc, bool accumulate,
                            float *workspace);
void INK_ISA_NAME(ink_pack_b)(size_t n, size_t k, ink_matrix b, float *packed);
void INK_ISA_NAME(ink_gemm_packed)(size_t m, size_t n, size_t k, ink_matrix a, const float *packed,
                                   const float *bias, float *c, size_t ldc, bool accumulate,
                                   float *workspace);

/* training.isa.c */
void INK_ISA_NAME(ink_adamw)(const ink_adamw_step *step, size_t n, const float *gradients,
                             float *weights, float *m, float *v);
void INK_ISA_NAME(ink_approach)(const float *x, size_t n, float share, float *y);
double INK_ISA_NAME(ink_sum_of_squares)(const float *x, size_t n);
void INK_ISA_NAME(ink_drop)(const float *x, size_t n, float rate, uint64_t key, float *y);

/* roofline.fma.isa.c */
float INK_ISA_NAME(ink_peak)(size_t rounds, double *operations);
float INK_ISA_NAME(ink_read)(const float *floats, size_t n);

#endif
