/*
 * The vanilla recurrent cell with tanh. See rnn.h.
 */
#include "layers/rnn.h"

INK_RNN_CELL(rnn, "rnn", INK_TANH)
