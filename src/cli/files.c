/*
 * Files for the command. See files.h.
 */
#define _POSIX_C_SOURCE 200809L

#include "cli/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/status.h"
#include "base/utf8.h"
#include "cli/anki.h"
#include "cli/encoding.h"
#include "cli/formats.h"
#include "cli/print.h"
#include "inkling_text.h"

static bool fail_file(const char *path, const char *doing) {
  ink_complain(NULL, "cannot %s %s: %s", doing, ink_file_name(path), strerror(errno));
  return false;
}

bool ink_file_opens(const char *path) {
  if (strcmp(path, "-") == 0) return true;
  FILE *file = fopen(path, "rb");
  if (file == NULL) return fail_file(path, "open");
  fclose(file);
  return true;
}

bool ink_file_is(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && S_ISREG(about.st_mode);
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
    ink_complain(NULL, "cannot read %s: out of memory", ink_file_name(path));
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

int ink_report(const char *what, const ink_error *error) {
  ink_complain(NULL, "%s%s%s", ink_file_name(what), *what != '\0' ? ": " : "", error->message);
  return error->status == INK_ERROR_ARGUMENT ? INK_EXIT_USAGE : INK_EXIT_FAILED;
}

int ink_report_text(const char *path, const ink_error *error) {
  return ink_report(error->status == INK_ERROR_TEXT ? path : "", error);
}

/* ---- Texts ----------------------------------------------------------------------------------- */

/* Whether these are the bytes of a model, by how every safetensors file begins: with its header's
 * size, and that with a brace. */
static bool is_model(const char *bytes, size_t size) {
  uint64_t header = 0;
  if (size < 10 || bytes[8] != '{') return false;
  for (int i = 7; i >= 0; i--) header = header << 8 | (unsigned char)bytes[i];
  return header <= size - 8;
}

/* Says which option would read the file. */
static bool fail_text(const char *path, const char *bytes, size_t size, const ink_error *error) {
  if (is_model(bytes, size)) {
    ink_complain(NULL,
                 "%s: this is a model, not a text; inkling train --from %s goes on with one, and "
                 "--resume with a checkpoint",
                 ink_file_name(path), ink_shell_name(path).text);
    return false;
  }
  if (ink_format_show_packed(path, bytes, size)) return false;
  const char *seems = ink_text_encoding(bytes, size);
  if (error->status != INK_ERROR_TEXT || seems == NULL) return ink_report(path, error) == 0;
  bool unknown = strcmp(seems, INK_ENCODING_UNKNOWN) == 0;
  ink_complain(NULL, "%s: %s; %sread it with --encoding %s", ink_file_name(path), error->message,
               unknown ? "" : "if so, ",
               unknown ? "and its name, such as WINDOWS-1251, KOI8-R or SHIFT_JIS" : seems);
  return false;
}

bool ink_file_open_text(const char *path, unsigned keep, char **bytes, size_t *size) {
  ink_text opened;
  ink_error error;
  if (ink_text_open(*bytes, *size, keep, &opened, &error) != INK_OK) {
    return fail_text(path, *bytes, *size, &error);
  }
  if (opened.owned != NULL) {
    free(*bytes);
    *bytes = opened.owned;
  } else if (opened.text != *bytes) {
    memmove(*bytes, opened.text, opened.bytes);
  }
  *size = opened.bytes;
  return true;
}

/* Whether a mark says that the bytes are UTF-16, as spreadsheets and PowerShell write it. */
static bool has_wide_mark(const char *bytes, size_t size) {
  return size >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0);
}

bool ink_file_text(const char *path, const char *encoding, char **text, size_t *bytes) {
  if (!ink_file_read(path, text, bytes)) return false;
  if (encoding == NULL && has_wide_mark(*text, *bytes)) encoding = "auto";
  bool read = encoding == NULL || ink_encoding_decode(path, encoding, text, bytes);
  read = read && ink_file_open_text(path, 0, text, bytes);
  if (read) ink_anki_read(*text, bytes);
  if (read) return true;
  free(*text);
  *text = NULL;
  return false;
}

bool ink_file_reads(const char *text) { return text == NULL || strcmp(text, "-") == 0; }

/* ---- Models ---------------------------------------------------------------------------------- */

/* A vocabulary file holds its tokens each ended by a NUL byte, or, without any NUL, its characters
 * in the order of their ids: both become the first form. */
static bool read_vocabulary(const char *path, char **tokens, size_t *size) {
  char *bytes;
  size_t length;
  if (!ink_file_read(path, &bytes, &length)) return false;
  if (length == 0) {
    ink_complain(NULL, "%s is empty, and no vocabulary", ink_file_name(path));
    free(bytes);
    return false;
  }
  if (memchr(bytes, '\0', length) != NULL) {
    *tokens = bytes;
    *size = length;
    return true;
  }
  if ((bytes[0] == '{' || bytes[0] == '[') && length > 2) {
    ink_complain(NULL,
                 "%s looks like JSON; a vocabulary is a file of the characters themselves in the "
                 "order of their ids, or of tokens each ended by a NUL byte",
                 path);
    free(bytes);
    return false;
  }
  ink_buffer ended = {0};
  for (size_t at = 0; at < length;) {
    uint32_t code_point;
    size_t step = ink_utf8_decode(bytes + at, length - at, &code_point);
    if (step == 0) {
      ink_complain(NULL, "%s is not UTF-8 at byte %zu", ink_file_name(path), at);
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
    ink_complain(NULL, "cannot read %s: out of memory", ink_file_name(path));
    return false;
  }
  *tokens = ended.bytes;
  *size = ended.size;
  return true;
}

bool ink_kernel_find(const char *name, ink_kernel *kernel) {
  static const char *const names[] = {"auto", "scalar", "simd", "avx2", "avx512"};
  for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++) {
    if (strcmp(names[i], name) != 0) continue;
    *kernel = (ink_kernel)i;
    return true;
  }
  ink_complain(NULL, "--kernel is \"%s\"; it must be auto, scalar, simd, avx2 or avx512", name);
  return false;
}

/* Whether these are the bytes of a text, and of no other program's model in JSON. */
static bool is_text(const char *bytes, size_t size) {
  const char *seems = ink_text_encoding(bytes, size);
  bool plain = seems != NULL && strncmp(seems, "UTF-16", 6) != 0;
  return plain && size > 0 && bytes[0] != '{' && bytes[0] != '[';
}

/* What no safetensors file begins like may be a text, or another program's model. */
static int fail_model(const char *path, const char *bytes, size_t size, ink_error *error) {
  if (error->status == INK_ERROR_FORMAT && is_text(bytes, size)) {
    ink_complain(NULL,
                 "%s: this is a text, not a model; inkling train --text %s --out MODEL makes a "
                 "model of it",
                 ink_file_name(path), ink_shell_name(path).text);
    return INK_EXIT_FAILED;
  }
  bool other = error->status == INK_ERROR_FORMAT && size > 8 && bytes[8] != '{';
  if (!other) return ink_report(path, error);
  ink_complain(NULL,
               "%s: %s; another program's model opens after npx inkling convert %s --out MODEL",
               ink_file_name(path), error->message, ink_shell_name(path).text);
  return INK_EXIT_FAILED;
}

ink_model *ink_file_model(const char *path, const char *vocabulary, const char *kernel,
                          ink_text_part *file, int *exit_status) {
  ink_kernel chosen = INK_KERNEL_AUTO;
  *exit_status = INK_EXIT_USAGE;
  if (path == NULL) {
    ink_complain(NULL, "a model file is missing; see --help");
    return NULL;
  }
  if (kernel != NULL && !ink_kernel_find(kernel, &chosen)) return NULL;
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
    *exit_status = fail_model(path, bytes, size, &error);
  }
  free(tokens);
  if (file == NULL || model == NULL) {
    free(bytes);
  } else {
    *file = (ink_text_part){bytes, size};
  }
  return model;
}
