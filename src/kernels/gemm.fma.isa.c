/*
 * C += A B for training, in the manner of BLIS (Van Zee and van de Geijn 2015): B is packed in
 * panels of NR columns, A in blocks of up to MR rows, and a micro-kernel keeps MR x NR sums in
 * registers while it runs along k. Multiply and add may be fused here: training does not promise
 * equal bits across instruction sets.
 */
#include "kernels/gemm.h"
#include "base/size.h"
#include "kernels/isa.h"

/* MR * 2 sums, 2 vectors of B and one of A stay within 16 registers, of which AVX-512 has 32;
 * without a fused multiply-add, as on four lanes, so must the products. There WebAssembly does 1.7
 * times as well with 4 as with 6, and so it does with relaxed SIMD's multiply-add in the V8 of Node
 * 22; the one of Chromium 156 does as well with both. */
enum {
  MR = INK_LANES == 4 ? 4 : (INK_LANES == 16 ? 8 : 6),
  NR = 2 * INK_LANES,
};

/* What the product is added to: the C that is there, else a row [n], else nothing. */
typedef struct gemm_ground {
  bool accumulate;
  const float *row;
} gemm_ground;

/* c [rows, NR] (row stride ldc) = a [k][rows] b [k][NR] + ground; only `columns` <= NR of c
 * exist. */
INK_INLINE void micro(size_t rows, size_t k, const float *restrict a, const float *restrict b,
                      float *restrict c, size_t ldc, size_t columns, gemm_ground ground) {
  ink_v sums[MR][2], first[2] = {ink_v_all(0), ink_v_all(0)};
  if (ground.row != NULL && columns == NR) {
    first[0] = ink_v_load(ground.row);
    first[1] = ink_v_load(ground.row + INK_LANES);
  } else if (ground.row != NULL) {
    first[0] = ink_v_load_part(ground.row, ink_size_min(columns, INK_LANES));
    if (columns > INK_LANES) {
      first[1] = ink_v_load_part(ground.row + INK_LANES, columns - INK_LANES);
    }
  }
  INK_UNROLL
  for (size_t i = 0; i < rows; i++) sums[i][0] = first[0], sums[i][1] = first[1];
  for (const float *end = b + k * NR; b != end; b += NR, a += rows) {
    ink_v b0 = ink_v_load(b), b1 = ink_v_load(b + INK_LANES);
    INK_UNROLL
    for (size_t i = 0; i < rows; i++) {
      ink_v x = ink_v_load_all(a + i);
      sums[i][0] = ink_v_multiply_add(x, b0, sums[i][0]);
      sums[i][1] = ink_v_multiply_add(x, b1, sums[i][1]);
    }
  }
  if (columns == NR) {
    INK_UNROLL
    for (size_t i = 0; i < rows; i++) {
      float *row = c + i * ldc;
      if (ground.accumulate) {
        sums[i][0] += ink_v_load(row);
        sums[i][1] += ink_v_load(row + INK_LANES);
      }
      ink_v_store(row, sums[i][0]);
      ink_v_store(row + INK_LANES, sums[i][1]);
    }
    return;
  }
  INK_UNROLL
  for (size_t i = 0; i < rows; i++) {
    float edge[NR];
    ink_v_store(edge, sums[i][0]);
    ink_v_store(edge + INK_LANES, sums[i][1]);
    float *row = c + i * ldc;
    for (size_t j = 0; j < columns; j++) row[j] = ground.accumulate ? row[j] + edge[j] : edge[j];
  }
}

static void block(size_t rows, size_t k, const float *a, const float *b, float *c, size_t ldc,
                  size_t columns, gemm_ground ground) {
  if (rows >= MR) {
    micro(MR, k, a, b, c, ldc, columns, ground);
    return;
  }
  switch (rows) { /* those of MR and more drop out */
    case 1: micro(1, k, a, b, c, ldc, columns, ground); return;
    case 2: micro(2, k, a, b, c, ldc, columns, ground); return;
    case 3: micro(3, k, a, b, c, ldc, columns, ground); return;
    case 4: micro(MR > 4 ? 4 : 1, k, a, b, c, ldc, columns, ground); return;
    case 5: micro(MR > 5 ? 5 : 1, k, a, b, c, ldc, columns, ground); return;
    case 6: micro(MR > 6 ? 6 : 1, k, a, b, c, ldc, columns, ground); return;
    case 7: micro(MR > 7 ? 7 : 1, k, a, b, c, ldc, columns, ground); return;
  }
}

#if INK_LANES >= 4
typedef float quad __attribute__((vector_size(16)));

/* packed [4][NR], four columns of it, of b [4,4], whose columns lie `stride` apart. */
INK_INLINE void transpose(const float *b, size_t stride, float *packed) {
  quad columns[4];
  INK_UNROLL
  for (size_t i = 0; i < 4; i++) memcpy(&columns[i], b + i * stride, sizeof columns[i]);
  quad low01 = __builtin_shufflevector(columns[0], columns[1], 0, 4, 1, 5);
  quad low23 = __builtin_shufflevector(columns[2], columns[3], 0, 4, 1, 5);
  quad high01 = __builtin_shufflevector(columns[0], columns[1], 2, 6, 3, 7);
  quad high23 = __builtin_shufflevector(columns[2], columns[3], 2, 6, 3, 7);
  const quad rows[4] = {__builtin_shufflevector(low01, low23, 0, 1, 4, 5),
                        __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
                        __builtin_shufflevector(high01, high23, 0, 1, 4, 5),
                        __builtin_shufflevector(high01, high23, 2, 3, 6, 7)};
  INK_UNROLL
  for (size_t i = 0; i < 4; i++) memcpy(packed + i * NR, &rows[i], sizeof rows[i]);
}

/* The first rows of a whole panel [k][NR] of b, whose columns lie in one piece each, in fours; and
 * how many those are. */
INK_INLINE size_t pack_transposed(size_t k, const float *b, size_t stride, float *packed) {
  size_t p = 0;
  for (; p + 4 <= k; p += 4) {
    for (size_t i = 0; i < NR; i += 4) transpose(b + i * stride + p, stride, packed + p * NR + i);
  }
  return p;
}
#else
INK_INLINE size_t pack_transposed(size_t k, const float *b, size_t stride, float *packed) {
  (void)k, (void)b, (void)stride, (void)packed;
  return 0;
}
#endif

/* packed [k][NR], of `width` columns of b [k,n], and zeros. */
static void pack_panel(size_t width, size_t k, ink_matrix b, float *packed) {
  size_t p = 0;
  if (width == NR && b.column_stride == 1) {
    for (; p < k; p++) {
      const float *row = b.data + p * b.row_stride;
      ink_v_store(packed + p * NR, ink_v_load(row));
      ink_v_store(packed + p * NR + INK_LANES, ink_v_load(row + INK_LANES));
    }
  } else if (width == NR && b.row_stride == 1) {
    p = pack_transposed(k, b.data, b.column_stride, packed);
  }
  for (; p < k; p++) {
    const float *row = b.data + p * b.row_stride;
    for (size_t i = 0; i < NR; i++) packed[p * NR + i] = i < width ? row[i * b.column_stride] : 0;
  }
}

/* packed [n/NR][k][NR], the last panel padded with zeros, of b [k,n]. */
static void pack_panels(size_t n, size_t k, ink_matrix b, float *packed) {
  for (size_t j = 0; j < n; j += NR) {
    ink_matrix panel = {b.data + j * b.column_stride, b.row_stride, b.column_stride};
    pack_panel(ink_size_min(NR, n - j), k, panel, packed + j * k);
  }
}

/* How many rows of the m - done that are left the next block takes: blocks of nearly equal height
 * do better than full ones and a thin rest. */
static size_t block_rows(size_t left) { return left / ((left + MR - 1) / MR); }

/* packed [k][rows] of a [rows,k]. Inline, so that known rows and strides make straight code. */
INK_INLINE void pack_block(size_t rows, size_t k, const float *a, size_t row_stride,
                           size_t column_stride, float *restrict packed) {
  for (size_t p = 0; p < k; p++, packed += rows) {
    for (size_t r = 0; r < rows; r++) packed[r] = a[r * row_stride + p * column_stride];
  }
}

/* packed, block after block [k][rows], of a [m,k]. */
static void pack_blocks(size_t m, size_t k, ink_matrix a, float *packed) {
  for (size_t i = 0; i < m;) {
    size_t rows = block_rows(m - i);
    const float *from = a.data + i * a.row_stride;
    if (rows == MR && a.column_stride == 1) {
      pack_block(MR, k, from, a.row_stride, 1, packed);
    } else if (rows == MR && a.row_stride == 1) {
      pack_block(MR, k, from, 1, a.column_stride, packed);
    } else {
      pack_block(rows, k, from, a.row_stride, a.column_stride, packed);
    }
    packed += rows * k;
    i += rows;
  }
}

/* Only the first part of k starts from the caller's ground; the others add to it. */
static gemm_ground part_ground(bool accumulate, const float *bias, size_t from) {
  bool add = accumulate || from > 0;
  return (gemm_ground){.accumulate = add, .row = add ? NULL : bias};
}

/* The part of C that k [from, from + k) contributes; b packed for just this part of k. */
static void multiply_part(size_t m, size_t n, size_t k, size_t from, ink_matrix a,
                          const float *packed_b, gemm_ground ground, float *c, size_t ldc,
                          float *packed_a) {
  const float *row = ground.row;
  for (size_t i = 0; i < m; i += INK_GEMM_MC) {
    size_t height = ink_size_min(INK_GEMM_MC, m - i);
    ink_matrix part = {a.data + i * a.row_stride + from * a.column_stride, a.row_stride,
                       a.column_stride};
    pack_blocks(height, k, part, packed_a);
    for (size_t j = 0; j < n; j += NR) {
      size_t width = ink_size_min(NR, n - j);
      if (row != NULL) ground.row = row + j;
      for (size_t r = 0; r < height;) {
        size_t rows = block_rows(height - r);
        block(rows, k, packed_a + r * k, packed_b + j * k, c + (i + r) * ldc + j, ldc, width,
              ground);
        r += rows;
      }
    }
  }
}

void INK_ISA_NAME(ink_gemm)(size_t m, size_t n, size_t k, ink_matrix a, ink_matrix b,
                            const float *bias, float *c, size_t ldc, bool accumulate,
                            float *workspace) {
  float *packed_a = workspace, *packed_b = workspace + INK_GEMM_MC * INK_GEMM_KC;
  for (size_t p = 0; p < k; p += INK_GEMM_KC) {
    size_t depth = ink_size_min(INK_GEMM_KC, k - p);
    ink_matrix part = {b.data + p * b.row_stride, b.row_stride, b.column_stride};
    pack_panels(n, depth, part, packed_b);
    multiply_part(m, n, depth, p, a, packed_b, part_ground(accumulate, bias, p), c, ldc, packed_a);
  }
}

void INK_ISA_NAME(ink_pack_b)(size_t n, size_t k, ink_matrix b, float *packed) {
  size_t padded = ink_size_round_up(n, NR);
  for (size_t p = 0; p < k; p += INK_GEMM_KC) {
    size_t depth = ink_size_min(INK_GEMM_KC, k - p);
    ink_matrix part = {b.data + p * b.row_stride, b.row_stride, b.column_stride};
    pack_panels(n, depth, part, packed + p * padded);
  }
}

void INK_ISA_NAME(ink_gemm_packed)(size_t m, size_t n, size_t k, ink_matrix a, const float *packed,
                                   const float *bias, float *c, size_t ldc, bool accumulate,
                                   float *workspace) {
  size_t padded = ink_size_round_up(n, NR);
  for (size_t p = 0; p < k; p += INK_GEMM_KC) {
    size_t depth = ink_size_min(INK_GEMM_KC, k - p);
    multiply_part(m, n, depth, p, a, packed + p * padded, part_ground(accumulate, bias, p), c, ldc,
                  workspace);
  }
}
