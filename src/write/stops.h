/*
 * Stops: strings before which a text ends. A stop may begin in one token and end in a later one;
 * each text keeps how many bytes of every stop it ends with, and goes back by the stop's failure
 * table (Knuth, Morris and Pratt 1977), so that a byte costs the same however long the stops are.
 */
#ifndef INK_WRITE_STOPS_H
#define INK_WRITE_STOPS_H

#include "inkling.h"

typedef struct ink_stop {
  const char *text; /* [length], and a NUL */
  size_t length;
  size_t *failure; /* [length]: after i+1 bytes, the longest shorter beginning that they end with */
} ink_stop;

typedef struct ink_stops {
  size_t count, size; /* bytes of all of them, each with its NUL */
  ink_stop *list;     /* [count] */
  char *text;         /* [size] */
  size_t *failure;    /* [size], of one after another */
} ink_stops;

/* Of strings, each ended by a NUL byte, `size` bytes in all. To be released by one free(). */
ink_status ink_stops_new(const char *strings, size_t size, ink_stops **stops, ink_error *error);

/* A text whose end is `matched` [stops->count] goes on with a byte: returns the length of the stop
 * that this completes, else 0. Of several the longest, which begins first. A text that is empty has
 * matched zeros. */
size_t ink_stops_match(const ink_stops *stops, size_t *matched, char c);

#endif
