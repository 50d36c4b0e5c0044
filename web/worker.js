// The worker in which a model runs, or training: a web worker, or a thread of Node's. It answers
// { call, name, args } with { call, result } or { call, error }, one message after the other, so
// that every generation gets its turn between two pieces of another.

import { openHost } from "./host.js";
import "./model.js"; // named here to be fetched beside host.js, not after it
import { InklingError, inNode, nodeModule } from "./wasm.js";

let host;

async function answer({ call, name, args }, post) {
  try {
    if (name === "open") {
      host = await openHost(...args);
      post({ call, result: host.info });
    } else {
      post({ call, result: await host[name](...args) });
    }
  } catch (error) {
    const code = error instanceof InklingError ? error.code : undefined;
    post({ call, error: { code, message: error.message } });
  }
}

if (inNode) {
  nodeModule("worker_threads").then(({ parentPort }) => {
    parentPort.on("message", (message) =>
      answer(message, (reply) => parentPort.postMessage(reply)),
    );
  });
} else {
  self.onmessage = ({ data }) => answer(data, (reply) => self.postMessage(reply));
}
