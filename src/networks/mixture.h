/*
 * Several generators as one: after the same text they predict side by side, and of what they say
 * the weighted mean is taken. Their vocabularies may differ; the mixture has that of the first,
 *   p(t) = sum_i w_i p_i'(t)     p_1' = p_1
 * where a further model i has its say about the tokens S that it shares with the first, and leaves
 * the others to it:
 *   p_i'(t) = p_1(t)                                    for t outside S
 *   p_i'(t) = p_i(t) * sum_{s in S} p_1(s) / sum_{s in S} p_i(s)   for t in S
 * so that p sums to 1. It reads a token that it does not have as what looks like it (text/fold.h),
 * "A" as "a", say, and leaves out what nothing looks like; of words it reads "<unk>".
 */
#ifndef INK_NETWORKS_MIXTURE_H
#define INK_NETWORKS_MIXTURE_H

#include "networks/network.h"

/* A further model. */
typedef struct ink_mixture_part {
  const ink_network *network;
  float weight;
  bool same;             /* its vocabulary is the first's */
  uint32_t *own;         /* [V]: the id here of every token of the first, or UINT32_MAX */
  uint32_t *read_at;     /* [V + 1]: where in `read` begins what is read for it */
  uint32_t *read;        /* [read_at[V]] */
  const uint32_t *start; /* [start_count]: what is read before a text; none where the first has */
  size_t start_count;
} ink_mixture_part;

typedef struct ink_mixture {
  const ink_network *first;
  float weight; /* of the first */
  size_t count; /* of further models */
  ink_mixture_part *parts;
} ink_mixture;

/* Its networks have an ink_mixture for their own. */
extern const ink_network_kind ink_mixture_kind;

#endif
