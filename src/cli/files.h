/*
 * Files for the command: whole reads, writes that are complete or not there, and models.
 */
#ifndef INK_CLI_FILES_H
#define INK_CLI_FILES_H

#include <stdbool.h>

#include "inkling.h"
#include "text/pairs.h"

/* Exit statuses of the command. */
enum { INK_EXIT_OK = 0, INK_EXIT_FAILED = 1, INK_EXIT_USAGE = 2 };

/* Reads a file, or standard input for "-". *bytes is the caller's to free. False after a line on
 * stderr. */
bool ink_file_read(const char *path, char **bytes, size_t *size);

/* The lines [*count] of `text`, or of standard input when that is NULL, in whose bytes they are;
 * both are the caller's to free. False after a line on stderr. */
bool ink_file_lines(const char *text, char **bytes, ink_pair **lines, size_t *count);

/* Writes beside the file and renames, so that a reader finds the old file or the new one. False
 * after a line on stderr. */
bool ink_file_write(const char *path, const void *bytes, size_t size);

/* Whether ink_file_write() will be able to begin: asked before long work. False after a line on
 * stderr. */
bool ink_file_writable(const char *path);

/* Opens a model file; `path` NULL is one that was not given; `vocabulary` names a file of tokens or
 * is NULL; `kernel` names a build of the kernels or is NULL. NULL after a line on stderr;
 * *exit_status then says how to end. */
ink_model *ink_file_model(const char *path, const char *vocabulary, const char *kernel,
                          int *exit_status);

/* A line on stderr from an error, and the exit status for it. */
int ink_report(const char *what, const ink_error *error);

#endif
