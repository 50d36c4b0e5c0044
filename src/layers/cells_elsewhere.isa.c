/*
 * Cells that other programs' files have: the usual ones with other activations, with the reset gate
 * before the product, with peepholes; and the linear recurrence, h' = x + h.
 */
#ifndef INK_GENERATE_ONLY
#include "layers/gru.h"
#include "layers/lstm.h"
#include "layers/rnn.h"

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
INK_LSTM_CELL(lstm_relu_peephole, "lstm-relu-peephole", INK_SIGMOID, INK_RELU, true)
INK_LSTM_CELL(lstm_hard_peephole, "lstm-hard-peephole", INK_HARD_SIGMOID, INK_TANH, true)
INK_LSTM_CELL(lstm_relu_hard_peephole, "lstm-relu-hard-peephole", INK_HARD_SIGMOID, INK_RELU, true)
#endif
