/*
 * From logits to the distribution that the next token is drawn from. Every step acts on what the
 * one before it left, in this order:
 *   repetition penalty: logit l of every recent token becomes l / penalty when positive, else
 *     l * penalty; once, however often the token occurs (Keskar et al. 2019).
 *   max-copy: tokens that would make too long a copy of the counts' text, and
 *   the token `never`, "<unk>" of a model of words, are as if their logits were minus infinity.
 *   temperature: p = softmax(l / T); T = 0 gives the largest logit probability 1.
 *   top-k: the k likeliest stay.
 *   top-p: of these, the likeliest stay until their sum first reaches top_p times the sum of all
 *     that top-k left (Holtzman et al. 2020).
 *   min-p: of these, those with at least min_p times the largest probability stay.
 * Then, if anything was cut, the rest is divided by its sum. Among equals the lower id is the
 * likelier.
 */
#ifndef INK_WRITE_SAMPLER_H
#define INK_WRITE_SAMPLER_H

#include "base/recent.h"
#include "inkling.h"
#include "kernels/kernels.h"
#include "parts/counts.h"

/* probabilities [count] of logits [count], finite, under `sampling`, checked. `never` is
 * UINT32_MAX when every token may be drawn; `counts` are there when max-copy is above 0. order
 * [count] is scratch. */
void ink_sample_distribution(const ink_kernels *kernels, const float *logits, size_t count,
                             uint32_t never, const ink_sampling *sampling, const ink_recent *recent,
                             const ink_counts *counts, uint32_t *order, float *probabilities);

#endif
