/*
 * The two parts of a text that a model was trained on.
 */
#ifndef INK_CLI_HELD_OUT_H
#define INK_CLI_HELD_OUT_H

#include "cli/files.h"

/* What training took of `text`, which comes from `path`, and what it held out, as the model's
 * metadata tells. An exit status, after a line on stderr. */
int ink_split_text(const ink_model *model, const char *path, const ink_text_part *text,
                   ink_text_part *trained_on, ink_text_part *held_out);

#endif
