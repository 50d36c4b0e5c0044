/*
 * What the command uses of POSIX and WASI does not have, declared. Every file of the command is
 * compiled for WASI as if it began with this. Nobody else includes it.
 */
#ifndef INK_CLI_WASI_POSIX_H
#define INK_CLI_WASI_POSIX_H

#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>

/* No signal is ever caught: one that ends a program ends this one. */
struct sigaction {
  void (*sa_handler)(int);
  int sa_flags;
};
#ifndef SA_RESTART
#define SA_RESTART 0
#endif
int sigaction(int signal_number, const struct sigaction *action, struct sigaction *before);

/* Other processes are not known: whether one lives cannot be told (ENOSYS). */
int kill(pid_t process, int signal_number);

/* One user, who owns everything; a file's mode is as the host makes it. */
uid_t geteuid(void);
int fchown(int file, uid_t user, gid_t group);
int fchmod(int file, mode_t mode);

/* No locks: every one is given. */
int flock(int file, int operation);

#endif
