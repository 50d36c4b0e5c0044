/*
 * Sorting of pointers (Shell 1959). The C library's qsort is far larger, and a small build would
 * have it for the few names of a file's header alone.
 */
#ifndef INK_BASE_SORT_H
#define INK_BASE_SORT_H

#include <stddef.h>

/* Sorts a list of pointers; by(a, b) of two of them is negative where a comes first. Equal ones end
 * in any order. */
void ink_sort(const void **list, size_t count, int (*by)(const void *, const void *));

#endif
