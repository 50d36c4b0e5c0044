/*
 * The lines that a verb answers one by one: of standard input as they come, so that a program that
 * is still writing them sees what is said of those that it wrote.
 */
#ifndef INK_CLI_LINES_H
#define INK_CLI_LINES_H

#include <stdbool.h>

#include "base/buffer.h"
#include "inkling_text.h"

typedef struct ink_lines {
  bool whole;       /* a text on the command line is one line, whatever breaks it has */
  bool ended;       /* nothing more is to be read */
  bool failed;      /* after a line on stderr */
  bool several;     /* whether the line that was given is one of several, as far as is known */
  ink_buffer bytes; /* read and not opened yet: what follows the last line break */
  char *text;       /* [size], opened: whole lines */
  size_t size, at;
  ink_pair line;
} ink_lines;

/* Of `text`, or of standard input when that is NULL or "-". `encoding`, unless NULL, is what
 * standard input is written in, which is then read to its end at once. False after a line on
 * stderr. ink_lines_close() also after a failure. */
bool ink_lines_open(ink_lines *lines, const char *text, const char *encoding, bool whole);
void ink_lines_close(ink_lines *lines);

/* The next one, an empty one too, until the next call; NULL after the last, or where `failed`. */
const ink_pair *ink_lines_next(ink_lines *lines);

#endif
