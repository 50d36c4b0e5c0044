/*
 * Escaping. See print.h.
 */
#define _POSIX_C_SOURCE 200809L

#include "cli/print.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "base/utf8.h"

/* Whether it acts on a terminal, or on the order in which a line is shown. */
static bool acts(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* `kept`: characters that are not escaped although they act. */
static void print_escaped(FILE *file, const char *text, size_t bytes, const char *kept) {
  for (size_t at = 0; at < bytes;) {
    uint32_t c = 0;
    size_t step = ink_utf8_decode(text + at, bytes - at, &c);
    if (step == 0) {
      fprintf(file, "\\x%02x", (unsigned)(unsigned char)text[at]);
      step = 1;
    } else if (!acts(c) || (c != 0 && c < 0x80 && strchr(kept, (int)c) != NULL)) {
      fwrite(text + at, 1, step, file);
    } else if (c == '\n') {
      fputs("\\n", file);
    } else {
      fprintf(file, c < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)c);
    }
    at += step;
  }
}

void ink_print_escaped(FILE *file, const char *text, size_t bytes) {
  print_escaped(file, text, bytes, "");
}

void ink_print_string(FILE *file, const char *text) { print_escaped(file, text, strlen(text), ""); }

/* Why standard output failed, as errno has it: what is tried after that says nothing of it. */
static int unwritten;

static bool written(bool done) {
  if (!done && unwritten == 0) unwritten = errno;
  return done;
}

bool ink_print_flush(void) { return written(fflush(stdout) == 0) && !ferror(stdout); }

int ink_print_reason(void) { return unwritten; }

bool ink_print_text(const char *text, size_t bytes) {
  if (!isatty(STDOUT_FILENO)) return written(fwrite(text, 1, bytes, stdout) == bytes);
  print_escaped(stdout, text, bytes, "\n\t");
  return !ferror(stdout);
}

ink_status ink_print_json(ink_buffer *json, ink_error *error) {
  ink_status status = json->failed ? ink_fail_memory(error) : INK_OK;
  if (status == INK_OK) written(fwrite(json->bytes, 1, json->size, stdout) == json->size);
  ink_buffer_free(json);
  return status;
}

const char *ink_file_name(const char *path) {
  return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Whether every shell takes the character as it is; beyond ASCII all do. */
static bool is_plain(char c) {
  return (c & 0x80) != 0 || isalnum((unsigned char)c) || strchr("/._-+=:@%,", c) != NULL;
}

ink_shell_word ink_shell_name(const char *path) {
  ink_shell_word word = {""};
  const char *from = *path == '-' ? "./" : "", *end = path; /* else it looks like an option */
  bool plain = *path != '\0';
  for (; *end != '\0'; end++) plain = plain && is_plain(*end);
  bool single = strpbrk(path, "\"$`\\!") != NULL; /* which mean something in double quotes */
  const char *quote = plain ? "" : single ? "'" : "\"";
  size_t at = (size_t)snprintf(word.text, sizeof word.text, "%s%s", quote, from);
  for (; *path != '\0' && at + 8 < sizeof word.text; path++) {
    bool ends = single && *path == '\'';
    at += (size_t)snprintf(word.text + at, sizeof word.text - at, ends ? "'\\''" : "%c", *path);
  }
  snprintf(word.text + at, sizeof word.text - at, "%s", quote);
  return word;
}

void ink_complain(const char *verb, const char *format, ...) {
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  size_t size = (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
  fprintf(stderr, "inkling%s%s: ", verb != NULL ? " " : "", verb != NULL ? verb : "");
  print_escaped(stderr, line, size, "");
  fputc('\n', stderr);
}
