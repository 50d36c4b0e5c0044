// TensorFlow.js with its wasm backend on this thread, one thread, LSTMs only, in two ways.
//
// Its usual way is that of its own example lstm-text-generation: a layers model reads, for every
// character anew, a window of the 40 before. Its best way that we could write carries the state,
// with basicLSTMCell.

import { floatsOf } from "../networks.mjs";

const WINDOW = 40;

/** A matrix [rows, columns] as a tensor of the transposed. */
function transposed(tf, { data, shape }) {
  return tf.tidy(() => tf.tensor2d(floatsOf({ data }), shape).transpose());
}

/** b_ih + b_hh */
function biasOf(tf, tensors, layer) {
  const other = floatsOf(tensors[`rnn.bias_hh_l${layer}`]);
  return tf.tensor1d(floatsOf(tensors[`rnn.bias_ih_l${layer}`]).map((x, i) => x + other[i]));
}

/** `tf` is the module @tensorflow/tfjs, its backend wasm. */
export function tfjsWindow(tf) {
  return {
    name: "tfjs, 40-character window",
    async open({ cell, layers, hidden, vocabulary }, tensors) {
      if (cell !== "lstm") return undefined; // its GRU is not the one that PyTorch and we have
      const size = vocabulary.length;
      const model = tf.sequential();
      for (let layer = 0; layer < layers; layer++) {
        model.add(
          tf.layers.lstm({
            units: hidden,
            recurrentActivation: "sigmoid",
            recurrentInitializer: "zeros", // the usual one takes minutes, and is overwritten below
            returnSequences: layer < layers - 1,
            inputShape: [WINDOW, layer > 0 ? hidden : size],
          }),
        );
        model.layers[layer].setWeights([
          transposed(tf, tensors[`rnn.weight_ih_l${layer}`]),
          transposed(tf, tensors[`rnn.weight_hh_l${layer}`]),
          biasOf(tf, tensors, layer), // gates i f g o, as in PyTorch
        ]);
      }
      model.add(tf.layers.dense({ units: size }));
      model.layers[layers].setWeights([
        transposed(tf, tensors["fc.weight"]),
        tf.tensor1d(floatsOf(tensors["fc.bias"])),
      ]);
      const window = new Float32Array(WINDOW * size);
      let read = 0;
      return {
        async step(id) {
          window.copyWithin(0, size);
          window.fill(0, -size);
          window[(WINDOW - 1) * size + id] = 1;
          if (++read < WINDOW) return undefined; // the first window is not full
          const logits = tf.tidy(() => model.predict(tf.tensor3d(window, [1, WINDOW, size])));
          const values = logits.dataSync();
          logits.dispose();
          return values;
        },
        close: () => model.dispose(),
      };
    },
  };
}

export function tfjsCell(tf) {
  return {
    name: "tfjs, basicLSTMCell",
    async open({ cell, layers, hidden, vocabulary }, tensors) {
      if (cell !== "lstm") return undefined;
      const size = vocabulary.length;
      const swap = (matrix) => {
        // basicLSTMCell has its gates in the order i g f o
        const [i, f, g, o] = tf.split(matrix, 4, -1);
        return tf.concat([i, g, f, o], -1);
      };
      const cells = Array.from({ length: layers }, (_, layer) => ({
        kernel: tf.tidy(() =>
          swap(
            tf.concat([
              transposed(tf, tensors[`rnn.weight_ih_l${layer}`]),
              transposed(tf, tensors[`rnn.weight_hh_l${layer}`]),
            ]),
          ),
        ),
        bias: tf.tidy(() => swap(biasOf(tf, tensors, layer))),
      }));
      const readout = transposed(tf, tensors["fc.weight"]);
      const readoutBias = tf.tensor1d(floatsOf(tensors["fc.bias"]));
      const inputs = vocabulary.map((_, id) =>
        tf.oneHot(tf.tensor1d([id], "int32"), size).toFloat(),
      );
      const forgetBias = tf.scalar(0);
      let states = cells.map(() => [tf.zeros([1, hidden]), tf.zeros([1, hidden])]); // c, h
      return {
        async step(id) {
          const [logits, next] = tf.tidy(() => {
            let x = inputs[id];
            const after = cells.map(({ kernel, bias }, layer) => {
              const both = tf.basicLSTMCell(forgetBias, kernel, bias, x, ...states[layer]);
              x = both[1];
              return both;
            });
            return [tf.add(tf.matMul(x, readout), readoutBias), after];
          });
          tf.dispose(states);
          states = next;
          const values = logits.dataSync();
          logits.dispose();
          return values;
        },
        close: () => tf.dispose([cells, readout, readoutBias, inputs, forgetBias, states]),
      };
    },
  };
}
