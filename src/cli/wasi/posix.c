/*
 * Two things that WASI does not have and the host (bin/inkling.js) says in the environment: the
 * folder that the command is in, and its number.
 */
#include <stdlib.h>
#include <sys/types.h>
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
