/*
 * What the C tests check with. CHECK is never compiled out, says where it failed and ends the
 * program.
 */
#ifndef INK_TESTS_CHECK_H
#define INK_TESTS_CHECK_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inkling.h"

__attribute__((noreturn)) static inline void check_fail(const char *file, int line,
                                                        const char *what) {
  fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
  exit(1);
}

#define CHECK(condition) ((condition) ? (void)0 : check_fail(__FILE__, __LINE__, #condition))

/* |a - b| <= tolerance; NaN fails. */
#define CHECK_NEAR(a, b, tolerance) check_near(__FILE__, __LINE__, #a, (a), (b), (tolerance))
static inline void check_near(const char *file, int line, const char *what, double a, double b,
                              double tolerance) {
  if (fabs(a - b) <= tolerance) return;
  fprintf(stderr, "%s is %.9g, not %.9g\n", what, a, b);
  check_fail(file, line, "near enough");
}

/* The bytes [*size] of a file, which the caller frees. */
static inline uint8_t *check_read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  CHECK(file != NULL);
  CHECK(fseek(file, 0, SEEK_END) == 0);
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = malloc(*size);
  CHECK(bytes != NULL && fread(bytes, 1, *size, file) == *size);
  fclose(file);
  return bytes;
}

#define CHECK_TEXT(a, b) check_text(__FILE__, __LINE__, #a, (a), (b))
static inline void check_text(const char *file, int line, const char *what, const char *a,
                              const char *b) {
  if (a != NULL && b != NULL && strcmp(a, b) == 0) return;
  fprintf(stderr, "%s is \"%s\", not \"%s\"\n", what, a == NULL ? "NULL" : a, b);
  check_fail(file, line, "the same text");
}

/* The call, which takes `&error`, succeeds. */
#define CHECK_OK(call) check_status(__FILE__, __LINE__, #call, (call), &error, INK_OK, "")

/* The call, which takes `&error`, gives this status, in the return value and in the error, and a
 * message that contains `names`. */
#define CHECK_FAILS(call, wanted, names) \
  check_status(__FILE__, __LINE__, #call, (call), &error, (wanted), (names))
static inline void check_status(const char *file, int line, const char *what, ink_status status,
                                ink_error *error, ink_status wanted, const char *names) {
  if (status != wanted) {
    fprintf(stderr, "%s gave \"%s\"%s%s\n", what, ink_status_name(status),
            status == INK_OK ? "" : ": ", status == INK_OK ? "" : error->message);
    check_fail(file, line, ink_status_name(wanted));
  }
  if (wanted == INK_OK) return;
  if (error->status != wanted || strstr(error->message, names) == NULL ||
      memchr(error->message, '\0', sizeof error->message) == NULL) {
    fprintf(stderr, "%s said \"%s\"\n", what, error->message);
    check_fail(file, line, names);
  }
  memset(error, 0, sizeof *error);
}

/* A session of the model, which has read a text, or with NULL nothing. */
static inline ink_session *check_session(const ink_model *model, const char *text) {
  ink_session *session;
  ink_error error;
  CHECK_OK(ink_session_new(model, &session, &error));
  if (text != NULL) CHECK_OK(ink_session_feed(session, text, strlen(text), 0, &error));
  return session;
}

/* Its state [ink_session_state_size()], which the caller frees. */
static inline uint8_t *check_saved(const ink_session *session) {
  uint8_t *bytes = malloc(ink_session_state_size(session));
  CHECK(bytes != NULL);
  ink_session_save(session, bytes);
  return bytes;
}

#endif
