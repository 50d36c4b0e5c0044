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

/* Counts the tokens from .. from + count, ids below `vocabulary`, whose count of tokens this is.
 * `order` is from 1 to INK_NGRAM_ORDER_MAX, else INK_ERROR_ARGUMENT; INK_ERROR_TEXT when there is no
 * token, or too many. The n-gram has no names for its tokens: ink_ngram_vocabulary() is NULL. */
ink_status ink_ngram_from_tokens(const ink_tokens *tokens, size_t from, size_t count,
                                 size_t vocabulary, uint32_t order, ink_ngram **ngram,
                                 ink_error *error);

const ink_vocabulary *ink_ngram_vocabulary(const ink_ngram *ngram);
size_t ink_ngram_vocabulary_count(const ink_ngram *ngram);

/* How many counts it keeps: of pairs of a context and a token after it, over all lengths. */
size_t ink_ngram_size(const ink_ngram *ngram);

/* The probability of token `id` after context [count], in the order of the text, of which the last
 * order - 1 tokens count. */
double ink_ngram_probability(const ink_ngram *ngram, const uint32_t *context, size_t count,
                             uint32_t id);

/* The natural logarithm of every token's probability, logits [vocabulary]: as of a network, their
 * softmax is the distribution. The same bits on every build. */
void ink_ngram_logits(const ink_ngram *ngram, const uint32_t *context, size_t count, float *logits);

/* As ink_ngram_evaluate(), of tokens below the vocabulary's count. */
ink_status ink_ngram_score(const ink_ngram *ngram, const uint32_t *tokens, size_t count,
                           uint32_t reset, ink_evaluation *evaluation, ink_error *error);

#endif
