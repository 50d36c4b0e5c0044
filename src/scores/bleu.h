/*
 * How well a model did on a test: scores of classes, of captions and of translations. Texts are
 * UTF-8. See bleu.c for the formulas and their sources.
 */
#ifndef INK_SCORES_BLEU_H
#define INK_SCORES_BLEU_H

#include <stdbool.h>

#include "inkling.h"

/* ---- Classes: confusion [classes, classes] counts items by their class, row, and the predicted
 * one */

/* The share of items whose class was predicted, 0 to 1; 0 when there is none. */
double ink_accuracy(const uint32_t *confusion, size_t classes);

/* The mean over classes of F1 = 2 tp / (2 tp + fp + fn), 0 to 1: every class weighs the same. A
 * class that neither is that of an item nor was predicted does not count. */
double ink_macro_f1(const uint32_t *confusion, size_t classes);

/* ---- Texts ----------------------------------------------------------------------------------- */

/* F1 of the words, between white space, that two texts have in common, whatever their order: with c
 * the size of what the two multisets share, 2 c / (words of one + words of the other). *f1 is 0 to
 * 1, and 1 for two texts without words. INK_ERROR_TEXT: not UTF-8. */
ink_status ink_word_f1(const char *text, size_t bytes, const char *reference,
                       size_t reference_bytes, double *f1, ink_error *error);

/* BLEU of many translations: start from {0}, add each, ask for the score. */
enum { INK_BLEU_ORDER = 4 };
typedef struct ink_bleu {
  uint64_t matches[INK_BLEU_ORDER]; /* n-grams of 1 .. 4 tokens that a reference has, too */
  uint64_t totals[INK_BLEU_ORDER];  /* n-grams that the translations have */
  uint64_t length;                  /* tokens of the translations */
  uint64_t reference_length;        /* tokens of the references closest to them in length */
} ink_bleu;

/* One translation with its references, [count] texts of [count] bytes; empty references are
 * ignored. INK_ERROR_TEXT when nothing is left of them, or when a text is not UTF-8; `bleu` is
 * untouched then. */
ink_status ink_bleu_add(ink_bleu *bleu, const char *text, size_t bytes,
                        const char *const *references, const size_t *reference_bytes, size_t count,
                        ink_error *error);

/* 0 to 100. */
double ink_bleu_score(const ink_bleu *bleu);

#endif
