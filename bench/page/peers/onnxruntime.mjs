// onnxruntime-web: its wasm backend on this thread, one thread, the network's own LSTM or GRU
// operator.

import { onnxFile, stateNames } from "../onnx.mjs";

/** `ort` is the module onnxruntime-web/wasm. */
export function onnxruntime(ort) {
  ort.env.wasm.numThreads = 1;
  return {
    name: "onnxruntime-web",
    async open(network, tensors) {
      const session = await ort.InferenceSession.create(onnxFile(network, tensors), {
        executionProviders: ["wasm"],
        graphOptimizationLevel: "all",
      });
      const names = stateNames(network);
      const shape = [1, 1, network.hidden];
      const feeds = { id: new ort.Tensor("int32", new Int32Array(1), [1, 1]) };
      for (const name of names) {
        feeds[name] = new ort.Tensor("float32", new Float32Array(network.hidden), shape);
      }
      return {
        async step(id) {
          feeds.id.data[0] = id;
          const results = await session.run(feeds);
          for (const name of names) feeds[name] = results[`${name}_next`];
          return results.logits.data;
        },
        close: () => session.release(),
      };
    },
  };
}
