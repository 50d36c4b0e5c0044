/*
 * LSTM. See lstm.h.
 */
#include "layers/lstm.h"

INK_LSTM_CELL(lstm, "lstm", INK_SIGMOID, INK_TANH, false)
