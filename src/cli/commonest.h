/*
 * What a classifier has to beat first: whoever always says the label that most of the texts trained
 * on have.
 */
#ifndef INK_CLI_COMMONEST_H
#define INK_CLI_COMMONEST_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/files.h"
#include "inkling.h"

typedef struct ink_commonest {
  char label[64]; /* cut where it is longer */
  double accuracy;
  double share; /* of the texts trained on */
} ink_commonest;

/* Of lines of a label, a tab and a text, those trained on and those to score. */
ink_status ink_commonest_score(const ink_text_part *trained_on, const ink_text_part *scored,
                               ink_commonest *commonest, ink_error *error);

enum { INK_FEW_TEXTS = 100 }; /* of fewer a percent is less than one text */

/* A share of texts: of few of them how many there are, of others in percent. */
void ink_print_right(FILE *file, double share, double items);

/* Whether an accuracy over so many texts is far above that, or by more than chance has it one time
 * in twenty: it may have been lucky or unlucky itself. */
bool ink_commonest_beaten(const ink_commonest *commonest, double accuracy, double items);

#endif
