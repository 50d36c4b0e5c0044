/*
 * What the command uses of POSIX and WASI does not have: see posix.h. And two things that the host
 * (bin/inkling.js) says in the environment: the folder that the command is in, and its number.
 */
#include "cli/wasi/posix.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Before main(): paths are from the folder in which the command was called. */
__attribute__((constructor)) static void enter_folder(void) {
  const char *folder = getenv("PWD");
  if (folder != NULL) (void)chdir(folder); /* what cannot be entered, opening a file will say */
}

pid_t getpid(void) {
  const char *id = getenv("INKLING_PID");
  return id == NULL ? 1 : (pid_t)strtol(id, NULL, 10);
}

static int missing(void) {
  errno = ENOSYS;
  return -1;
}

int sigaction(int signal_number, const struct sigaction *action, struct sigaction *before) {
  (void)signal_number, (void)action, (void)before;
  return missing();
}

int kill(pid_t process, int signal_number) {
  (void)process, (void)signal_number;
  return missing();
}

uid_t geteuid(void) { return 0; }

int fchown(int file, uid_t user, gid_t group) {
  (void)file, (void)user, (void)group;
  return 0;
}

int fchmod(int file, mode_t mode) {
  (void)file, (void)mode;
  return 0;
}

int flock(int file, int operation) {
  (void)file, (void)operation;
  return 0;
}
