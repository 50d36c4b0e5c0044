/*
 * Sampling: each step alone, all of them against a straightforward sort, the extremes, and the
 * pick.
 */
#include "write/sampler.h"

#include <float.h>

#include "base/random.h"
#include "check.h"

enum { MOST = 400 };

static const ink_kernels *kernels;
static uint32_t order[MOST];
static float result[MOST];

static ink_sampling defaults(void) {
  ink_sampling sampling;
  ink_sampling_default(&sampling);
  return sampling;
}

static const float *distribute(const float *logits, size_t count, ink_sampling sampling,
                               const ink_recent *recent) {
  static const ink_recent none;
  ink_error error;
  CHECK_OK(ink_sampling_check(&sampling, &error));
  ink_sample_distribution(kernels, logits, count, UINT32_MAX, &sampling,
                          recent == NULL ? &none : recent, NULL, order, result);
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    CHECK(result[i] >= 0 && result[i] <= 1);
    sum += (double)result[i];
  }
  CHECK_NEAR(sum, 1, 1e-5);
  return result;
}

static void test_defaults(void) {
  ink_sampling s = defaults();
  CHECK(s.repetition_penalty == 1 && s.repetition_window == 64 && s.temperature == 1);
  CHECK(s.top_k == 0 && s.top_p == 1 && s.min_p == 0);
  const float logits[4] = {1, 2, 3, 4};
  const float *p = distribute(logits, 4, s, NULL);
  double sum = 0;
  for (int i = 0; i < 4; i++) sum += exp((double)logits[i]);
  for (int i = 0; i < 4; i++) CHECK_NEAR((double)p[i], exp((double)logits[i]) / sum, 1e-6);
}

static void test_check(void) {
  ink_error error;
  static const float bad_temperature[] = {-1, -1e-9f, 1e-9f, 9e-7f, 100.1f, INFINITY, NAN};
  for (size_t i = 0; i < sizeof bad_temperature / sizeof(float); i++) {
    ink_sampling s = defaults();
    s.temperature = bad_temperature[i];
    CHECK_FAILS(ink_sampling_check(&s, &error), INK_ERROR_ARGUMENT, "temperature");
  }
  static const float bad_penalty[] = {0, 0.99f, -1, INFINITY, NAN};
  for (size_t i = 0; i < sizeof bad_penalty / sizeof(float); i++) {
    ink_sampling s = defaults();
    s.repetition_penalty = bad_penalty[i];
    CHECK_FAILS(ink_sampling_check(&s, &error), INK_ERROR_ARGUMENT, "repetition penalty");
  }
  static const float bad_share[] = {-0.1f, 1.1f, INFINITY, NAN};
  for (size_t i = 0; i < sizeof bad_share / sizeof(float); i++) {
    ink_sampling s = defaults();
    s.top_p = bad_share[i];
    CHECK_FAILS(ink_sampling_check(&s, &error), INK_ERROR_ARGUMENT, "top-p");
    s = defaults();
    s.min_p = bad_share[i];
    CHECK_FAILS(ink_sampling_check(&s, &error), INK_ERROR_ARGUMENT, "min-p");
  }
  ink_sampling s = defaults();
  s.top_p = 0;
  CHECK_FAILS(ink_sampling_check(&s, &error), INK_ERROR_ARGUMENT, "top-p");
  s = defaults();
  s.repetition_window = 257;
  CHECK_FAILS(ink_sampling_check(&s, &error), INK_ERROR_ARGUMENT, "repetition window");
  CHECK(ink_sampling_check(&s, NULL) == INK_ERROR_ARGUMENT);
  s = (ink_sampling){1000, 256, 1e-6f, UINT32_MAX, 1e-9f, 1, 255};
  CHECK_OK(ink_sampling_check(&s, &error));
  s = (ink_sampling){1, 0, 100, 0, 1, 0, 0};
  CHECK_OK(ink_sampling_check(&s, &error));
}

static void test_temperature(void) {
  const float logits[] = {-3, 5, 4.99f, 5, 0};
  ink_sampling s = defaults();
  s.temperature = 0; /* the largest, and of equals the first */
  const float *p = distribute(logits, 5, s, NULL);
  for (int i = 0; i < 5; i++) CHECK(p[i] == (i == 1 ? 1.0f : 0.0f));
  s.temperature = 1e-6f;
  p = distribute(logits, 5, s, NULL);
  CHECK(p[1] == 0.5f && p[3] == 0.5f && p[2] == 0);
  s.temperature = 100;
  p = distribute(logits, 5, s, NULL);
  for (int i = 0; i < 5; i++) CHECK_NEAR((double)p[i], 0.2, 0.02);
  CHECK(p[1] > p[2] && p[2] > p[4] && p[4] > p[0]);

  static const float wild[][3] = {{FLT_MAX, -FLT_MAX, 0},
                                  {-FLT_MAX, -FLT_MAX, -FLT_MAX},
                                  {FLT_MAX, FLT_MAX, 1},
                                  {FLT_MIN, -FLT_MIN, 0}};
  static const float temperatures[] = {0, 1e-6f, 1, 100};
  for (size_t i = 0; i < 4; i++) {
    for (size_t t = 0; t < 4; t++) {
      s.temperature = temperatures[t];
      distribute(wild[i], 3, s, NULL);
    }
  }
  const float one = -7;
  CHECK(distribute(&one, 1, defaults(), NULL)[0] == 1);
}

static void test_cuts(void) {
  /* probabilities 0.4 0.3 0.2 0.1, not in order */
  const float logits[] = {logf(0.2f), logf(0.4f), logf(0.1f), logf(0.3f)};
  ink_sampling s = defaults();
  s.top_k = 1;
  CHECK(distribute(logits, 4, s, NULL)[1] == 1);
  s.top_k = 3;
  const float *p = distribute(logits, 4, s, NULL);
  CHECK(p[2] == 0);
  CHECK_NEAR((double)p[1], 0.4 / 0.9, 1e-6);
  s.top_k = 4;
  CHECK_NEAR((double)distribute(logits, 4, s, NULL)[2], 0.1, 1e-6);
  s.top_k = UINT32_MAX;
  CHECK_NEAR((double)distribute(logits, 4, s, NULL)[2], 0.1, 1e-6);

  s = defaults();
  s.top_p = 1e-9f; /* always one */
  CHECK(distribute(logits, 4, s, NULL)[1] == 1);
  s.top_p = 0.65f;
  p = distribute(logits, 4, s, NULL);
  CHECK(p[0] == 0 && p[2] == 0);
  CHECK_NEAR((double)p[3], 3.0 / 7, 1e-6);
  s.top_p = 0.75f; /* 0.4 + 0.3 falls short of it, */
  CHECK(distribute(logits, 4, s, NULL)[0] > 0);
  s.top_k = 3; /* but not of 0.75 of the 0.9 that top-k leaves: the order matters */
  CHECK(distribute(logits, 4, s, NULL)[0] == 0);

  s = defaults();
  s.min_p = 0.6f; /* at least 0.24 */
  p = distribute(logits, 4, s, NULL);
  CHECK(p[0] == 0 && p[2] == 0 && p[3] > 0);
  s.min_p = 1;
  CHECK(distribute(logits, 4, s, NULL)[1] == 1);

  /* Among equals the lower ids stay. */
  const float equal[6] = {1, 1, 1, 1, 1, 1};
  s = defaults();
  s.top_k = 2;
  p = distribute(equal, 6, s, NULL);
  CHECK(p[0] == 0.5f && p[1] == 0.5f && p[2] == 0);
  s = defaults();
  s.top_p = 0.5f;
  p = distribute(equal, 6, s, NULL);
  CHECK(p[2] > 0 && p[3] == 0);
  s = defaults();
  s.min_p = 1;
  CHECK_NEAR((double)distribute(equal, 6, s, NULL)[5], 1.0 / 6, 1e-6);
}

static void test_repetition(void) {
  const float logits[] = {2, -1, 0.5f, 2};
  ink_recent recent = {0};
  for (uint32_t i = 0; i < 300; i++) ink_recent_add(&recent, 3);
  ink_recent_add(&recent, 0);
  ink_recent_add(&recent, 0);
  ink_recent_add(&recent, 1);
  ink_sampling s = defaults();
  s.repetition_penalty = 2;
  s.repetition_window = 3;
  float wanted[4] = {1, -2, 0.5f, 2}, penalised[4];
  memcpy(penalised, distribute(logits, 4, s, &recent), sizeof penalised);
  const float *p = distribute(wanted, 4, defaults(), NULL);
  CHECK(memcmp(penalised, p, sizeof penalised) == 0);
  /* Once, however often a token occurs. */
  ink_recent_add(&recent, 1);
  CHECK(memcmp(penalised, distribute(logits, 4, s, &recent), sizeof penalised) == 0);
  s.repetition_window = 1;
  wanted[0] = 2;
  memcpy(penalised, distribute(logits, 4, s, &recent), sizeof penalised);
  p = distribute(wanted, 4, defaults(), NULL);
  CHECK(memcmp(penalised, p, sizeof penalised) == 0);
  s.repetition_window = 256;
  CHECK_NEAR((double)distribute(logits, 4, s, &recent)[3],
             (double)distribute(logits, 4, s, &recent)[0], 0);
  s.repetition_window = 0;
  memcpy(penalised, distribute(logits, 4, s, &recent), sizeof penalised);
  CHECK(memcmp(penalised, distribute(logits, 4, defaults(), NULL), sizeof penalised) == 0);
  /* It comes before temperature: greedy sees it. */
  s.repetition_window = 3;
  s.temperature = 0;
  CHECK(distribute(logits, 4, s, &recent)[3] == 1);
  /* Nothing read yet: nothing to weaken. */
  const ink_recent empty = {0};
  s = defaults();
  s.repetition_penalty = 2;
  memcpy(penalised, distribute(logits, 4, s, &empty), sizeof penalised);
  CHECK(memcmp(penalised, distribute(logits, 4, defaults(), NULL), sizeof penalised) == 0);
  /* However strong, no infinity. */
  const float low[] = {-FLT_MAX, -FLT_MAX};
  s = defaults();
  s.repetition_penalty = FLT_MAX;
  s.repetition_window = 3;
  CHECK_NEAR((double)distribute(low, 2, s, &recent)[0], 0.5, 1e-6);
}

static void test_recent(void) {
  ink_recent recent = {0};
  for (uint32_t i = 0; i < 1000; i++) {
    ink_recent_add(&recent, i);
    CHECK(recent.count == (i < 256 ? i + 1 : 256));
    CHECK(ink_recent_at(&recent, 1) == i);
    CHECK(ink_recent_at(&recent, recent.count) == i + 1 - recent.count);
  }
}

/* ---- Against a sort of everything ------------------------------------------------------------ */

static const float *sorted_by;

static int compare(const void *a, const void *b) {
  uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  if (sorted_by[left] != sorted_by[right]) return sorted_by[left] > sorted_by[right] ? -1 : 1;
  return left < right ? -1 : 1;
}

static void reference(const float *probabilities, size_t count, const ink_sampling *s,
                      double *wanted) {
  uint32_t ids[MOST];
  for (uint32_t i = 0; i < count; i++) ids[i] = i;
  sorted_by = probabilities;
  qsort(ids, count, sizeof ids[0], compare);
  size_t kept = s->top_k > 0 && s->top_k < count ? s->top_k : count;
  if (s->top_p < 1) {
    double total = 0, sum = 0;
    if (kept == count) {
      for (size_t i = 0; i < count; i++) total += (double)probabilities[i];
    } else {
      for (size_t i = 0; i < kept; i++) total += (double)probabilities[ids[i]];
    }
    size_t enough = 0;
    do sum += (double)probabilities[ids[enough++]];
    while (enough < kept && sum < (double)s->top_p * total);
    kept = enough;
  }
  double left = 0;
  for (size_t i = 0; i < count; i++) wanted[ids[i]] = 0;
  for (size_t i = 0; i < kept; i++) {
    if (probabilities[ids[i]] < s->min_p * probabilities[ids[0]]) continue;
    left += (double)probabilities[ids[i]];
    wanted[ids[i]] = (double)probabilities[ids[i]];
  }
  for (size_t i = 0; i < count; i++) wanted[i] /= left;
}

static void test_against_sort(void) {
  ink_random random;
  ink_random_seed(&random, 3, 3);
  for (int round = 0; round < 4000; round++) {
    size_t count = 1 + ink_random_below(&random, round % 10 == 0 ? MOST : 30);
    float logits[MOST], plain[MOST];
    for (size_t i = 0; i < count; i++) {
      logits[i] = (float)ink_random_below(&random, 17) / 2; /* many equals */
    }
    ink_sampling s = defaults();
    s.temperature = 0.25f * (float)(1 + ink_random_below(&random, 8));
    memcpy(plain, distribute(logits, count, s, NULL), sizeof plain);
    if (ink_random_below(&random, 2) == 1) s.top_k = ink_random_below(&random, (uint32_t)count + 3);
    if (ink_random_below(&random, 2) == 1) {
      s.top_p = (float)(1 - 0.999 * ink_random_uniform(&random));
    }
    if (ink_random_below(&random, 2) == 1) s.min_p = (float)ink_random_uniform(&random);
    double wanted[MOST];
    reference(plain, count, &s, wanted);
    const float *p = distribute(logits, count, s, NULL);
    for (size_t i = 0; i < count; i++) {
      CHECK((p[i] > 0) == (wanted[i] > 0));
      CHECK_NEAR((double)p[i], wanted[i], 1e-6);
    }
  }
}

/* ---- The pick -------------------------------------------------------------------------------- */

static void test_pick(void) {
  const float p[] = {0, 0.25f, 0, 0.25f, 0.5f, 0};
  CHECK(ink_pick(p, 6, 0) == 1);
  CHECK(ink_pick(p, 6, 0.2499) == 1);
  CHECK(ink_pick(p, 6, 0.25) == 3);
  CHECK(ink_pick(p, 6, 0.4999) == 3);
  CHECK(ink_pick(p, 6, 0.5) == 4);
  CHECK(ink_pick(p, 6, 1 - 0x1p-32) == 4);
  /* Beyond the sum, which rounding may leave below 1: the last that has a probability. */
  CHECK(ink_pick(p, 6, 1) == 4);
  const float thirds[] = {0.3333f, 0.3333f, 0.3333f, 0};
  CHECK(ink_pick(thirds, 4, 0.99999) == 2);
  const float one[] = {1};
  CHECK(ink_pick(one, 1, 0.999) == 0);
}

/* Frequencies of a million picks: within five standard deviations. */
static void test_frequencies(void) {
  const float p[] = {0.5f, 0, 0.25f, 0.125f, 0.125f};
  enum { PICKS = 1000000 };
  double seen[5] = {0};
  ink_random random;
  ink_random_seed(&random, 1, 1);
  for (int i = 0; i < PICKS; i++) seen[ink_pick(p, 5, ink_random_uniform(&random))]++;
  for (int i = 0; i < 5; i++) {
    double share = (double)p[i];
    CHECK_NEAR(seen[i] / PICKS, share, 5 * sqrt(share * (1 - share) / PICKS));
  }
}

int main(void) {
  static const ink_kernel all[] = {INK_KERNEL_SCALAR, INK_KERNEL_SIMD, INK_KERNEL_AVX2,
                                   INK_KERNEL_AVX512};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    kernels = ink_kernels_find(all[i]);
    if (kernels == NULL) continue;
    test_defaults();
    test_temperature();
    test_cuts();
    test_repetition();
    test_against_sort();
  }
  test_check();
  test_recent();
  test_pick();
  test_frequencies();
  return 0;
}
