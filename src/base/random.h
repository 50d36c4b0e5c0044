/*
 * PCG32 (XSH RR 64/32): 64 bits of state, a period of 2^64.
 * M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for
 * Random Number Generation", 2014, https://www.pcg-random.org.
 */
#ifndef INK_BASE_RANDOM_H
#define INK_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct ink_random {
  uint64_t state;
  uint64_t increment; /* odd; selects the stream */
} ink_random;

/* Starts stream `stream` at `seed`, as the reference pcg32_srandom does. */
void ink_random_seed(ink_random *random, uint64_t seed, uint64_t stream);

/* 32 uniform bits. */
uint32_t ink_random_bits(ink_random *random);

/* Uniform in [0,1), a multiple of 2^-32. */
double ink_random_uniform(ink_random *random);

/* Uniform in [0,bound), bound > 0, without bias. */
uint32_t ink_random_below(ink_random *random, uint32_t bound);

/* Puts items [count] of `size` bytes each in another order (Fisher and Yates 1938). */
void ink_random_shuffle(ink_random *random, void *items, size_t size, size_t count);

/* Normal with mean 0 and deviation 1 (Box and Muller 1958). For initial weights, not for inference:
 * it calls the C library's log and cos. */
double ink_random_normal(ink_random *random);

/* 64 well-mixed bits of a counter (SplitMix64's finaliser, Steele et al. 2014): random numbers by
 * position, the same whoever computes them. */
static inline uint64_t ink_random_mix(uint64_t counter) {
  uint64_t z = counter + 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

#endif
