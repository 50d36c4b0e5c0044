/*
 * What the files compiled once per instruction set show each other.
 */
#ifndef INK_KERNELS_ISA_H
#define INK_KERNELS_ISA_H

#include "kernels/kernels.h"
#include "kernels/simd.h"

/* Vectors of rows in a tile, of which a matrix for generation is multiplied in one go: for one x,
 * for a pair of them, and for what is left at the end of a matrix; and most vectors of sums. A tile
 * may span panels. A panel of all of a tile's rows would be 3 % faster for one x, but pairs, which
 * take fewer rows at once, would skip over half of it and be 10 % slower. */
enum { INK_TILE_SUMS = 8, INK_PANEL_VECTORS = INK_PANEL / INK_LANES };
#if INK_LANES == 1
enum { INK_TILE_ONE = 4, INK_TILE_PAIR = 4, INK_TILE_REST = 4 };
#elif INK_LANES == 16
enum { INK_TILE_ONE = 4, INK_TILE_PAIR = 2, INK_TILE_REST = 2 };
#else
enum { INK_TILE_ONE = 8, INK_TILE_PAIR = 4, INK_TILE_REST = INK_ROWS / INK_LANES };
#endif
_Static_assert(INK_TILE_ONE % INK_TILE_PAIR == 0 && INK_TILE_REST % INK_TILE_PAIR == 0,
               "a tile for one x is whole tiles for a pair");

/* product_int8.isa.c. INK_BYTE_DOT: bytes are multiplied as such, else as pairs of int16. */
#if INK_LANES == 1 || defined(INK_RELAXED) || defined(__AVX2__) || defined(__aarch64__)
#define INK_BYTE_DOT 1
#else
#define INK_BYTE_DOT 0
#endif
void INK_ISA_NAME(ink_product_int8)(const ink_panels *matrix, size_t streams,
                                    const ink_quantized *const *x, float *const *y);
#ifdef INK_VNNI /* the name of the same with VNNI, which multiplies bytes and adds up at once */
void INK_JOIN(ink_product_int8, INK_VNNI)(const ink_panels *matrix, size_t streams,
                                          const ink_quantized *const *x, float *const *y);
#endif
void INK_ISA_NAME(ink_quantize)(const float *x, size_t n, ink_quantized *quantized);

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
