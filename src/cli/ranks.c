/*
 * Processes that train together, by MPI. See ranks.h.
 */
#include "cli/ranks.h"

#ifdef INK_MPI
#include <mpi.h>
#include <stdlib.h>

/* A message of MPI counts its elements in an int. */
enum { MOST = 1 << 28 };

ink_ranks ink_ranks_begin(void) {
  int rank, count;
  MPI_Init(NULL, NULL);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &count);
  return (ink_ranks){(uint32_t)rank, (uint32_t)count};
}

void ink_ranks_end(bool alone) {
  if (alone) MPI_Abort(MPI_COMM_WORLD, 1);
  MPI_Finalize();
}

static int next(size_t at, size_t count) {
  return (int)(count - at < MOST ? count - at : (size_t)MOST);
}

void ink_ranks_sum_floats(const ink_ranks *ranks, float *floats, size_t count) {
  if (ranks->count == 1) return;
  for (size_t at = 0; at < count; at += MOST) {
    MPI_Allreduce(MPI_IN_PLACE, floats + at, next(at, count), MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
  }
}

void ink_ranks_sum_doubles(const ink_ranks *ranks, double *doubles, size_t count) {
  if (ranks->count == 1) return;
  MPI_Allreduce(MPI_IN_PLACE, doubles, (int)count, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
}

bool ink_ranks_share(const ink_ranks *ranks, bool read, char **bytes, size_t *size) {
  if (ranks->count == 1) return read;
  uint64_t said = read ? *size + 1 : 0; /* 0: there are none */
  MPI_Bcast(&said, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
  if (said == 0) return false;
  *size = (size_t)said - 1;
  if (ranks->rank != 0) *bytes = malloc((size_t)said);
  double have = *bytes != NULL ? 1 : 0;
  ink_ranks_sum_doubles(ranks, &have, 1);
  if (have < ranks->count) return false;
  for (size_t at = 0; at < *size; at += MOST) {
    MPI_Bcast(*bytes + at, next(at, *size), MPI_BYTE, 0, MPI_COMM_WORLD);
  }
  return true;
}

#else

ink_ranks ink_ranks_begin(void) { return (ink_ranks){0, 1}; }
void ink_ranks_end(bool alone) { (void)alone; }

void ink_ranks_sum_floats(const ink_ranks *ranks, float *floats, size_t count) {
  (void)ranks, (void)floats, (void)count;
}

void ink_ranks_sum_doubles(const ink_ranks *ranks, double *doubles, size_t count) {
  (void)ranks, (void)doubles, (void)count;
}

bool ink_ranks_share(const ink_ranks *ranks, bool read, char **bytes, size_t *size) {
  (void)ranks, (void)bytes, (void)size;
  return read;
}

#endif
