/*
 * PCG32, and the distributions drawn from it. Source: see random.h.
 */
#include "base/random.h"

#include <math.h>

#include "base/log.h"

void ink_random_seed(ink_random *random, uint64_t seed, uint64_t stream) {
  random->state = 0;
  random->increment = (stream << 1) | 1u;
  ink_random_bits(random);
  random->state += seed;
  ink_random_bits(random);
}

uint32_t ink_random_bits(ink_random *random) {
  uint64_t old = random->state;
  random->state = old * 6364136223846793005u + random->increment;
  uint32_t shifted = (uint32_t)(((old >> 18) ^ old) >> 27);
  uint32_t rotation = (uint32_t)(old >> 59);
  return (shifted >> rotation) | (shifted << ((32 - rotation) & 31));
}

double ink_random_uniform(ink_random *random) { return ink_random_bits(random) * 0x1p-32; }

uint32_t ink_random_below(ink_random *random, uint32_t bound) {
  /* Reject the few lowest values, so that what is left is a multiple of bound. */
  uint32_t threshold = (0u - bound) % bound;
  for (;;) {
    uint32_t bits = ink_random_bits(random);
    if (bits >= threshold) return bits % bound;
  }
}

void ink_random_shuffle(ink_random *random, void *items, size_t size, size_t count) {
  char *first = items;
  for (size_t i = count; i > 1 && i <= UINT32_MAX; i--) {
    char *a = first + (i - 1) * size, *b = first + ink_random_below(random, (uint32_t)i) * size;
    for (size_t k = 0; k < size; k++) {
      char kept = a[k];
      a[k] = b[k];
      b[k] = kept;
    }
  }
}

double ink_random_normal(ink_random *random) {
  double radius = sqrt(-2.0 * ink_log(1.0 - ink_random_uniform(random)));
  return radius * ink_cos(6.283185307179586 * ink_random_uniform(random));
}
