/*
 * What a network writes while it learns.
 */
#ifndef INK_CLI_SAMPLES_H
#define INK_CLI_SAMPLES_H

#include "base/buffer.h"
#include "inkling.h"
#include "inkling_train.h"

/* A few lines of what a translator or captioner learns from, and their pictures: the material that
 * it writes from. They stand apart, for those beside each other are often alike; a long one is left
 * out. */
void ink_samples_keep(const ink_material *material, ink_buffer *text, ink_buffer *pictures);

/* Appends what a generator writes by itself, at temperature 0.8; a translator or captioner the
 * likeliest of every line or picture that was kept, a line each, behind what it is of:
 * "source → text", and of a picture its caption. Nothing of a classifier. */
ink_status ink_samples_write(const ink_model *model, const ink_material *sources, uint64_t seed,
                             ink_buffer *sample);

#endif
