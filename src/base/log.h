/*
 * The natural logarithm, the exponential function and the cosine in double precision: the same bits
 * on every machine, as the C library's are not, and without its tables, which are a good part of a
 * download. The first two are within 2 units in the last place of the exact value
 * (tests/c/test_log.c measures it).
 */
#ifndef INK_BASE_LOG_H
#define INK_BASE_LOG_H

/* ln x, for x > 0, normal and finite. */
double ink_log(double x);

/* cos x, for x from 0 to 2 pi, within 1e-15. */
double ink_cos(double x);

/* e^x; 0 below -708, infinite above 709, NaN of NaN. */
double ink_exp(double x);

#endif
