// onnxruntime-web: its wasm backend on this thread, one thread, the network's own LSTM or GRU
// operator.

import { modelFile } from "../networks.mjs";

/** `ort` is the module onnxruntime-web/wasm, exportOnnx ours. */
export function onnxruntime(ort, exportOnnx) {
  ort.env.wasm.numThreads = 1;
  return {
    name: "onnxruntime-web",
    async open(network, tensors) {
      const file = await exportOnnx(modelFile(tensors));
      const session = await ort.InferenceSession.create(file, {
        executionProviders: ["wasm"],
        graphOptimizationLevel: "all",
      });
      const names = session.inputNames.filter((name) => name !== "id");
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
