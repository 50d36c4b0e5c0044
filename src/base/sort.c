/*
 * Sorting of pointers. See sort.h.
 */
#include "base/sort.h"

void ink_sort(const void **list, size_t count, int (*by)(const void *, const void *)) {
  size_t gap = 1;
  while (gap < count / 3) gap = 3 * gap + 1;
  for (; gap > 0; gap /= 3) {
    for (size_t i = gap; i < count; i++) {
      const void *moved = list[i];
      size_t at = i;
      for (; at >= gap && by(list[at - gap], moved) > 0; at -= gap) list[at] = list[at - gap];
      list[at] = moved;
    }
  }
}
