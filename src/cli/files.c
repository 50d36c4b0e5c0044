/*
 * Files for the command. See files.h.
 */
#define _POSIX_C_SOURCE 200809L

#include "cli/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/utf8.h"

static bool fail_file(const char *path, const char *doing) {
  fprintf(stderr, "inkling: cannot %s %s: %s\n", doing, path, strerror(errno));
  return false;
}

bool ink_file_read(const char *path, char **bytes, size_t *size) {
  bool standard = strcmp(path, "-") == 0;
  FILE *file = standard ? stdin : fopen(path, "rb");
  if (file == NULL) return fail_file(path, "open");
  ink_buffer buffer = {0};
  char part[65536];
  size_t got;
  while ((got = fread(part, 1, sizeof part, file)) > 0) ink_buffer_append(&buffer, part, got);
  bool failed = ferror(file) != 0;
  if (failed) fail_file(path, "read");
  if (!standard) fclose(file);
  if (!failed && buffer.failed) {
    fprintf(stderr, "inkling: cannot read %s: out of memory\n", path);
    failed = true;
  }
  if (failed) {
    ink_buffer_free(&buffer);
    return false;
  }
  *bytes = buffer.bytes;
  *size = buffer.size;
  return true;
}

/* The name to write under before the rename; NULL after a line on stderr. The caller frees it. */
static char *aside_name(const char *path) {
  ink_buffer aside = {0};
  ink_buffer_format(&aside, "%s.%ld.part", path, (long)getpid());
  ink_buffer_append(&aside, "", 1);
  if (!aside.failed) return aside.bytes;
  ink_buffer_free(&aside);
  errno = ENOMEM;
  fail_file(path, "write");
  return NULL;
}

bool ink_file_writable(const char *path) {
  char *aside = aside_name(path);
  if (aside == NULL) return false;
  FILE *file = fopen(aside, "wb");
  if (file == NULL) {
    fail_file(path, "write");
  } else {
    fclose(file);
    remove(aside);
  }
  free(aside);
  return file != NULL;
}

bool ink_file_write(const char *path, const void *bytes, size_t size) {
  char *aside = aside_name(path);
  if (aside == NULL) return false;
  FILE *file = fopen(aside, "wb");
  bool written = file != NULL;
  if (written) {
    written = fwrite(bytes, 1, size, file) == size && fflush(file) == 0 && fsync(fileno(file)) == 0;
    int reason = errno;
    written = fclose(file) == 0 && written;
    errno = reason;
  }
  written = written && rename(aside, path) == 0;
  if (!written) {
    int reason = errno;
    if (file != NULL) remove(aside);
    errno = reason;
    fail_file(path, "write");
  }
  free(aside);
  return written;
}

int ink_report(const char *what, const ink_error *error) {
  fprintf(stderr, "inkling: %s%s%s\n", what, *what != '\0' ? ": " : "", error->message);
  return error->status == INK_ERROR_ARGUMENT ? INK_EXIT_USAGE : INK_EXIT_FAILED;
}

bool ink_file_lines(const char *text, char **bytes, ink_pair **lines, size_t *count) {
  size_t size = text == NULL ? 0 : strlen(text);
  ink_error error;
  *bytes = NULL;
  *lines = NULL;
  if (text == NULL && !ink_file_read("-", bytes, &size)) return false;
  ink_status status = ink_lines_read(text == NULL ? *bytes : text, size, lines, count, &error);
  return status == INK_OK || ink_report("", &error) == INK_EXIT_OK;
}

/* A vocabulary file holds its tokens each ended by a NUL byte, or, without any NUL, its characters
 * in the order of their ids: both become the first form. */
static bool read_vocabulary(const char *path, char **tokens, size_t *size) {
  char *bytes;
  size_t length;
  if (!ink_file_read(path, &bytes, &length)) return false;
  if (memchr(bytes == NULL ? "" : bytes, '\0', length) != NULL) {
    *tokens = bytes;
    *size = length;
    return true;
  }
  ink_buffer ended = {0};
  for (size_t at = 0; at < length;) {
    uint32_t code_point;
    size_t step = ink_utf8_decode(bytes + at, length - at, &code_point);
    if (step == 0) {
      fprintf(stderr, "inkling: %s is not UTF-8 at byte %zu\n", path, at);
      ink_buffer_free(&ended);
      free(bytes);
      return false;
    }
    ink_buffer_append(&ended, bytes + at, step);
    ink_buffer_append(&ended, "", 1);
    at += step;
  }
  free(bytes);
  if (ended.failed) {
    ink_buffer_free(&ended);
    fprintf(stderr, "inkling: cannot read %s: out of memory\n", path);
    return false;
  }
  *tokens = ended.bytes;
  *size = ended.size;
  return true;
}

static bool find_kernel(const char *name, ink_kernel *kernel) {
  static const char *const names[] = {"auto", "scalar", "simd", "avx2", "avx512"};
  for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++) {
    if (strcmp(names[i], name) != 0) continue;
    *kernel = (ink_kernel)i;
    return true;
  }
  fprintf(stderr, "inkling: --kernel is \"%s\"; it must be auto, scalar, simd, avx2 or avx512\n",
          name);
  return false;
}

ink_model *ink_file_model(const char *path, const char *vocabulary, const char *kernel,
                          int *exit_status) {
  ink_kernel chosen = INK_KERNEL_AUTO;
  *exit_status = INK_EXIT_USAGE;
  if (path == NULL) {
    fprintf(stderr, "inkling: a model file is missing; see --help\n");
    return NULL;
  }
  if (kernel != NULL && !find_kernel(kernel, &chosen)) return NULL;
  *exit_status = INK_EXIT_FAILED;
  char *bytes, *tokens = NULL;
  size_t size, tokens_size = 0;
  if (!ink_file_read(path, &bytes, &size)) return NULL;
  if (vocabulary != NULL && !read_vocabulary(vocabulary, &tokens, &tokens_size)) {
    free(bytes);
    return NULL;
  }
  ink_model *model;
  ink_error error;
  if (ink_model_load((const uint8_t *)bytes, size, tokens, tokens_size, chosen, &model, &error) !=
      INK_OK) {
    *exit_status = ink_report(path, &error);
  }
  free(bytes);
  free(tokens);
  return model;
}
