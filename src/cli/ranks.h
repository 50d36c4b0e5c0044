/*
 * The processes of `mpirun -np N inkling train`, which split the batch. In a build without MPI
 * (CMake's INK_MPI is off) there is one, and nothing here does anything.
 */
#ifndef INK_CLI_RANKS_H
#define INK_CLI_RANKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ink_ranks {
  uint32_t rank, count; /* this process, and how many there are */
} ink_ranks;

/* Once, before and after all else. `alone`: this process fails in a way that the others do not know
 * of, and takes them with it. */
ink_ranks ink_ranks_begin(void);
void ink_ranks_end(bool alone);

/* Replaces each of floats [count] by its sum over the ranks, the same bits in all of them. */
void ink_ranks_sum_floats(const ink_ranks *ranks, float *floats, size_t count);
void ink_ranks_sum_doubles(const ink_ranks *ranks, double *doubles, size_t count);

/* Hands bytes [*size] of rank 0 to the others, who get their own copy, theirs to free. `read` says
 * on rank 0 whether there are any; returned on all. False as well where memory is short. */
bool ink_ranks_share(const ink_ranks *ranks, bool read, char **bytes, size_t *size);

#endif
