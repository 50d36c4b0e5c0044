/*
 * Block sizes of gemm, shared by its bodies and by those who size its workspace.
 */
#ifndef INK_KERNELS_GEMM_H
#define INK_KERNELS_GEMM_H

enum {
  INK_GEMM_KC =
      /* depth of a block: a panel of B, KC x 2 vectors of floats, stays in the first-level cache */
  256,
  INK_GEMM_MC = 144,   /* height: a packed part of A, MC x KC floats, stays in the second */
  INK_GEMM_NR_MAX = 32 /* the widest panel of any instruction set */
};

#endif
