/*
 * What a person is told of the lines that a verb reads: how the model reads them, and which of them
 * it could not.
 */
#ifndef INK_CLI_NOTES_H
#define INK_CLI_NOTES_H

#include <stdbool.h>

#include "inkling.h"
#include "inkling_text.h"

typedef struct ink_notes {
  const ink_model *model;
  bool numbered;  /* whether lines are named by their numbers */
  ink_lacks last; /* what was said */
} ink_notes;

/* On stderr, what the model lacks of this line; what is said of a line is not said of the next. */
void ink_notes_show(ink_notes *notes, const ink_pair *line);

/* A line on stderr from an error about this line, and the exit status for it. */
int ink_notes_fail(const ink_notes *notes, const ink_pair *line, const ink_error *error);

#endif
