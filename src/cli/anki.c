/*
 * What Anki exports, read where it stands: nothing becomes longer. See anki.h.
 */
#include "cli/anki.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct cards {
  char *text;
  size_t bytes, at, to; /* read up to there, and written */
  char separator;
  bool page;         /* whether fields have the marks of a page */
  uint64_t left_out; /* a bit for each column, from 0 on, that is not on a card */
} cards;

static bool begins(const cards *c, const char *with) {
  size_t size = strlen(with);
  return c->bytes - c->at >= size && memcmp(c->text + c->at, with, size) == 0;
}

/* ---- The notes above the rows ---------------------------------------------------------------- */

static char separator_of(const cards *c) {
  if (begins(c, "#separator:tab\n") || begins(c, "#separator:Tab\n")) return '\t';
  if (begins(c, "#separator:comma\n") || begins(c, "#separator:Comma\n")) return ',';
  bool semicolon = begins(c, "#separator:semicolon\n") || begins(c, "#separator:Semicolon\n");
  return semicolon ? ';' : '\0';
}

static void read_note(cards *c) {
  static const char column[] = " column:";
  const char *note = c->text + c->at, *end = memchr(note, '\n', c->bytes - c->at);
  if (begins(c, "#html:true")) c->page = true;
  for (const char *p = note; end != NULL && p + sizeof column <= end; p++) {
    const char *digits = p + sizeof column - 1; /* a break ends them */
    if (memcmp(p, column, sizeof column - 1) != 0 || *digits < '0' || *digits > '9') continue;
    unsigned long place = strtoul(digits, NULL, 10);
    if (place >= 1 && place <= 64) c->left_out |= UINT64_C(1) << (place - 1);
  }
  c->at = end == NULL ? c->bytes : (size_t)(end - c->text) + 1;
  c->text[c->to++] = '\n';
}

/* ---- The rows -------------------------------------------------------------------------------- */

/* Passes over what stands between two marks, if it begins here and ends in this line. */
static bool skip(cards *c, const char *begin, char last) {
  if (!begins(c, begin)) return false;
  size_t end = c->at;
  while (end < c->bytes && c->text[end] != last && c->text[end] != '\n') end++;
  if (end == c->bytes || c->text[end] == '\n') return false;
  c->at = end + 1;
  return true;
}

/* The next character of a page: a space for a mark, and what a name of a character stands for. */
static char next_of_page(cards *c) {
  static const struct {
    const char *name;
    char is;
  } names[] = {{"&nbsp;", ' '}, {"&lt;", '<'},   {"&gt;", '>'},
               {"&amp;", '&'},  {"&quot;", '"'}, {"&#39;", '\''}};
  if (skip(c, "<", '>') || skip(c, "[sound:", ']')) return ' ';
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (!begins(c, names[i].name)) continue;
    c->at += strlen(names[i].name);
    return names[i].is;
  }
  return c->text[c->at++];
}

/* In quotes a field may have breaks and separators, and its own quotes are doubled. */
static void read_field(cards *c) {
  bool quoted = begins(c, "\"");
  c->at += quoted;
  while (c->at < c->bytes) {
    char next = c->text[c->at];
    if (!quoted && (next == c->separator || next == '\n')) break;
    if (quoted && next == '"' && !begins(c, "\"\"")) {
      quoted = false;
      c->at++;
      continue;
    }
    c->at += quoted && next == '"';
    next = c->page ? next_of_page(c) : c->text[c->at++];
    c->text[c->to++] = next == '\t' || next == '\n' ? ' ' : next;
  }
}

static void read_row(cards *c) {
  bool first = true;
  for (unsigned column = 0;; column++) {
    size_t before = c->to;
    bool kept = column >= 64 || (c->left_out >> column & 1) == 0;
    if (kept && !first) c->text[c->to++] = '\t';
    read_field(c);
    if (!kept) c->to = before;
    first = first && !kept;
    if (c->at >= c->bytes || c->text[c->at] == '\n') break;
    c->at++;
  }
  if (c->at < c->bytes) c->text[c->to++] = c->text[c->at++];
}

void ink_anki_read(char *text, size_t *bytes) {
  cards c = {.text = text, .bytes = *bytes};
  c.separator = separator_of(&c);
  if (c.separator == '\0') return;
  while (c.at < c.bytes && text[c.at] == '#') read_note(&c);
  while (c.at < c.bytes) read_row(&c);
  *bytes = c.to;
}
