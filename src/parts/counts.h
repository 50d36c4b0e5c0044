/*
 * A table of n-grams: what counting alone knows of a text. Modified Kneser-Ney smoothing,
 * interpolated (S. F. Chen and J. Goodman, "An empirical study of smoothing techniques for language
 * modeling", Computer Speech and Language 13, 1999). After a context h, of which h' is all but the
 * oldest token,
 *   p(w | h) = (c(h w) - D(c(h w)) + M(h) p(w | h')) / T(h)
 *   T(h) = sum_v c(h v)      M(h) = sum_v D(c(h v))
 * down to the empty context, below which stands the uniform distribution. At the highest order c
 * counts occurrences, at lower ones the different tokens that precede h w (the start of the text is
 * one, too). A context that is not in the table leaves the shorter one's distribution as it is.
 *
 * A table may be pruned: of a pair h w that was taken out, c(h w) is in T(h) and, whole, in M(h),
 * so that the shorter context stands for it and the distribution still sums to 1.
 *
 * Beside a network the two are mixed, p = (1 - L) p_network + L p_counts. What a stream carries for
 * it is its recent tokens and nothing else.
 */
#ifndef INK_PARTS_COUNTS_H
#define INK_PARTS_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "file/safetensors.h"
#include "inkling.h"
#include "text/tokens.h"

enum { INK_COUNTS_ORDER_MAX = 8 };

/* The smallest download generates without them: what has counts takes the next larger one. */
#ifdef INK_NO_COUNTS
enum { INK_HAS_COUNTS = 0 };
#else
enum { INK_HAS_COUNTS = 1 };
#endif

typedef struct ink_counts ink_counts; /* immutable, but for ink_counts_prune() */

void ink_counts_free(ink_counts *counts);

uint32_t ink_counts_order(const ink_counts *counts);
size_t ink_counts_vocabulary(const ink_counts *counts);

/* Pairs of a context and a token after it, over all lengths. */
size_t ink_counts_size(const ink_counts *counts);

/* The probability of token `id` after context [count], in the order of the text, of which the last
 * order - 1 tokens matter. */
double ink_counts_probability(const ink_counts *counts, const uint32_t *context, size_t count,
                              uint32_t id);

/* Of every token: p [vocabulary], which sum to 1 but for rounding, each above 0. No allocation, the
 * same bits on every build, in time of the vocabulary and of the pairs of the contexts found. */
void ink_counts_distribution(const ink_counts *counts, const uint32_t *context, size_t count,
                             float *p);

/* Whether nothing was pruned, so that the table has every n-gram of the text. */
bool ink_counts_whole(const ink_counts *counts);

/* Which tokens would, after context [count], make a run of more than `most` tokens that the text
 * has: the tokens ink_counts_next(counts, most, i) of i in [*from, *end). Of runs longer than the
 * order the table knows all n-grams of that order only: when they are the text's, so is the run. Of
 * a whole table. */
void ink_counts_copies(const ink_counts *counts, const uint32_t *context, size_t count,
                       uint32_t most, size_t *from, size_t *end);
uint32_t ink_counts_next(const ink_counts *counts, uint32_t most, size_t i);

/* ---- Counting: counting.c -------------------------------------------------------------------- */

/* The table of the tokens from .. from + count, ids below the vocabulary. `order` is from 1 to
 * INK_COUNTS_ORDER_MAX, else INK_ERROR_ARGUMENT; INK_ERROR_TEXT when there are no tokens, or too
 * many. Beside the table it takes 16 bytes, more for large vocabularies, for every token of a share
 * of the text: 2^23 tokens, or all that follow the same last 16 bits of tokens. */
ink_status ink_counts_from_tokens(const ink_tokens *tokens, size_t from, size_t count,
                                  size_t vocabulary, uint32_t order, ink_counts **counts,
                                  ink_error *error);

/* ---- Pruning: counts_prune.c ----------------------------------------------------------------- */

/* Takes out every pair without which the text's probability falls by less than `threshold` nats a
 * token of it (A. Stolcke, "Entropy-based pruning of backoff language models", 1998), but for those
 * that what stays needs: with h w stay its parts without the oldest, and without the newest token.
 * Fails only for want of memory, and then has changed nothing. */
ink_status ink_counts_prune(ink_counts *counts, double threshold, ink_error *error);

/* ---- In a file: counts_file.c ---------------------------------------------------------------- */

/* What makes a table of so many bytes:
 *   sizes      the vocabulary, then how many contexts and pairs of each length
 *   discounts  D(1), D(2), D(3 or more) of each length
 *   tree       the rest, coded: see counts_file.c */
typedef struct ink_counts_coded {
  uint32_t order;
  uint32_t sizes[1 + 2 * INK_COUNTS_ORDER_MAX];
  float discounts[3 * INK_COUNTS_ORDER_MAX];
  const uint8_t *tree; /* [tree_size] */
  size_t tree_size;
} ink_counts_coded;

/* tree: what `coded->tree` points into, which the caller frees. Of a table that has been pruned:
 * ink_counts_prune(…, 0) takes out the contexts at the start of the text, which no file keeps. */
ink_status ink_counts_write(const ink_counts *counts, ink_buffer *tree, ink_counts_coded *coded,
                            ink_error *error);

/* INK_ERROR_FORMAT says which of them is cut short or does not add up. */
ink_status ink_counts_read(const ink_counts_coded *coded, size_t vocabulary, ink_counts **counts,
                           ink_error *error);

/* ---- In a model file: counts_tensors.c ------------------------------------------------------- */

/* The three as tensors, counts.sizes U32 [1 + 2 order], counts.discounts F32 [3 order] and
 * counts.tree U8 [bytes], and the metadata counts_weight, from 0 to 1, and counts_order. */

/* Whether the tensor is one of them. */
bool ink_tensor_is_counts(const ink_tensor *tensor);

/* *counts NULL: the file has none. INK_ERROR_FORMAT names the tensor, or the metadata, that is
 * missing or does not fit. */
ink_status ink_counts_open(const ink_tensors *tensors, size_t vocabulary, ink_counts **counts,
                           float *weight, ink_error *error);

/* The file of `tensors` with these counts in place of any that it had: *file [*size], the caller's
 * to free. */
ink_status ink_counts_add_to_file(const ink_tensors *tensors, const ink_counts *counts,
                                  float weight, uint8_t **file, size_t *size, ink_error *error);

#endif
