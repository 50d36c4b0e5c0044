/*
 * N-grams over token ids: what a table of counts, without a network, knows of a text. See ngram.c
 * for the formulas and inkling.h for what a program may do with them.
 */
#ifndef INK_SCORES_NGRAM_H
#define INK_SCORES_NGRAM_H

#include "inkling_scores.h"
#include "parts/counts.h"
#include "text/tokens.h"

_Static_assert((int)INK_NGRAM_ORDER_MAX == (int)INK_COUNTS_ORDER_MAX,
               "the orders that are counted");

struct ink_ngram {
  ink_counts *counts;
  ink_vocabulary *vocabulary;
};

/* As ink_ngram_evaluate(), of a table and of tokens below its vocabulary's count. */
ink_status ink_counts_score(const ink_counts *counts, const uint32_t *tokens, size_t count,
                            uint32_t reset, ink_evaluation *evaluation, ink_error *error);

#endif
