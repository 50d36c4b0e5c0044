// ONNX's recurrent operators: where our gates (LSTM i f g o, GRU r z n) stand among theirs (LSTM
// i o f c, GRU z r h), and the activations that each has where a node names none.

export const OPERATORS = {
  LSTM: { order: [0, 2, 3, 1], standard: ["Sigmoid", "Tanh", "Tanh"] },
  GRU: { order: [1, 0, 2], standard: ["Sigmoid", "Tanh"] },
  RNN: { order: [0], standard: ["Tanh"] },
};

/** Ours i f o, theirs i o f: the same either way. */
export const PEEPHOLES = [0, 2, 1];
