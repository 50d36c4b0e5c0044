/*
 * What the command needs of POSIX and WASI lacks: a folder that it is in, and an id. The host names
 * both in the environment. Compiled for WASI alone.
 */
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
