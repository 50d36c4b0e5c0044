/*
 * The scores of models that are not generators, on a file of examples. Each prints them and returns
 * an exit status, after a line on stderr unless it is INK_EXIT_OK.
 */
#ifndef INK_CLI_EVALUATE_TASK_H
#define INK_CLI_EVALUATE_TASK_H

#include <stdbool.h>

#include "inkling.h"

/* A classifier: lines of a label, a tab and a text. Beside it, naive Bayes counted from `training`,
 * such lines too, unless that is NULL. */
int ink_evaluate_classes(const ink_model *model, const char *text, size_t bytes,
                         const char *training, size_t training_bytes, bool json);

/* A translator: lines of a text, a tab and its translation, or up to `references` of them, 1 to
 * INK_REFERENCES_MAX, with tabs between them. Says when there are further columns. */
enum { INK_REFERENCES_MAX = 64 };
int ink_evaluate_translations(const ink_model *model, const char *text, size_t bytes,
                              uint32_t references, const ink_beam_options *beam, bool json);

/* A captioner: captions, a line each, and the file of as many pictures. Beside the share of
 * captions that come out exactly and the F1 of their words: nats per token of the captions and of
 * the line breaks after them. */
int ink_evaluate_captions(const ink_model *model, const char *text, size_t bytes,
                          const char *pictures, const ink_beam_options *beam, bool json);

#endif
