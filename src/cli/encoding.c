/*
 * Texts in other encodings. See encoding.h.
 */
#define _POSIX_C_SOURCE 200809L

#include "cli/encoding.h"

#include <errno.h>
#include <iconv.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "cli/print.h"
#include "inkling_text.h"

static iconv_t open_converter(const char *name) {
#ifdef __wasi__
  /* Its iconv writes UTF-8 by wctomb(), whose failures in the C locale it takes for lengths. */
  (void)setlocale(LC_CTYPE, "C.UTF-8");
#endif
  return iconv_open("UTF-8", name);
}

static bool fail_open(const char *path, const char *encoding) {
#ifdef __wasi__
  ink_complain(NULL,
               "there is no encoding \"%s\" in WebAssembly; where `iconv --list` names it, "
               "`iconv -f %s -t UTF-8 %s` converts the text",
               encoding, encoding, ink_shell_name(path).text);
#else
  (void)path;
  ink_complain(NULL, "there is no encoding \"%s\"; `iconv --list` names them", encoding);
#endif
  return false;
}

/* Appends what was converted; false with errno set. The last call, without input, gets what a
 * converter that composes letters and marks holds back. */
static bool convert(iconv_t converter, char *bytes, size_t size, ink_buffer *text) {
  char part[65536];
  char *from = bytes;
  for (bool last = false; !last;) {
    last = size == 0;
    char *to = part;
    size_t room = sizeof part;
    size_t done = iconv(converter, last ? NULL : &from, &size, &to, &room);
    ink_buffer_append(text, part, sizeof part - room);
    if (done == (size_t)-1 && errno != E2BIG) return false;
  }
  if (text->failed) errno = ENOMEM;
  return !text->failed;
}

bool ink_encoding_decode(const char *path, const char *encoding, char **bytes, size_t *size) {
  const char *name = encoding, *seems = ink_text_encoding(*bytes, *size);
  if (strcasecmp(name, "latin-1") == 0) name = "LATIN1";
  /* C libraries disagree on the order of its bytes, where no mark says it. */
  bool unordered = strcasecmp(name, "UTF-16") == 0 && seems != NULL;
  if (unordered && strncmp(seems, "UTF-16", 6) == 0) name = seems;
  if (strcasecmp(name, "auto") == 0) name = seems;
  if (name != NULL && strcmp(name, INK_ENCODING_UNKNOWN) == 0) {
    ink_complain(NULL,
                 "%s: nothing tells its encoding; --encoding names it: WINDOWS-1251, KOI8-R, "
                 "SHIFT_JIS, ...",
                 ink_file_name(path));
    return false;
  }
  if (name == NULL) {
    ink_complain(NULL, "%s does not look like a text", ink_file_name(path));
    return false;
  }
  iconv_t converter = open_converter(name);
  if (converter == (iconv_t)-1) return fail_open(path, encoding);
  ink_buffer text = {0};
  bool converted = convert(converter, *bytes, *size, &text);
  int reason = errno;
  iconv_close(converter);
  if (!converted) {
    ink_buffer_free(&text);
    if (reason == ENOMEM) {
      ink_complain(NULL, "%s: out of memory", ink_file_name(path));
    } else {
      ink_complain(NULL, "%s: it %s %s", ink_file_name(path),
                   name == seems ? "begins like, but is not," : "is not", name);
    }
    return false;
  }
  free(*bytes);
  *bytes = text.bytes;
  *size = text.size;
  return true;
}
