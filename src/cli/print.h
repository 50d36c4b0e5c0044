/*
 * What the command prints. A text that was asked for goes out byte for byte; everything else that
 * comes from a file or from the command line - names, labels, metadata, samples - is escaped, so
 * that none of it moves a terminal's cursor, colours it, or looks like a line of ours.
 */
#ifndef INK_CLI_PRINT_H
#define INK_CLI_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"
#include "inkling.h"

/* "inkling VERB: ..." on stderr, a line, all of it escaped; `verb` may be NULL. */
__attribute__((format(printf, 2, 3))) void ink_complain(const char *verb, const char *format, ...);

/* What a message calls a file that is read: "-" is standard input. */
const char *ink_file_name(const char *path);

/* The name of a file as a shell reads it, for a command that a message tells: in quotes where it
 * has spaces or the like. `ink_shell_name(path).text` lasts as long as the call that has it. */
typedef struct ink_shell_word {
  char text[512];
} ink_shell_word;
ink_shell_word ink_shell_name(const char *path);

/* Text [bytes], escaped: control characters, what turns the direction of writing, and what is not
 * UTF-8, as \n, \x1b or \u202e. */
void ink_print_escaped(FILE *file, const char *text, size_t bytes);

/* The same of a string. */
void ink_print_string(FILE *file, const char *text);

/* A text that was asked for, on standard output: as it is, but on a terminal with everything
 * escaped except for line breaks and tabs. False when it could not be written. */
bool ink_print_text(const char *text, size_t bytes);

/* Sends out what was printed. False when some of it could not be written, now or before, for
 * ink_print_reason(), as errno has it. */
bool ink_print_flush(void);
int ink_print_reason(void);

/* JSON that was made, on standard output, and frees it; nothing of it when some was not made for
 * lack of memory. */
ink_status ink_print_json(ink_buffer *json, ink_error *error);

#endif
