/*
 * What a person is told of the lines that a verb reads. See notes.h.
 */
#include "cli/notes.h"

#include <stdio.h>
#include <string.h>

#include "cli/files.h"
#include "cli/print.h"

static void complain(const ink_notes *notes, const ink_pair *line, const char *note,
                     const char *more) {
  if (notes->numbered) {
    ink_complain(NULL, "line %zu: %s%s", line->line, note, more);
  } else {
    ink_complain(NULL, "%s%s", note, more);
  }
}

void ink_notes_show(ink_notes *notes, const ink_pair *line) {
  enum { NAMED = 8 };
  ink_lacks lacks;
  if (notes->said > NAMED ||
      ink_model_lacks(notes->model, line->right, line->right_bytes, &lacks, NULL) != INK_OK ||
      lacks.note[0] == '\0' || strcmp(lacks.note, notes->last.note) == 0) {
    return;
  }
  if (notes->said++ == NAMED) {
    ink_complain(NULL, "more such lines follow, which are not named");
    return;
  }
  complain(notes, line, lacks.note, "");
  notes->last = lacks;
}

/* The end of a piece that begins at `at`: a line break after a million bytes or so, which keeps
 * what looking through it takes small. */
static size_t piece_end(const char *text, size_t bytes, size_t at) {
  enum { PIECE = 1 << 20 };
  if (bytes - at <= PIECE) return bytes;
  const char *end = memchr(text + at + PIECE, '\n', bytes - at - PIECE);
  return end == NULL ? bytes : (size_t)(end - text) + 1;
}

/* Whether it has "<unk>", which no other model reads. */
static bool has_unknown(const ink_model *model) {
  const char *token;
  for (uint32_t id = 0; (token = ink_model_token(model, id)) != NULL; id++) {
    if (strcmp(token, "<unk>") == 0) return true;
  }
  return false;
}

bool ink_notes_sum_text(const ink_model *model, const char *text, size_t bytes,
                        ink_notes_sum *sum) {
  *sum = (ink_notes_sum){.first = {.note = ""}};
  for (size_t at = 0, end; at < bytes; at = end) {
    ink_lacks lacks;
    end = piece_end(text, bytes, at);
    if (ink_model_lacks(model, text + at, end - at, &lacks, NULL) != INK_OK) return false;
    if (sum->first.note[0] == '\0' || (sum->unknown == 0 && lacks.unknown > 0)) sum->first = lacks;
    sum->tokens += lacks.tokens;
    sum->folded += lacks.folded;
    sum->unknown += lacks.unknown;
  }
  return true;
}

void ink_notes_show_sum(const ink_model *model, const ink_notes_sum *sum, ink_notes_use use) {
  ink_info info;
  ink_model_info(model, &info);
  bool words = strcmp(info.level, "word") == 0;
  bool named = use != INK_NOTES_SKIPPED && words && has_unknown(model);
  const char *note = sum->first.note;
  double all = sum->tokens + sum->unknown;
  if (use == INK_NOTES_SCORED && named && sum->folded + sum->unknown > 0) {
    ink_complain(NULL, "%.0f of %.0f words are unknown to the model: read as <unk>",
                 sum->folded + sum->unknown, all);
  } else if (sum->unknown > 0) {
    ink_complain(NULL, "%s; %.0f of %.0f %s %s", note, sum->unknown, all,
                 words ? "words" : "characters", named ? "read as <unk>" : "left out");
  } else if (note[0] != '\0') {
    ink_complain(NULL, "%s", note);
  }
}

void ink_notes_show_text(const ink_model *model, const char *text, size_t bytes,
                         ink_notes_use use) {
  ink_notes_sum sum;
  if (ink_notes_sum_text(model, text, bytes, &sum)) ink_notes_show_sum(model, &sum, use);
}

int ink_notes_fail(const ink_notes *notes, const ink_pair *line, const ink_error *error) {
  bool unknown = error->status == INK_ERROR_VOCABULARY;
  ink_lacks lacks;
  if (error->status == INK_ERROR_TEXT && notes->model != NULL &&
      ink_model_lacks(notes->model, line->right, line->right_bytes, &lacks, NULL) == INK_OK &&
      lacks.tokens == 0 && lacks.unknown > 0) {
    complain(notes, line, lacks.note, ", and nothing else is there");
    return INK_EXIT_FAILED;
  }
  complain(notes, line, error->message, unknown ? "; --skip-unknown leaves them out" : "");
  return error->status == INK_ERROR_ARGUMENT ? INK_EXIT_USAGE : INK_EXIT_FAILED;
}
