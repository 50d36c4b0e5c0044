/*
 * GRU. See gru.h.
 */
#include "layers/gru.h"

INK_GRU_CELL(gru, "gru", INK_SIGMOID, INK_TANH)
