/*
 * The activations of cells. Every one of them has a slope that its own value tells, so that a
 * backward pass needs nothing else.
 */
#ifndef INK_LAYERS_ACTIVATION_H
#define INK_LAYERS_ACTIVATION_H

#include "kernels/simd.h"

typedef enum ink_activation {
  INK_TANH,
  INK_SIGMOID,
  INK_HARD_SIGMOID, /* clip(0.2 x + 0.5, 0, 1), Keras's */
  INK_RELU,         /* max(x, 0) */
  INK_IDENTITY
} ink_activation;

/* The kind is a constant wherever these are called; but where many cells share one body, which asks
 * for it as it goes and defines this as INK_OUT_OF_LINE before it includes the file. */
#ifndef INK_ACTIVATION_LINKAGE
#define INK_ACTIVATION_LINKAGE INK_INLINE
#endif

INK_ACTIVATION_LINKAGE ink_v ink_v_activate(ink_activation kind, ink_v x) {
  switch (kind) {
    case INK_TANH: return ink_v_tanh(x);
    case INK_SIGMOID: return ink_v_sigmoid(x);
    case INK_HARD_SIGMOID: return ink_v_clamp(0.2f * x + 0.5f, 0.0f, 1.0f);
    case INK_RELU: return ink_v_at_least(x, ink_v_all(0.0f));
    case INK_IDENTITY: break;
  }
  return x;
}

/* d times the derivative where the value is y. */
INK_ACTIVATION_LINKAGE ink_v ink_v_times_slope(ink_activation kind, ink_v d, ink_v y) {
  const ink_v zero = ink_v_all(0.0f);
  switch (kind) {
    case INK_TANH: return d * (1.0f - y * y);
    case INK_SIGMOID: return d * y * (1.0f - y);
    case INK_HARD_SIGMOID: {
      ink_vi inside = ink_v_below(zero, y) & ink_v_below(y, ink_v_all(1.0f));
      return ink_v_select(inside, 0.2f * d, zero);
    }
    case INK_RELU: return ink_v_select(ink_v_below(zero, y), d, zero);
    case INK_IDENTITY: break;
  }
  return d;
}

#endif
