/*
 * A bag of n-grams beside a recurrent network: every run of 1 to `order` tokens of a text adds its
 * row to the logits of the classes,
 *   logits_c += sum_n scale_n sum_{runs r of n tokens} weight[c, row(r)]
 * A run of one token has the token's row; a longer one, which may begin before the text or end
 * behind it, has a row by its hash ("the hashing trick", Weinberger et al. 2009), or one of the
 * next rows, which are checked: a run that was never counted says nothing. Where tokens are
 * characters each whole word, however long, is one more run, in any case, with a scale of its own.
 * A network with such a part is "wide and deep" (Cheng et al. 2016).
 */
#ifndef INK_LAYERS_BAG_H
#define INK_LAYERS_BAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a longer word the last so many letters. */
enum { INK_BAG_ORDER_MAX = 8, INK_BAG_LETTERS_MAX = 64 };

typedef struct ink_bag {
  size_t order;            /* the longest run, 1 to INK_BAG_ORDER_MAX; 0: there is no bag */
  size_t vocabulary;       /* tokens, of which the first rows are */
  size_t rows;             /* more than those where runs have rows by hashes */
  const uint32_t *letters; /* [vocabulary + 1]: which letter a token is, the same in either case; 0:
                              none. NULL: words are not counted. */
  float *keys; /* [rows - vocabulary]: which run a row is of, by 24 more bits of its hash; 0: of
                  none. NULL: rows are not told apart, and runs share them. */
  bool claims; /* a run takes a row that is of none */
} ink_bag;

/* Kinds of runs, each of which has a scale: of 1 to `order` tokens, and words. */
static inline size_t ink_bag_kinds(const ink_bag *bag) {
  return bag->order + (bag->letters != NULL);
}

/* The row of the run of each kind that ends with the last of tokens [count], a word with the token
 * before it; bag->rows where there is none. The token `vocabulary` stands for either end of a text
 * and has no row alone. Of words the last INK_BAG_LETTERS_MAX letters are looked at. */
void ink_bag_rows(const ink_bag *bag, const uint32_t *tokens, size_t count,
                  size_t rows[INK_BAG_ORDER_MAX + 1]);

/* How many of the tokens before `id` may be in a run that ends with it. */
size_t ink_bag_reach(const ink_bag *bag, uint32_t id);

#endif
