/*
 * What the machine could do at best, measured: multiply-adds that never leave the registers, and
 * a plain sum over a buffer. Williams, Waterman and Patterson, "Roofline", 2009.
 */
#include "kernels/isa.h"

/* Independent sums, so that the latency of one is hidden by the others. V8 loads all that a round
 * adds before it adds, and with eight or more of each runs out of registers: seven are the fastest
 * there. */
enum { CHAINS = 12 };
#ifdef __wasm__
enum { READS = 7 };
#else
enum { READS = 12 };
#endif

static float sum_of(const ink_v *sums, int count) {
  ink_v total = sums[0];
  for (int i = 1; i < count; i++) total += sums[i];
  float lanes[INK_LANES], sum = 0;
  ink_v_store(lanes, total);
  for (int i = 0; i < INK_LANES; i++) sum += lanes[i];
  return sum;
}

float INK_ISA_NAME(ink_peak)(size_t rounds, double *operations) {
  ink_v sums[CHAINS];
  INK_UNROLL
  for (int i = 0; i < CHAINS; i++) sums[i] = ink_v_all((float)i);
  ink_v factor = ink_v_all(0.999f), term = ink_v_all(1e-3f);
  for (size_t r = 0; r < rounds; r++) {
    INK_UNROLL
    for (int i = 0; i < CHAINS; i++) sums[i] = sums[i] * factor + term;
  }
  *operations = 2.0 * CHAINS * INK_LANES * (double)rounds;
  return sum_of(sums, CHAINS);
}

float INK_ISA_NAME(ink_read)(const float *floats, size_t n) {
  ink_v sums[READS];
  for (int i = 0; i < READS; i++) sums[i] = ink_v_all(0);
  for (size_t at = 0; at + READS * INK_LANES <= n; at += READS * INK_LANES) {
    INK_UNROLL
    for (size_t i = 0; i < READS; i++) sums[i] += ink_v_load(floats + at + i * INK_LANES);
  }
  return sum_of(sums, READS);
}
