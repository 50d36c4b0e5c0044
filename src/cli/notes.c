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
  ink_lacks lacks;
  if (ink_model_lacks(notes->model, line->right, line->right_bytes, &lacks, NULL) != INK_OK ||
      lacks.note[0] == '\0' || strcmp(lacks.note, notes->last.note) == 0) {
    return;
  }
  complain(notes, line, lacks.note, "");
  notes->last = lacks;
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
