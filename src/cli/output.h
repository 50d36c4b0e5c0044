/*
 * Files that the command writes: complete or not there, never one that it reads, and never anything
 * but a regular file replaced. Links are followed, a file's mode stays, "-" is standard output;
 * what is no regular file, a device or a pipe, is written to directly.
 */
#ifndef INK_CLI_OUTPUT_H
#define INK_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether ink_output_write() will be able to begin, asked before long work: false after a line on
 * stderr, also when the file is one of `inputs` [count], of which some may be NULL or "-". Removes
 * what runs of this command that were killed have left beside it. */
bool ink_output_check(const char *path, const char *const *inputs, size_t count);

/* Whether it is standard output or no regular file, so that what is written stays written. */
bool ink_output_streams(const char *path);

/* Whether two paths are one file, through whatever links. */
bool ink_output_same(const char *path, const char *other);

/* Whether a file that is there, and not empty, will be replaced. */
bool ink_output_replaces(const char *path);

/* Writes beside the file and renames, so that a reader, or a machine that comes back after its
 * power has failed, finds the old file or the new one. False after a line on stderr. */
bool ink_output_write(const char *path, const void *bytes, size_t size);

/* The same of what is written again and again: *failed, of the last time, becomes that of this one,
 * and the line is only of the first failure in a row. */
bool ink_output_try(const char *path, const void *bytes, size_t size, bool *failed);

#endif
