/*
 * The scores of models that are not generators, on a file of examples. Each prints them and returns
 * an exit status, after a line on stderr unless it is INK_EXIT_OK.
 */
#ifndef INK_CLI_EVALUATE_TASK_H
#define INK_CLI_EVALUATE_TASK_H

#include <stdbool.h>

#include "cli/files.h"
#include "inkling.h"

/* Where the texts come from, to be named with what is wrong with them. */
typedef struct ink_text_paths {
  const char *text, *beside;
} ink_text_paths;

/* A classifier: lines of a label, a tab and a text. Beside it, naive Bayes counted from `training`,
 * such lines too, unless its text is NULL. */
int ink_print_classes(const ink_model *model, const ink_text_part *text,
                      const ink_text_part *training, const ink_text_paths *paths, bool json);

/* A translator: lines of a text, a tab and its translation, or up to `references` of them, with
 * tabs between them. Says when there are further columns. */
int ink_print_translations(const ink_model *model, const ink_text_part *text, const char *path,
                           uint32_t references, const ink_beam_options *beam, bool json);

/* A captioner: captions, a line each, and the file of as many pictures. */
int ink_print_captions(const ink_model *model, const ink_text_part *text, const char *pictures,
                       const ink_beam_options *beam, bool json);

#endif
