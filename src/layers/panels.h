/*
 * The linear layer of a network that generates: a matrix and a bias packed for products with a few
 * vectors (kernels.h says how), with f32 or int8 weights.
 */
#ifndef INK_LAYERS_PANELS_H
#define INK_LAYERS_PANELS_H

#include "base/arena.h"
#include "kernels/kernels.h"

/* Most streams of one product. */
enum { INK_STREAMS_MAX = 16 };

/* int32 of `lanes` for one panel. */
size_t ink_panels_lanes(size_t columns);

/* Gives a layer [rows, rounded up to INK_ROWS; columns] its arrays, of f32 or int8 weights. */
void ink_panels_lay_out(ink_panels *panels, size_t rows, size_t columns, bool int8,
                        ink_arena *arena);

/* Fills a layer whose arrays have room with weight [rows,columns] and bias [rows], panels->rows >=
 * rows; bias may be NULL for none.
 * For int8 weights the caller has filled scales [rows]. */
void ink_panels_pack(ink_panels *panels, size_t rows, const float *weight, const float *bias);
void ink_panels_pack_int8(const ink_kernels *kernels, ink_panels *panels, size_t rows,
                          const uint8_t *weight, const float *bias);

/* y[s] [panels->rows] = bias + W x[s], x[s] [columns], for up to INK_STREAMS_MAX streams.
 * quantized[s], with values [columns rounded up to a multiple of 4], is scratch, which f32 weights
 * do not need. */
void ink_panels_product(const ink_kernels *kernels, const ink_panels *panels, size_t streams,
                        const float *const *x, ink_quantized *const *quantized, float *const *y);

/* y[i] [panels->rows] = what the layer makes of x[i], rows [columns] of an array, for any number of
 * them; quantized [INK_STREAMS_MAX]. */
void ink_panels_rows(const ink_kernels *kernels, const ink_panels *panels, size_t count,
                     const float *x, ink_quantized *quantized, float *y);

/* An array [count] of vectors [n]. */
ink_quantized *ink_quantized_lay_out(size_t n, size_t count, ink_arena *arena);

#endif
