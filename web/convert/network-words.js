// What a network is, in words.

import { rereads } from "./network.js";

/** "LSTM 1×120 with hard sigmoid, one-hot of 60 characters" */
export function describeNetwork(n) {
  const [{ cell }] = n.layers;
  const words = cell.split("-");
  const kind = { rnn: "RNN", linear: "linear RNN", gru: "GRU", lstm: "LSTM" };
  const name = kind[words.find((word) => word in kind)];
  const extras = {
    hard: "hard sigmoid",
    before: "the reset in front of the product",
    relu: "ReLU",
    sigmoid: "sigmoid",
    peephole: "peepholes",
  };
  const withs = words.filter((word) => word in extras).map((word) => extras[word]);
  const both = n.layers.every((layer) => layer.reverse);
  const sizes = n.layers.map(
    (layer) => `${layer.hidden}${layer.reverse && !both ? " from both ends" : ""}`,
  );
  const equal = sizes.every((size) => size === sizes[0]);
  const size = equal ? `${sizes.length}×${sizes[0]}` : sizes.join(" and ");
  const own = words.includes("brain") ? " of brain.js's kind" : "";
  const parts = [`${both ? "bidirectional " : ""}${name}${own} ${size}`];
  if (withs.length > 0) parts[0] += ` with ${withs.join(" and ")}`;
  const tokens = n.level === "word" ? "words" : n.level === "char" ? "characters" : "tokens";
  if (n.fed === "embedding") parts.push(`embedding ${n.inputs}×${n.table.shape[1]}`);
  else if (n.fed === "scalar") parts.push(`fed id ÷ ${n.inputs} of ${n.inputs} ${tokens}`);
  else parts.push(`${n.fed} of ${n.inputs} ${tokens}`);
  if (n.attention) parts.push("weighted average over the window");
  for (const { weight, activation } of n.dense)
    parts.push(`dense ${weight.shape[0]} ${activation}`);
  if (n.task === "classifier") parts.push(`${n.outputs} classes`);
  if (n.window) {
    const anew = n.task === "generator" && rereads(n) ? ", read anew for every token" : "";
    parts.push(`windows of ${n.window}${anew}`);
  }
  if (n.reversed) parts.push("read backwards");
  return parts.join(", ");
}
