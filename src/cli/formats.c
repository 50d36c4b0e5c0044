/*
 * Texts within other formats. See formats.h.
 */
#include "cli/formats.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/print.h"
#include "inkling_text.h"

/* ---- JSON ------------------------------------------------------------------------------------ */

/* A member of an object whose value is plain; no more of its name than jq takes as it is. */
typedef struct member {
  char name[32];
  size_t bytes, spaces; /* of a string's value */
  bool string;
} member;

enum { MEMBERS_MOST = 16 };

static size_t behind_space(const char *text, size_t bytes, size_t at) {
  while (at < bytes && isspace((unsigned char)text[at])) at++;
  return at;
}

/* Behind the string that begins at text + at. */
static size_t behind_string(const char *text, size_t bytes, size_t at) {
  for (at++; at < bytes && text[at] != '"'; at++) at += text[at] == '\\';
  return at < bytes ? at + 1 : bytes;
}

/* Behind the value that begins at text + at: where a comma or a bracket of what it is in stands. */
static size_t behind_value(const char *text, size_t bytes, size_t at) {
  for (size_t depth = 0; at < bytes;) {
    if (text[at] == '"') {
      at = behind_string(text, bytes, at);
      continue;
    }
    bool closes = text[at] == '}' || text[at] == ']';
    if (depth == 0 && (closes || text[at] == ',')) break;
    depth += (text[at] == '{' || text[at] == '[') - (size_t)closes;
    at++;
  }
  return at;
}

static bool read_name(const char *text, size_t bytes, char name[32]) {
  if (bytes == 0 || bytes >= 32 || isdigit((unsigned char)*text)) return false;
  for (size_t i = 0; i < bytes; i++) {
    if (!isalnum((unsigned char)text[i]) && text[i] != '_') return false;
  }
  memcpy(name, text, bytes);
  name[bytes] = '\0';
  return true;
}

/* Those of the object that begins at text + at. */
static size_t read_members(const char *text, size_t bytes, size_t at, member *members) {
  size_t count = 0;
  while (count < MEMBERS_MOST) {
    size_t name = behind_space(text, bytes, at + 1);
    if (name >= bytes || text[name] != '"') break;
    size_t end = behind_string(text, bytes, name);
    size_t colon = behind_space(text, bytes, end);
    size_t value = behind_space(text, bytes, colon + 1);
    if (value >= bytes || text[colon] != ':') break;
    at = behind_value(text, bytes, value);
    bool plain = text[value] != '{' && text[value] != '[';
    member m = {.bytes = at - value, .string = text[value] == '"'};
    for (size_t i = value; i < at && m.string; i++) m.spaces += text[i] == ' ';
    if (plain && read_name(text + name + 1, end - name - 2, m.name)) members[count++] = m;
    if (at >= bytes || text[at] != ',') break;
  }
  return count;
}

/* The member with the most words; of as many the longest. NULL without a string. */
static const member *find_text(const member *members, size_t count) {
  const member *best = NULL;
  for (const member *m = members; m < members + count; m++) {
    bool more = best == NULL || m->spaces > best->spaces ||
                (m->spaces == best->spaces && m->bytes > best->bytes);
    if (m->string && more) best = m;
  }
  return best;
}

/* What may be a label, or the other side of a pair: the first other member that is no number of the
 * text. */
static const member *find_other(const member *members, size_t count, const member *text) {
  for (const member *m = members; m < members + count; m++) {
    size_t length = strlen(m->name);
    const char *end = m->name + (length < 2 ? 0 : length - 2);
    bool number = tolower((unsigned char)end[0]) == 'i' && tolower((unsigned char)end[1]) == 'd';
    if (m != text && !number) return m;
  }
  return NULL;
}

static void show_json(const char *path, const char *text, size_t bytes, bool array,
                      const char *what) {
  member members[MEMBERS_MOST];
  const char *begin = memchr(text, '{', bytes);
  size_t count = begin == NULL ? 0 : read_members(text, bytes, (size_t)(begin - text), members);
  const member *texts = find_text(members, count);
  const member *other = texts == NULL ? NULL : find_other(members, count, texts);
  const char *name = texts == NULL ? "text" : texts->name, *each = array ? ".[] | " : "";
  const char *form = array ? "an array of JSON" : "an object of JSON a line";
  bool turned = other != NULL && other > texts && other->spaces > 0; /* as a question, an answer */
  if (other == NULL) {
    ink_complain(NULL, "%s has %s%s; its texts are taken by jq -r '%s.%s' %s", ink_file_name(path),
                 form, what, each, name, ink_shell_name(path).text);
    return;
  }
  ink_complain(
      NULL,
      "%s has %s%s; its texts are taken by jq -r '%s.%s' %s, and with labels, or as pairs, "
      "by jq -r '%s[.%s, .%s] | @tsv' %s",
      ink_file_name(path), form, what, each, name, ink_shell_name(path).text, each,
      turned ? name : other->name, turned ? other->name : name, ink_shell_name(path).text);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* Whether `share` of a hundred lines have this, at their beginning or anywhere. */
static bool lines_have(const char *text, size_t bytes, const char *with, bool first, size_t share) {
  enum { FEWEST = 6 };
  size_t lines = 0, so = 0, at = 0, length = strlen(with);
  for (ink_pair line = {0}; ink_line_next(text, bytes, &at, &line);) {
    if (line.right_bytes < length) {
      lines += line.right_bytes > 0;
      continue;
    }
    size_t last = first ? 0 : line.right_bytes - length, i = 0;
    while (i <= last && memcmp(line.right + i, with, length) != 0) i++;
    so += i <= last;
    lines++;
  }
  return so >= FEWEST && so * 100 >= lines * share;
}

/* How often a mark stands in a line, with something on both sides of each. */
static size_t count_marks(const ink_pair *line, const char *mark) {
  size_t length = strlen(mark), bytes = line->right_bytes, count = 0, from = 0;
  for (size_t i = 0; i + length < bytes;) {
    if (memcmp(line->right + i, mark, length) != 0) {
      i++;
      continue;
    }
    count += i > from;
    from = i += length;
  }
  return count;
}

/* Whether nearly all lines have the mark as often as the first has it: *times. */
static bool lines_have_mark(const char *text, size_t bytes, const char *mark, size_t *times) {
  enum { FEWEST = 20 };
  size_t lines = 0, so = 0, at = 0;
  for (ink_pair line = {0}; ink_line_next(text, bytes, &at, &line);) {
    if (line.right_bytes == 0) continue;
    size_t count = count_marks(&line, mark);
    if (lines++ == 0) *times = count;
    so += count > 0 && count == *times;
  }
  return lines >= FEWEST && so * 10 >= lines * 9;
}

/* Pairs, or labels and texts, as people type them, and tables of databases. */
static bool show_marks(const char *path, const char *text, size_t bytes, const char *what) {
  static const char *const marks[] = {" ||| ", " => ", " -> ", " → ", " = ", "=", " | ", "|"};
  size_t times = 0;
  if (memchr(text, '\t', bytes) != NULL) return false;
  for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
    bool columns = strcmp(marks[i], "|") == 0 && !lines_have(text, bytes, " | ", false, 50);
    if (!lines_have_mark(text, bytes, marks[i], &times) || (times > 1 && !columns)) continue;
    ink_complain(NULL,
                 "%s has \"%s\" between the sides of its lines%s; for a translator or a classifier "
                 "sed 's/%s/\\t/g' %s puts tabs there",
                 ink_file_name(path), marks[i], what, marks[i], ink_shell_name(path).text);
    return true;
  }
  return false;
}

/* Whether the text begins with a tag of a page, or soon has one. */
static bool is_page(const char *text, size_t bytes) {
  enum { SOON = 400 };
  char small[SOON + 1];
  size_t length = bytes < SOON ? bytes : SOON;
  for (size_t i = 0; i < length; i++) small[i] = (char)tolower((unsigned char)text[i]);
  small[length] = '\0';
  size_t at = behind_space(text, length, 0);
  return small[at] == '<' && (strstr(small, "<html") != NULL || strstr(small, "<!doctype html"));
}

bool ink_format_show(const char *path, const char *text, size_t bytes, const char *what) {
  size_t second = bytes > 0 ? behind_space(text, bytes, 1) : 0;
  bool list = second < bytes && text[0] == '[';
  bool array = list && text[second] == '{';
  bool labels = lines_have(text, bytes, "__label__", true, 90);
  const char *name = ink_file_name(path);
  if (array || lines_have(text, bytes, "{\"", true, 90)) {
    show_json(path, text, bytes, array, what);
  } else if (list && text[second] == '"') {
    ink_complain(NULL, "%s has an array of JSON%s; its texts are taken by jq -r '.[]' %s", name,
                 what, ink_shell_name(path).text);
  } else if (labels) {
    ink_complain(NULL,
                 "%s has labels as fastText has them%s; lines of a "
                 "label, a tab and a text are made by sed 's/^__label__\\([^ ]*\\) /\\1\\t/' %s",
                 name, what, ink_shell_name(path).text);
  } else if (lines_have(text, bytes, " --> ", false, 15)) {
    ink_complain(NULL,
                 "%s has a text with the times of subtitles%s; what is said alone is taken by "
                 "grep -vE '^[0-9]*[[:space:]]*$|-->|^WEBVTT' %s",
                 name, what, ink_shell_name(path).text);
  } else if (is_page(text, bytes) || (bytes > 5 && memcmp(text, "{\\rtf", 5) == 0)) {
    ink_complain(NULL, "%s has %s%s; its text alone is taken by pandoc -t plain %s", name,
                 text[0] == '{' ? "rich text with its codes" : "a page with its tags", what,
                 ink_shell_name(path).text);
  } else {
    return show_marks(path, text, bytes, what);
  }
  return true;
}

/* ---- What is no text ------------------------------------------------------------------------- */

bool ink_format_show_packed(const char *path, const char *bytes, size_t size) {
  static const struct {
    const char *begins, *what, *by;
  } formats[] = {
      {"%PDF-", "a PDF", "pdftotext"},
      {"PK\3\4", "packed, as documents of Word and e-books are", "pandoc -t plain -o TEXT"},
      {"\x1f\x8b", "packed by gzip", "gunzip -k"},
      {"BZh", "packed by bzip2", "bunzip2 -k"},
      {"\xfd"
       "7zXZ",
       "packed by xz", "unxz -k"}};
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    size_t length = strlen(formats[i].begins);
    if (size < length || memcmp(bytes, formats[i].begins, length) != 0) continue;
    ink_complain(NULL, "%s: this is %s, not a text; %s %s makes one of it", ink_file_name(path),
                 formats[i].what, formats[i].by, ink_shell_name(path).text);
    return true;
  }
  return false;
}
