/*
 * The verbs of the command: each gets the arguments from its own name on, and returns the exit
 * status.
 */
#ifndef INK_CLI_VERBS_H
#define INK_CLI_VERBS_H

int ink_verb_columns(int count, char **arguments);
int ink_verb_train(int count, char **arguments);
int ink_verb_generate(int count, char **arguments);
int ink_verb_classify(int count, char **arguments);
int ink_verb_translate(int count, char **arguments);
int ink_verb_caption(int count, char **arguments);
int ink_verb_evaluate(int count, char **arguments);
int ink_verb_info(int count, char **arguments);
int ink_verb_count(int count, char **arguments);
int ink_verb_quantize(int count, char **arguments);
int ink_verb_bench(int count, char **arguments);

#endif
