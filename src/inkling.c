/*
 * What belongs to the library as a whole. The build defines INK_VERSION, from package.json.
 */
#include "inkling.h"

#include <stdlib.h>

const char *ink_version(void) { return INK_VERSION; }

void *ink_allocate(size_t bytes) { return malloc(bytes > 0 ? bytes : 1); }

void ink_release(void *memory) { free(memory); }
