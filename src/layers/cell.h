/*
 * Recurrent cells: what one layer does with its gates at one time step, for a batch of streams.
 *
 * The matrix products are not here. A layer computes, with H units and G gates,
 *   x_part = W_ih x + b_ih      h_part = W_hh h + b_hh      both [batch][G*H]
 * and the cell makes the new state of them. The last `late` gates may see something else than h
 * through W_hh: what the cell's early gates leave of it. Cells and the order of their gates are
 * PyTorch's (torch.nn.RNN, GRU, LSTM) where it has them, so that their weights fit. Training and
 * inference use the same pass.
 *
 * A new cell is a file like gru.isa.c and a line in INK_EVERY_CELL.
 */
#ifndef INK_LAYERS_CELL_H
#define INK_LAYERS_CELL_H

#include <stdbool.h>

#include "inkling.h"

/* Only builds that train have the backward passes. */
#if !defined(INK_GENERATE_ONLY) && !defined(INK_USE_ONLY)
#define INK_FOR_BACKWARD(...) __VA_ARGS__
#else
#define INK_FOR_BACKWARD(...)
#endif

/* What a cell reads and writes at a time step, for `batch` streams of `hidden` units. */
typedef struct ink_cell_step {
  size_t batch, hidden;
  const float *own;                     /* [own*H]: its own weights, NULL where it has none */
  const float *x_part, *h_part;         /* [batch][G*H] */
  const float *h_previous, *c_previous; /* [batch][H]; c may be NULL unless it is carried */
  float *h_next, *c_next; /* [batch][H]; may be those before. c is written where needs_c */
  /* [batch][G*H], which may be x_part: receives the activated gates, and c_next what backward needs
   * beside them (needs_c). NULL, as always in a build of INK_GENERATE_ONLY: nothing is kept */
  float *gates;
  float *left; /* [batch][H]: what ink_cell.leave writes, where gates are late */
} ink_cell_step;

/* The part of stream b alone, for a cell of so many gates; inlined, what the cell does not read
 * costs nothing. */
static inline __attribute__((always_inline)) ink_cell_step ink_cell_stream(const ink_cell_step *s,
                                                                           size_t gates, size_t b) {
  size_t at = b * s->hidden;
  return (ink_cell_step){.batch = 1,
                         .hidden = s->hidden,
                         .own = s->own,
                         .x_part = s->x_part + gates * at,
                         .h_part = s->h_part + gates * at,
                         .h_previous = s->h_previous + at,
                         .c_previous = s->c_previous == NULL ? NULL : s->c_previous + at,
                         .h_next = s->h_next + at,
                         .c_next = s->c_next == NULL ? NULL : s->c_next + at,
                         .gates = s->gates == NULL ? NULL : s->gates + gates * at,
                         .left = s->left == NULL ? NULL : s->left + at};
}

/* The same step backward. */
typedef struct ink_cell_gradient {
  size_t batch, hidden;
  const float *own;
  const float *h_previous, *c_previous, *h_next, *c_next;
  const float *dh;     /* [batch][H]: of h_next */
  float *gates;        /* activated on entry; the gradient of x_part on return */
  float *h_part;       /* [batch][G*H], where `separate`: receives the gradient of h_part */
  float *dc;           /* [batch][H]: of c_next on entry, of c_previous on return */
  float *dh_previous;  /* [batch][H], where `direct`: receives that part; may be dh */
  float *own_gradient; /* [own*H]: is added to */
  const float *dleft;  /* [batch][H]: the gradient of `left`, for leave_backward */
} ink_cell_gradient;

enum { INK_GATES_MAX = 4 };

typedef struct ink_cell {
  const char *name;
  uint32_t gates; /* G */
  /* What `gates` of a step holds, [H] each; all NULL of a cell that has no gate apart from h. */
  const char *gate_names[INK_GATES_MAX];
  uint32_t late; /* of them: whose W_hh reads `left` in place of h */
  uint32_t own;  /* vectors [H] of weights of its own, the tensor rnn.<own_name>_l<layer> */
  const char *own_name;
  bool carries_c; /* the state is h and c, not h alone */
  bool needs_c;   /* backward needs c: the state, or something kept in its place */
  bool direct;    /* h_previous also reaches the new state directly, not through W_hh alone */
  bool separate;  /* the gradients of x_part and h_part differ */

  void (*forward)(const ink_cell_step *step);
  void (*leave)(const ink_cell_step *step); /* `left`, from the early gates; before forward */

  /* NULL in a build that does not train. leave_backward adds to dh_previous and makes the gradients
   * of the early gates that leave() read; after backward. */
  void (*backward)(const ink_cell_gradient *gradient);
  void (*leave_backward)(const ink_cell_gradient *gradient);
} ink_cell;

/* The list: cell(symbol, name). The first three are the values of ink_cell_kind; a build that only
 * generates has these alone. */
#define INK_FIRST_CELLS(cell) cell(rnn, "rnn") cell(gru, "gru") cell(lstm, "lstm")
#ifdef INK_GENERATE_ONLY
#define INK_EVERY_CELL(cell) INK_FIRST_CELLS(cell)
#else
/* clang-format off */
#define INK_EVERY_CELL(cell)   \
  INK_FIRST_CELLS(cell)                               \
  cell(rnn_relu, "rnn-relu")                          \
  cell(rnn_sigmoid, "rnn-sigmoid")                    \
  cell(linear, "linear")                              \
  cell(gru_relu, "gru-relu")                          \
  cell(gru_hard, "gru-hard")                          \
  cell(gru_relu_hard, "gru-relu-hard")                \
  cell(gru_before, "gru-before")                      \
  cell(gru_before_relu, "gru-before-relu")            \
  cell(gru_before_hard, "gru-before-hard")            \
  cell(gru_before_relu_hard, "gru-before-relu-hard")  \
  cell(lstm_relu, "lstm-relu")                        \
  cell(lstm_hard, "lstm-hard")                        \
  cell(lstm_relu_hard, "lstm-relu-hard")              \
  cell(lstm_peephole, "lstm-peephole")                \
  cell(brain_lstm, "brain-lstm")
/* clang-format on */
#endif

/* Kinds are counted from 0 in the order of the list; so many there are. */
#define INK_ONE_CELL(symbol, name) +1
enum { INK_CELLS = 0 INK_EVERY_CELL(INK_ONE_CELL) };

/* The cell, compiled for the instruction set of `kernels_name` (ink_kernels.name); never NULL for a
 * valid kind. */
const ink_cell *ink_cell_find(ink_cell_kind kind, const char *kernels_name);

/* The kind with this name, or the first with this number of gates; false when there is none. */
bool ink_cell_kind_of_name(const char *name, ink_cell_kind *kind);
bool ink_cell_kind_of_gates(size_t gates, ink_cell_kind *kind);

#endif
