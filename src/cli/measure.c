/*
 * The clock, the machine's memory, and the median.
 */
#define _POSIX_C_SOURCE 200809L

#include "cli/measure.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

double ink_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double ink_machine_bytes(void) {
#if defined(_SC_PHYS_PAGES) && !defined(__wasi__)
  long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
  return pages > 0 && bytes > 0 ? (double)pages * (double)bytes : 0;
#else
  return 0;
#endif
}

static int compare_doubles(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

double ink_median(double *values, uint32_t count) {
  qsort(values, count, sizeof *values, compare_doubles);
  return values[count / 2];
}
