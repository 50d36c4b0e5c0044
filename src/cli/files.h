/*
 * Files that the command reads: bytes, texts and models.
 */
#ifndef INK_CLI_FILES_H
#define INK_CLI_FILES_H

#include <stdbool.h>

#include "inkling.h"
#include "inkling_text.h"

/* What was read of a file, or a part of it: the caller's to free. */
typedef struct ink_text_part {
  char *text;
  size_t bytes;
} ink_text_part;

/* Exit statuses of the command. */
enum { INK_EXIT_OK = 0, INK_EXIT_FAILED = 1, INK_EXIT_USAGE = 2 };

/* Reads a file, or standard input for "-". *bytes is the caller's to free. False after a line on
 * stderr. */
bool ink_file_read(const char *path, char **bytes, size_t *size);

/* Whether ink_file_read() can begin. False after a line on stderr. */
bool ink_file_opens(const char *path);

/* Whether there is a regular file of this name. */
bool ink_file_is(const char *path);

/* Reads a text as text/reader.h has it, of the named encoding; for NULL UTF-8, or UTF-16 with its
 * mark. What Anki exports is read as cli/anki.h says. *text is the caller's to free. False after a
 * line on stderr, which names the encoding that it seems to be in. */
bool ink_file_text(const char *path, const char *encoding, char **text, size_t *bytes);

/* Replaces the bytes, which are the caller's to free, by the text in them, as ink_text_open() has
 * it. False after such a line. */
bool ink_file_open_text(const char *path, unsigned keep, char **bytes, size_t *size);

/* Whether a TEXT on the command line, or none, means standard input; and what to say of an option
 * for what is read where nothing is. */
bool ink_file_reads(const char *text);
#define INK_NOT_READ "--encoding is for standard input, and the text is on the command line"

/* The kernels of this name; false after a line on stderr. */
bool ink_kernel_find(const char *name, ink_kernel *kernel);

/* Opens a model file; `path` NULL is one that was not given; `vocabulary` names a file of tokens or
 * is NULL; `kernel` names a build of the kernels or is NULL. *file, unless NULL, receives what was
 * read, the caller's to free. NULL after a line on stderr; *exit_status then says how to end. */
ink_model *ink_file_model(const char *path, const char *vocabulary, const char *kernel,
                          ink_text_part *file, int *exit_status);

/* A line on stderr from an error, and the exit status for it. */
int ink_report(const char *what, const ink_error *error);

/* The same of what was done with a text, whose path is named where it is the text that is wrong. */
int ink_report_text(const char *path, const ink_error *error);

#endif
