/*
 * Lines of one field or two.
 */
#include "inkling_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"

/* Cuts a line at its first two tabs; without the first one it is all left. */
static void cut(const char *begin, const char *end, ink_pair *pair) {
  const char *tab = memchr(begin, '\t', (size_t)(end - begin));
  pair->left = begin;
  pair->left_bytes = (size_t)((tab == NULL ? end : tab) - begin);
  pair->right = tab == NULL ? end : tab + 1;
  const char *second = memchr(pair->right, '\t', (size_t)(end - pair->right));
  pair->right_bytes = (size_t)((second == NULL ? end : second) - pair->right);
  pair->more = second == NULL ? end : second + 1;
  pair->more_bytes = (size_t)(end - pair->more);
  ink_text_trim(&pair->left, &pair->left_bytes);
  ink_text_trim(&pair->right, &pair->right_bytes);
}

int ink_line_next(const char *text, size_t bytes, size_t *at, ink_pair *line) {
  if (*at >= bytes) return 0;
  const char *begin = text + *at, *end = memchr(begin, '\n', bytes - *at);
  if (end == NULL) end = text + bytes;
  *line = (ink_pair){.left = begin, .right = begin, .more = end, .line = line->line + 1};
  line->right_bytes = (size_t)(end - begin);
  *at += line->right_bytes + 1;
  ink_text_trim(&line->right, &line->right_bytes);
  return 1;
}

ink_status ink_pairs_read(const char *text, size_t bytes, const char *what, ink_pair **pairs,
                          size_t *count, ink_error *error) {
  *pairs = NULL;
  *count = 0;
  size_t most = 1;
  for (size_t i = 0; i < bytes; i++) most += text[i] == '\n';
  ink_pair *list = ink_size_malloc(most, sizeof *list);
  if (list == NULL) return ink_fail_memory(error);
  size_t listed = 0, at = 0;
  for (ink_pair line = {0}; ink_line_next(text, bytes, &at, &line);) {
    if (line.right_bytes == 0) continue;
    ink_pair *pair = &list[listed++];
    *pair = line;
    if (what != NULL) cut(line.left, line.more, pair);
    if (what != NULL && (pair->left_bytes == 0 || pair->right_bytes == 0)) {
      bool tab = memchr(line.left, '\t', (size_t)(line.more - line.left)) != NULL;
      free(list);
      return ink_fail(error, INK_ERROR_TEXT, "line %zu %s; lines must be %s", line.line,
                      tab ? "has nothing on one side of its tab" : "has no tab", what);
    }
  }
  *pairs = list;
  *count = listed;
  return INK_OK;
}

size_t ink_odd_line(const char *text, size_t bytes) {
  enum { FEWEST = 20, SHARE = 20 };
  size_t pairs = 0, others = 0, first = 0, at = 0;
  for (ink_pair line = {0}; ink_line_next(text, bytes, &at, &line);) {
    if (line.right_bytes == 0) continue;
    ink_pair pair = line;
    cut(line.left, line.more, &pair);
    bool whole = pair.left_bytes > 0 && pair.right_bytes > 0;
    if (!whole && others == 0) first = line.line;
    pairs += whole;
    others += !whole;
  }
  return pairs >= FEWEST && others * SHARE <= pairs + others ? first : 0;
}

ink_status ink_lines_read(const char *text, size_t bytes, ink_pair **lines, size_t *count,
                          ink_error *error) {
  return ink_pairs_read(text, bytes, NULL, lines, count, error);
}

size_t ink_extra_columns(const char *text, size_t bytes) {
  size_t lines = 0, tabs = 0;
  for (size_t i = 0; i < bytes; i++) {
    tabs = text[i] == '\n' || text[i] == '\r' ? 0 : tabs + (text[i] == '\t');
    lines += text[i] == '\t' && tabs == 2;
  }
  return lines;
}
