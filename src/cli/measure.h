/*
 * Time, memory, and what counts of several measurements.
 */
#ifndef INK_CLI_MEASURE_H
#define INK_CLI_MEASURE_H

#include <stdint.h>

/* Seconds since some moment, which do not jump. */
double ink_seconds(void);

/* Bytes of memory that this machine has; 0: that is not known. */
double ink_machine_bytes(void);

/* The middle one of values [count], which are put in order. */
double ink_median(double *values, uint32_t count);

#endif
