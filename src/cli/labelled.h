/*
 * Files of labelled texts, in whatever columns they come: made into lines of a label, a tab and a
 * text, which is what is trained on and scored.
 */
#ifndef INK_CLI_LABELLED_H
#define INK_CLI_LABELLED_H

#include <stdbool.h>

#include "cli/files.h"
#include "inkling.h"
#include "inkling_text.h"

/* The text [*bytes], whose memory is the caller's, becomes the lines that were read of its columns,
 * which it then owns; without such lines it stays as it is. Returns whether it has become them. */
bool ink_labelled_take(ink_columns *columns, char **text, size_t *bytes);

/* Does so by the labels that a classifier has. Where the text has changed and `tells`, a line on
 * stderr says what was read as what. */
ink_status ink_labelled_read(const ink_model *model, const char *path, bool tells, char **text,
                             size_t *bytes, ink_error *error);

/* As "a text, a tab and a label". */
void ink_labelled_describe(const ink_columns *columns, char words[INK_NOTE]);

/* What such a text is taken for, in place of what the recipe says of the lines made of it. */
void ink_labelled_note(const ink_columns *columns, char note[INK_NOTE]);

/* Where a text is a table, and so may not be what its lines as they stand are learnt for, a line on
 * stderr says how columns of it are taken. */
void ink_labelled_show_table(const char *path, ink_task task, const char *text, size_t bytes);

/* Lines on stderr about what nobody reads. */
void ink_labelled_show_rest(const ink_columns *columns);

#endif
