/*
 * The states in which the layers of a stack begin, where a file has them: rnn.h0_l<layer> [H], and
 * rnn.c0_l<layer> where the cell carries c. Without them all begin at zero. For use alone: nothing
 * here is trained.
 */
#ifndef INK_PARTS_BEGINNING_H
#define INK_PARTS_BEGINNING_H

#include "parts/stack.h"

/* Whether the file has any: `begins` of the shape, of which layers and cell are known. */
void ink_beginning_recognise(const ink_tensors *tensors, ink_shape *shape);

/* Lists them, if it has. */
void ink_beginning_list(ink_lister *lister);

/* *state [ink_stack_state_floats()] with which the stack begins, or NULL for zeros. */
void ink_beginning_pack(ink_packer *packer, const ink_stack *stack, const float **state);

#endif
