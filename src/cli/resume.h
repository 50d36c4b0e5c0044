/*
 * Going on with a run: what cannot be changed of it.
 */
#ifndef INK_CLI_RESUME_H
#define INK_CLI_RESUME_H

#include <stdbool.h>

#include "inkling.h"

/* Room for a bool an option. */
enum { INK_OPTIONS_MOST = 64 };

/* Whether options that were given, in the order of their table, are others than those of the run in
 * the checkpoint, which keeps its own: true after a line on stderr about the first, where it
 * `tells`. Only threads, steps and epochs can change, to no fewer than were made. */
bool ink_resume_differs(const char *checkpoint, size_t size, const ink_train_options *options,
                        const bool given[INK_OPTIONS_MOST], bool tells);

#endif
