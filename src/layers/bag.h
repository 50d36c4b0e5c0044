/*
 * A bag of n-grams beside a recurrent network: every run of 1 to `order` tokens of a text adds its
 * row to the logits of the classes,
 *   logits_c += sum_n scale_n sum_{runs r of n tokens} weight[c, row(r)]
 * A run of one token has the token's row; a longer one, which may begin before the text or end
 * behind it, has a row by its hash ("the hashing trick", Weinberger et al. 2009). A network with
 * such a part is "wide and deep" (Cheng et al. 2016).
 */
#ifndef INK_LAYERS_BAG_H
#define INK_LAYERS_BAG_H

#include <stddef.h>
#include <stdint.h>

enum { INK_BAG_ORDER_MAX = 8 };

typedef struct ink_bag {
  size_t order;      /* the longest run, 1 to INK_BAG_ORDER_MAX; 0: there is no bag */
  size_t vocabulary; /* tokens, of which the first rows are */
  size_t rows;       /* more than those where order > 1 */
} ink_bag;

/* The rows of the runs that end with the last of tokens [count], the shortest first, of which there
 * are min(count, order). The token `vocabulary` stands for either end of a text; `rows` for the run
 * of it alone, which says nothing. Returns how many. */
size_t ink_bag_rows(const ink_bag *bag, const uint32_t *tokens, size_t count,
                    size_t rows[INK_BAG_ORDER_MAX]);

#endif
