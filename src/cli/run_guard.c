/*
 * What keeps a long run from being lost. See run_guard.h.
 */
#define _DEFAULT_SOURCE /* flock() */
#define _POSIX_C_SOURCE 200809L

#include "cli/run_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef __wasi__
#include <signal.h>
#include <sys/file.h>
#endif

#include "base/buffer.h"
#include "cli/measure.h"
#include "cli/output.h"
#include "cli/print.h"

/* ---- Signals --------------------------------------------------------------------------------- */

/* A signal handler can tell the loop nothing but by a global. */
#ifdef __wasi__ /* which has neither signals nor locks: a file would be all that is left of one */
void ink_run_guard_catch(void) {}
bool ink_run_guard_interrupted(void) { return false; }
static void outlive_readers(void) {}
static bool take_lock(ink_run_guard *guard) {
  (void)guard;
  return true;
}
#else
static volatile sig_atomic_t interrupted = 0;

static void on_signal(int signal_number) {
  if (interrupted) _exit(128 + signal_number);
  interrupted = 1;
}

void ink_run_guard_catch(void) {
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;
    /* A signal that is ignored stays so: nohup means it. */
    if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
      sigaction(signals[i], &action, NULL);
    }
  }
}

bool ink_run_guard_interrupted(void) { return interrupted != 0; }

/* A pipe into which the run prints may be closed, as head does: the model matters more. */
static void outlive_readers(void) { signal(SIGPIPE, SIG_IGN); }

/* ---- The lock -------------------------------------------------------------------------------- */

/* The lock may have been removed, by the run that had it, between opening and locking it. */
static bool is_still_there(const char *path, int lock) {
  struct stat opened, named;
  return fstat(lock, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

static bool take_lock(ink_run_guard *guard) {
  const char *path = guard->lock_path;
  for (;;) {
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (lock < 0) {
      ink_complain(NULL, "cannot write %s: %s", path, strerror(errno));
      return false;
    }
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
      ink_complain(NULL, "%s: %s", path,
                   errno == EWOULDBLOCK ? "another run is training this model" : strerror(errno));
      close(lock);
      return false;
    }
    if (is_still_there(path, lock)) {
      guard->lock = lock;
      return true;
    }
    close(lock);
  }
}

#endif

bool ink_run_guard_begin(ink_run_guard *guard, const char *out, double every) {
  *guard = (ink_run_guard){.lock = -1, .every = every, .saved = ink_seconds()};
  outlive_readers();
  if (ink_output_streams(out)) return true;
  ink_buffer path = {0};
  ink_buffer_format(&path, "%s.lock", out);
  ink_buffer_append(&path, "", 1);
  if (path.failed) {
    ink_buffer_free(&path);
    ink_complain(NULL, "out of memory");
    return false;
  }
  guard->lock_path = path.bytes;
  return take_lock(guard);
}

void ink_run_guard_end(ink_run_guard *guard) {
  if (guard->lock >= 0) {
    unlink(guard->lock_path);
    close(guard->lock);
  }
  free(guard->lock_path);
  *guard = (ink_run_guard){.lock = -1};
}

/* ---- Checkpoints ----------------------------------------------------------------------------- */

bool ink_run_guard_loses(const char *checkpoint, const char *resume) {
  if (access(checkpoint, F_OK) != 0) return false;
  if (resume != NULL && ink_output_same(checkpoint, resume)) return false;
  ink_complain("train",
               "%s is of a run that has not finished: go on with --resume %s, or give it up with "
               "--overwrite",
               checkpoint, ink_shell_name(checkpoint).text);
  return true;
}

bool ink_run_guard_due(const ink_run_guard *guard) {
  enum { SHARE = 50 };
  if (guard->every <= 0) return false;
  double interval = guard->cost * SHARE > guard->every ? guard->cost * SHARE : guard->every;
  return ink_seconds() - guard->saved >= interval;
}

void ink_run_guard_saved(ink_run_guard *guard, double began) {
  guard->saved = ink_seconds();
  guard->cost = guard->saved - began;
}
