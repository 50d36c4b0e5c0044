/*
 * What a person is told of the lines that a verb reads: how the model reads them, and which of them
 * it could not.
 */
#ifndef INK_CLI_NOTES_H
#define INK_CLI_NOTES_H

#include <stdbool.h>

#include "inkling.h"
#include "inkling_text.h"

typedef struct ink_notes {
  const ink_model *model;
  bool numbered;  /* whether lines are named by their numbers */
  ink_lacks last; /* what was said */
  size_t said;    /* lines that something was said of */
} ink_notes;

/* On stderr, what the model lacks of this line; what is said of a line is not said of the next,
 * and of a long list only the first few are named. */
void ink_notes_show(ink_notes *notes, const ink_pair *line);

/* What a whole text is read for, and so what becomes of what the model lacks of it. */
typedef enum ink_notes_use {
  INK_NOTES_SCORED,  /* ink_evaluate(): words are "<unk>", whatever looks like them */
  INK_NOTES_COUNTED, /* ink_count(): words that nothing looks like are */
  INK_NOTES_SKIPPED  /* ink_model_reading(): they are left out */
} ink_notes_use;

/* What a model lacks of a whole text, which is no list of lines. */
typedef struct ink_notes_sum {
  ink_lacks first; /* of a piece of it, to name some */
  double tokens, folded, unknown;
} ink_notes_sum;

/* Looks through it in pieces, for which little memory is taken. False where it is not UTF-8. */
bool ink_notes_sum_text(const ink_model *model, const char *text, size_t bytes, ink_notes_sum *sum);

/* On stderr, that, with how much of the text was lost. */
void ink_notes_show_sum(const ink_model *model, const ink_notes_sum *sum, ink_notes_use use);

/* Both. */
void ink_notes_show_text(const ink_model *model, const char *text, size_t bytes, ink_notes_use use);

/* A line on stderr from an error about this line, and the exit status for it. */
int ink_notes_fail(const ink_notes *notes, const ink_pair *line, const ink_error *error);

#endif
