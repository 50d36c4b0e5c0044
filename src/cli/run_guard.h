/*
 * What keeps a long run from being lost: signals that let it save itself, a lock against a second
 * run of the same name, and the time of the next checkpoint.
 */
#ifndef INK_CLI_RUN_GUARD_H
#define INK_CLI_RUN_GUARD_H

#include <stdbool.h>

typedef struct ink_run_guard {
  char *lock_path;
  int lock;     /* its file descriptor, or -1 */
  double every; /* seconds between checkpoints; 0: none but on a signal */
  double saved; /* clock of the last one */
  double cost;  /* seconds that it took */
} ink_run_guard;

/* Takes the lock of `out`, MODEL.lock. False after a line on stderr: another run has it. An `out`
 * that streams has none. From now on a pipe that nobody reads any more does not end the process. */
bool ink_run_guard_begin(ink_run_guard *guard, const char *out, double every);
void ink_run_guard_end(ink_run_guard *guard);

/* Whether the checkpoint at this path, that of an unfinished run, would be lost by a run that is
 * not `resume`, which may be NULL: true after a line on stderr. */
bool ink_run_guard_loses(const char *checkpoint, const char *resume);

/* From now on the first SIGINT, SIGTERM or SIGHUP is told by ink_run_guard_interrupted(), and the
 * second ends the process at once. Before, with nothing to save, the first one does. */
void ink_run_guard_catch(void);
bool ink_run_guard_interrupted(void);

/* Whether a checkpoint is due: `every` seconds after the last, or later where writing takes more
 * than a fiftieth of that. */
bool ink_run_guard_due(const ink_run_guard *guard);

/* After a checkpoint that was begun at this clock. */
void ink_run_guard_saved(ink_run_guard *guard, double began);

#endif
