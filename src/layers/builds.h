/*
 * Functions of this floor that are compiled once per instruction set (*.isa.c): their declarations,
 * and the choice of the one that goes with some kernels.
 */
#ifndef INK_LAYERS_BUILDS_H
#define INK_LAYERS_BUILDS_H

#include <string.h>

#include "kernels/kernels.h"

/* void function_scalar(parameters), function_simd, function_relaxed, function_avx2 and
 * function_avx512; a build may have only some. */
#define INK_DECLARE_BUILDS(function, ...) \
  void function##_scalar(__VA_ARGS__);    \
  void function##_simd(__VA_ARGS__);      \
  void function##_relaxed(__VA_ARGS__);   \
  void function##_avx2(__VA_ARGS__);      \
  void function##_avx512(__VA_ARGS__)

/* The function that was compiled as the kernels were. */
#define INK_BUILD(kernels, function)                                                               \
  (INK_IF_SIMD(kernels, function) INK_IF_RELAXED(kernels, function) INK_IF_AVX2(kernels, function) \
       INK_IF_AVX512(kernels, function) INK_IF_SCALAR(kernels, function) NULL)

#define INK_IF_BUILD(kernels, build, function) strcmp((kernels)->name, build) == 0 ? (function):
#ifdef INK_HAVE_SCALAR
#define INK_IF_SCALAR(kernels, function) INK_IF_BUILD(kernels, "scalar", function##_scalar)
#else
#define INK_IF_SCALAR(kernels, function)
#endif
#ifdef INK_HAVE_SIMD
#define INK_IF_SIMD(kernels, function) INK_IF_BUILD(kernels, "simd", function##_simd)
#else
#define INK_IF_SIMD(kernels, function)
#endif
#ifdef INK_HAVE_RELAXED
#define INK_IF_RELAXED(kernels, function) INK_IF_BUILD(kernels, "relaxed", function##_relaxed)
#else
#define INK_IF_RELAXED(kernels, function)
#endif
#ifdef INK_HAVE_AVX2
#define INK_IF_AVX2(kernels, function) INK_IF_BUILD(kernels, "avx2", function##_avx2)
#else
#define INK_IF_AVX2(kernels, function)
#endif
#ifdef INK_HAVE_AVX512
#define INK_IF_AVX512(kernels, function) INK_IF_BUILD(kernels, "avx512", function##_avx512)
#else
#define INK_IF_AVX512(kernels, function)
#endif

#endif
