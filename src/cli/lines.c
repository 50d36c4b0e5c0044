/*
 * Lines as they come. See lines.h.
 */
#define _POSIX_C_SOURCE 200809L

#include "cli/lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/files.h"
#include "cli/print.h"

static bool fail(ink_lines *l, const char *reason) {
  ink_complain(NULL, "cannot read standard input: %s", reason);
  l->failed = true;
  return false;
}

/* Opens the first `size` bytes of those that were read: whole lines, or all that is left. */
static bool open_lines(ink_lines *l, size_t size) {
  char name[64] = "-";
  bool first = l->line.line == 0;
  if (!first) snprintf(name, sizeof name, "standard input from line %zu on", l->line.line + 1);
  ink_buffer rest = {0};
  ink_buffer_append(&rest, l->bytes.bytes + size, l->bytes.size - size);
  if (rest.failed) return fail(l, "out of memory");
  free(l->text);
  l->text = l->bytes.bytes;
  l->size = size;
  l->at = 0;
  l->bytes = rest;
  l->failed = !ink_file_open_text(name, first ? 0 : INK_KEEP_MARK, &l->text, &l->size);
  return !l->failed;
}

/* Waits for what is there, up to the last line break of it. */
static bool read_lines(ink_lines *l) {
  static char part[65536];
  for (;;) {
    ssize_t got = read(STDIN_FILENO, part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(l, strerror(errno));
    size_t before = l->bytes.size, whole = (size_t)got;
    l->ended = got == 0;
    if (l->ended) return before > 0 && open_lines(l, before);
    ink_buffer_append(&l->bytes, part, (size_t)got);
    if (l->bytes.failed) return fail(l, "out of memory");
    while (whole > 0 && part[whole - 1] != '\n') whole--;
    if (whole > 0) return open_lines(l, before + whole);
  }
}

/* A person who gives a file's name may mean what is in it. */
static void warn_of_file(const char *text) {
  if (!ink_file_is(text)) return;
  ink_complain(NULL, "\"%s\" is taken for a text; lines of the file of that name are read by < %s",
               text, ink_shell_name(text).text);
}

bool ink_lines_open(ink_lines *lines, const char *text, const char *encoding, bool whole) {
  *lines = (ink_lines){.ended = true};
  if (ink_file_reads(text)) {
    lines->ended = encoding != NULL;
    lines->failed = encoding != NULL && !ink_file_text("-", encoding, &lines->text, &lines->size);
    return !lines->failed;
  }
  warn_of_file(text);
  if (*text == '\0') text = "\n"; /* an empty line, as one of a file is */
  lines->whole = whole;
  lines->size = strlen(text);
  lines->text = strdup(text);
  if (lines->text == NULL) return fail(lines, "out of memory");
  lines->failed = !ink_file_open_text("the text", 0, &lines->text, &lines->size);
  return !lines->failed;
}

void ink_lines_close(ink_lines *lines) {
  free(lines->text);
  ink_buffer_free(&lines->bytes);
}

/* As ink_line_next(). */
static bool next_line(ink_lines *l) {
  if (!l->whole || l->at >= l->size) {
    return ink_line_next(l->text, l->size, &l->at, &l->line) != 0;
  }
  l->line = (ink_pair){.left = l->text, .right = l->text, .right_bytes = l->size, .line = 1};
  ink_text_trim(&l->line.right, &l->line.right_bytes);
  l->at = l->size;
  return true;
}

const ink_pair *ink_lines_next(ink_lines *l) {
  while (!l->failed && l->at >= l->size && !l->ended) {
    if (!read_lines(l)) break;
  }
  if (l->failed || !next_line(l)) return NULL;
  l->several = l->line.line > 1 || l->at < l->size;
  return &l->line;
}
