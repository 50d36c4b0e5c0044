/*
 * Of the names that there are the one that a mistyped one was meant to be.
 */
#ifndef INK_CLI_NEAREST_H
#define INK_CLI_NEAREST_H

#include <stddef.h>

typedef struct ink_nearest {
  const char *name; /* the nearest so far, or NULL: none is near; borrowed */
  size_t distance;
} ink_nearest;

/* Compares `typed` [length] with one of the names. It is near when `typed` is its beginning, of
 * three letters or more, or becomes it by one change, of a name of six letters and more by two: a
 * letter more, fewer, another one, or two neighbours exchanged. Begin with {0}. */
void ink_nearest_try(ink_nearest *nearest, const char *typed, size_t length, const char *name);

#endif
