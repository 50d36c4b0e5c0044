/*
 * Files that the command writes. See output.h.
 */
#define _XOPEN_SOURCE 700

#include "cli/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#ifndef __wasi__
#include <signal.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "cli/print.h"

static bool is_standard(const char *path) { return strcmp(path, "-") == 0; }

static bool fail_write(const char *path) {
  ink_complain(NULL, "cannot write %s: %s", is_standard(path) ? "standard output" : path,
               strerror(errno));
  return false;
}

/* ---- Where it goes --------------------------------------------------------------------------- */

/* A NUL-ended string that the caller frees, or NULL with errno set. */
static char *joined(const char *a, size_t a_bytes, const char *b) {
  ink_buffer text = {0};
  ink_buffer_append(&text, a, a_bytes);
  ink_buffer_append(&text, b, strlen(b) + 1);
  if (!text.failed) return text.bytes;
  ink_buffer_free(&text);
  errno = ENOMEM;
  return NULL;
}

/* Bytes of the path before its last part: of the folder, with its slash. */
static size_t folder_bytes(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

/* The file that a path names after all links, whether it is there or not; NULL with errno set. The
 * caller frees it. */
static char *resolve(const char *path) {
  enum { HOPS = 32 };
  char *at = joined(path, strlen(path), "");
  for (int hop = 0; at != NULL; hop++) {
    char target[4096];
    ssize_t length = readlink(at, target, sizeof target - 1);
    if (length < 0) return at; /* no link, or not there */
    target[length] = '\0';
    char *next = hop == HOPS ? NULL : joined(at, target[0] == '/' ? 0 : folder_bytes(at), target);
    if (hop == HOPS) errno = ELOOP;
    free(at);
    at = next;
  }
  return NULL;
}

bool ink_output_streams(const char *path) {
  struct stat status;
  if (is_standard(path)) return true;
  return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

bool ink_output_replaces(const char *path) {
  struct stat status;
  return !is_standard(path) && stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
         status.st_size > 0;
}

bool ink_output_same(const char *path, const char *other) {
  struct stat a, b;
  return stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino && S_ISREG(a.st_mode);
}

/* ---- What lies beside it --------------------------------------------------------------------- */

/* The name to write under before the rename, in the same folder. */
static char *aside_name(const char *file) {
  char ending[40];
  snprintf(ending, sizeof ending, ".%ld.part", (long)getpid());
  return joined(file, strlen(file), ending);
}

#ifdef __wasi__ /* which knows no processes, and no owners */
static void remove_stale(const char *file) { (void)file; }
#else
/* The process in "BASE.PID.part", or 0: another name. */
static long process_of(const char *name, const char *base) {
  size_t length = strlen(base);
  if (strncmp(name, base, length) != 0 || name[length] != '.') return 0;
  const char *digits = name + length + 1;
  size_t count = strspn(digits, "0123456789");
  if (count == 0 || count > 9 || strcmp(digits + count, ".part") != 0) return 0;
  return strtol(digits, NULL, 10);
}

/* Removes the unfinished files of processes that are no more. */
static void remove_stale(const char *file) {
  size_t folder = folder_bytes(file);
  char *path = folder == 0 ? joined(".", 1, "") : joined(file, folder, "");
  DIR *listing = path == NULL ? NULL : opendir(path);
  for (struct dirent *entry; listing != NULL && (entry = readdir(listing)) != NULL;) {
    long process = process_of(entry->d_name, file + folder);
    struct stat status;
    if (process == 0 || kill((pid_t)process, 0) == 0 || errno != ESRCH) continue;
    if (fstatat(dirfd(listing), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(status.st_mode) && status.st_uid == geteuid()) {
      unlinkat(dirfd(listing), entry->d_name, 0);
    }
  }
  if (listing != NULL) closedir(listing);
  free(path);
}
#endif

/* ---- Checking -------------------------------------------------------------------------------- */

/* Whether a file can be made beside `file`, and the old one may be replaced. */
static bool check_replaceable(const char *path, const char *file) {
  remove_stale(file);
  if (access(file, F_OK) == 0 && access(file, W_OK) != 0) return fail_write(path);
  char *aside = aside_name(file);
  int made = aside == NULL ? -1 : open(aside, O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (made < 0) {
    fail_write(path);
  } else {
    close(made);
    unlink(aside);
  }
  free(aside);
  return made >= 0;
}

bool ink_output_check(const char *path, const char *const *inputs, size_t count) {
  struct stat status = {0};
  if (is_standard(path)) {
    if (!isatty(STDOUT_FILENO)) return true;
    ink_complain(NULL, "a model is not written to a terminal: send standard output to a file");
    return false;
  }
  for (size_t i = 0; i < count; i++) {
    if (inputs[i] == NULL || !ink_output_same(path, inputs[i])) continue;
    ink_complain(NULL, "%s is read, and would be overwritten: choose another name to write", path);
    return false;
  }
  if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    return fail_write(path);
  }
  if (ink_output_streams(path)) {
    if (S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode)) return true;
    ink_complain(NULL, "cannot write %s: it is no file, pipe or character device", path);
    return false;
  }
  char *file = resolve(path);
  bool good = file != NULL ? check_replaceable(path, file) : fail_write(path);
  free(file);
  return good;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static bool write_all(int to, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t written = write(to, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    size -= (size_t)written;
  }
  return true;
}

static bool write_stream(const char *path, const char *bytes, size_t size) {
  int to = is_standard(path) ? STDOUT_FILENO : open(path, O_WRONLY);
  if (to < 0) return false;
  bool written = write_all(to, bytes, size);
  int reason = errno;
  if (to != STDOUT_FILENO) close(to);
  errno = reason;
  return written;
}

/* So that the rename outlives a loss of power. Not every file system can, which is no failure. */
static void sync_folder(const char *file) {
  size_t bytes = folder_bytes(file);
  char *path = bytes == 0 ? joined(".", 1, "") : joined(file, bytes, "");
  int folder = path == NULL ? -1 : open(path, O_RDONLY | O_DIRECTORY);
  if (folder >= 0) {
    fsync(folder);
    close(folder);
  }
  free(path);
}

/* Mode and owner of the file that is replaced. A new owner takes a privilege; without it the file
 * is this user's. */
static bool keep_mode(const char *file, int made) {
#ifdef __wasi__
  (void)file, (void)made;
  return true;
#else
  struct stat old;
  if (stat(file, &old) != 0) return true;
  bool same = fchown(made, old.st_uid, old.st_gid) == 0 || old.st_uid == geteuid();
  return fchmod(made, old.st_mode & (same ? 07777 : 0777)) == 0;
#endif
}

static bool write_file(const char *file, const char *aside, const char *bytes, size_t size) {
  unlink(aside); /* of an earlier process that had this one's number */
  int made = open(aside, O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (made < 0) return false;
  bool written = keep_mode(file, made) && write_all(made, bytes, size) && fsync(made) == 0;
  int reason = errno;
  if (close(made) != 0 && written) {
    written = false;
    reason = errno;
  }
  if (written && rename(aside, file) == 0) return true;
  if (written) reason = errno;
  unlink(aside);
  errno = reason;
  return false;
}

/* False with errno set. */
static bool write_whole(const char *path, const void *bytes, size_t size) {
  if (ink_output_streams(path)) return write_stream(path, bytes, size);
  char *file = resolve(path), *aside = file == NULL ? NULL : aside_name(file);
  bool written = aside != NULL && write_file(file, aside, bytes, size);
  int reason = errno;
  if (written) sync_folder(file);
  free(aside);
  free(file);
  errno = reason;
  return written;
}

bool ink_output_write(const char *path, const void *bytes, size_t size) {
  return write_whole(path, bytes, size) || fail_write(path);
}

bool ink_output_try(const char *path, const void *bytes, size_t size, bool *failed) {
  bool written = write_whole(path, bytes, size);
  if (!written && !*failed) fail_write(path);
  *failed = !written;
  return written;
}
