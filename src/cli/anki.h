/*
 * What Anki exports: rows below lines that say how these are to be read, as "#separator:tab".
 */
#ifndef INK_CLI_ANKI_H
#define INK_CLI_ANKI_H

#include <stddef.h>

/* Turns such an export into lines of what stands on each card, with tabs between: without quotes,
 * the marks of a page, and columns of ids, kinds, decks and tags. The lines above the rows become
 * blank, so that those below keep their numbers. Other texts stay as they are. */
void ink_anki_read(char *text, size_t *bytes);

#endif
