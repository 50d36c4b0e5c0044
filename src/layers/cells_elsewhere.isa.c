/*
 * Cells that other programs' files have: the usual ones with other activations, with the reset gate
 * before the product, with peepholes; and the linear recurrence, h' = x + h.
 */
#ifndef INK_GENERATE_ONLY
#include "kernels/simd.h"
#define INK_ACTIVATION_LINKAGE INK_OUT_OF_LINE
#include "layers/gru.h"
#include "layers/lstm.h"
#include "layers/rnn.h"

/* One body serves all of a kind, and asks for the activations as it goes: of these cells none is
 * worth code of its own. */
#define ANY(function, kind, of)                                           \
  INK_OUT_OF_LINE void any_##function(kind constants, const of *arrays) { \
    ink_##function(constants, arrays);                                    \
  }
ANY(rnn_forward, ink_activation, ink_cell_step)
ANY(gru_forward, ink_gru, ink_cell_step)
ANY(gru_leave, ink_activation, ink_cell_step)
ANY(lstm_forward, ink_lstm, ink_cell_step)
ANY(rnn_backward, ink_activation, ink_cell_gradient)
ANY(gru_backward, ink_gru, ink_cell_gradient)
ANY(gru_leave_backward, ink_activation, ink_cell_gradient)
ANY(lstm_backward, ink_lstm, ink_cell_gradient)
#define ink_rnn_forward any_rnn_forward
#define ink_rnn_backward any_rnn_backward
#define ink_gru_forward any_gru_forward
#define ink_gru_backward any_gru_backward
#define ink_gru_leave any_gru_leave
#define ink_gru_leave_backward any_gru_leave_backward
#define ink_lstm_forward any_lstm_forward
#define ink_lstm_backward any_lstm_backward

INK_RNN_CELL(rnn_relu, "rnn-relu", INK_RELU)
INK_RNN_CELL(rnn_sigmoid, "rnn-sigmoid", INK_SIGMOID)
INK_RNN_CELL(linear, "linear", INK_IDENTITY)

INK_GRU_CELL(gru_relu, "gru-relu", INK_SIGMOID, INK_RELU)
INK_GRU_CELL(gru_hard, "gru-hard", INK_HARD_SIGMOID, INK_TANH)
INK_GRU_CELL(gru_relu_hard, "gru-relu-hard", INK_HARD_SIGMOID, INK_RELU)
INK_GRU_BEFORE_CELL(gru_before, "gru-before", INK_SIGMOID, INK_TANH)
INK_GRU_BEFORE_CELL(gru_before_relu, "gru-before-relu", INK_SIGMOID, INK_RELU)
INK_GRU_BEFORE_CELL(gru_before_hard, "gru-before-hard", INK_HARD_SIGMOID, INK_TANH)
INK_GRU_BEFORE_CELL(gru_before_relu_hard, "gru-before-relu-hard", INK_HARD_SIGMOID, INK_RELU)

INK_LSTM_CELL(lstm_relu, "lstm-relu", INK_SIGMOID, INK_RELU, false)
INK_LSTM_CELL(lstm_hard, "lstm-hard", INK_HARD_SIGMOID, INK_TANH, false)
INK_LSTM_CELL(lstm_relu_hard, "lstm-relu-hard", INK_HARD_SIGMOID, INK_RELU, false)
INK_LSTM_CELL(lstm_peephole, "lstm-peephole", INK_SIGMOID, INK_TANH, true)
#endif
