/*
 * Lines of two fields.
 */
#include "text/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"

/* `what` NULL: lines are not split. */
static ink_status read_lines(const char *text, size_t bytes, const char *what, ink_pair **pairs,
                             size_t *count, ink_error *error) {
  *pairs = NULL;
  *count = 0;
  size_t most = 1, size;
  for (size_t i = 0; i < bytes; i++) most += text[i] == '\n';
  ink_pair *list = ink_size_multiply(most, sizeof *list, &size) ? malloc(size) : NULL;
  if (list == NULL) return ink_fail_memory(error);
  size_t line = 0, listed = 0;
  for (size_t at = 0; at < bytes;) {
    const char *begin = text + at, *end = memchr(begin, '\n', bytes - at);
    if (end == NULL) end = text + bytes;
    at = (size_t)(end - text) + 1;
    line++;
    if (end > begin && end[-1] == '\r') end--;
    if (end == begin) continue;
    const char *tab = what == NULL ? begin : memchr(begin, '\t', (size_t)(end - begin));
    if (what != NULL && (tab == NULL || tab == begin || tab + 1 == end)) {
      free(list);
      return ink_fail(error, INK_ERROR_TEXT, "line %zu %s; lines must be %s", line,
                      tab == NULL ? "has no tab" : "has nothing on one side of its tab", what);
    }
    ink_pair *pair = &list[listed++];
    *pair = (ink_pair){.left = begin, .left_bytes = (size_t)(tab - begin)};
    pair->right = what == NULL ? begin : tab + 1;
    pair->right_bytes = (size_t)(end - pair->right);
  }
  *pairs = list;
  *count = listed;
  return INK_OK;
}

ink_status ink_pairs_read(const char *text, size_t bytes, const char *what, ink_pair **pairs,
                          size_t *count, ink_error *error) {
  return read_lines(text, bytes, what, pairs, count, error);
}

ink_status ink_lines_read(const char *text, size_t bytes, ink_pair **lines, size_t *count,
                          ink_error *error) {
  return read_lines(text, bytes, NULL, lines, count, error);
}
