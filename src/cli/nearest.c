/*
 * Mistyped names. See nearest.h.
 */
#include "cli/nearest.h"

#include <stdbool.h>
#include <string.h>

enum { LONGEST = 32 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Damerau, "A technique for computer detection and correction of spelling errors" (1964): how many
 * changes make one of the other, when no place is changed twice. */
static size_t changes(const char *a, size_t rows, const char *b, size_t columns) {
  size_t table[LONGEST + 1][LONGEST + 1];
  for (size_t i = 0; i <= rows; i++) table[i][0] = i;
  for (size_t k = 0; k <= columns; k++) table[0][k] = k;
  for (size_t i = 1; i <= rows; i++) {
    for (size_t k = 1; k <= columns; k++) {
      size_t other = table[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
      size_t best = least(other, 1 + least(table[i - 1][k], table[i][k - 1]));
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
        best = least(best, 1 + table[i - 2][k - 2]);
      }
      table[i][k] = best;
    }
  }
  return table[rows][columns];
}

void ink_nearest_try(ink_nearest *nearest, const char *typed, size_t length, const char *name) {
  enum { BEGINNING = 3, LONG = 6 };
  size_t own = strlen(name), most = own < BEGINNING ? 0 : own < LONG ? 1 : 2;
  if (length > LONGEST || own > LONGEST) return;
  bool begins = length >= BEGINNING && strncmp(typed, name, length) == 0;
  size_t distance = begins ? 1 : changes(typed, length, name, own);
  if (distance > most || (nearest->name != NULL && nearest->distance <= distance)) return;
  *nearest = (ink_nearest){name, distance};
}
