// What compose() folds into one network: scales and shifts wherever a graph may have them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { affine } from "../../web/convert/activations.js";
import { makeLayer } from "../../web/convert/layers.js";
import { compose } from "../../web/convert/network.js";
import { tensor } from "../../web/convert/tensor.js";
import { newState, readOut, step } from "./reference.mjs";

const floats = (...values) => Float32Array.from(values);
const scaled = (scale, shift) => affine(floats(...scale), floats(...shift));

const table = tensor([3, 2], floats(1, -2, 0.5, 0.25, -1, 3));
const layer = makeLayer("rnn", {
  cell: "rnn",
  weightIh: tensor([2, 2], floats(0.5, -0.25, 0.75, 0.125)),
  weightHh: tensor([2, 2], floats(0, 0.5, -0.5, 0)),
});
const head = {
  kind: "dense",
  weight: tensor([3, 2], floats(1, 2, -1, 0.5, 0.25, -2)),
  bias: tensor([3], floats(0.5, 0, -0.5)),
};
const input = [{ kind: "embedding", table }];
const recurrent = { kind: "recurrent", layer, sequences: true };
const made = (...steps) => compose(steps, { format: "a test", notes: [] });

/** What the recurrent layer gives for one token, and the logits. */
function run(network) {
  const features = step(network, newState(network), 1);
  return { features, logits: readOut(network, features) };
}

function near(found, wanted) {
  assert.equal(found.length, wanted.length);
  found.forEach((x, i) => assert.ok(Math.abs(x - wanted[i]) < 1e-6, `${found} for ${wanted}`));
}

test("scales and shifts behind one another are all kept", () => {
  const product = scaled([2, -3], [0, 0]);
  const sum = scaled([1, 1], [0.5, 4]);
  const { features, logits } = run(made(...input, recurrent, product, sum, head));
  const turned = [2 * features[0] + 0.5, -3 * features[1] + 4];
  near(logits, readOut(made(...input, recurrent, head), turned));
});

test("one scale for all units of an embedding, a layer and a dense layer is spread", () => {
  const one = { ...scaled([2], [-1]), spreads: true };
  const each = scaled([2, 2], [-1, -1]);
  const all = scaled([2, 2, 2], [-1, -1, -1]);
  const ones = run(made(...input, one, recurrent, one, head, one));
  const wanted = run(made(...input, each, recurrent, each, head, all));
  assert.ok(ones.logits.every(Number.isFinite));
  assert.deepEqual(ones, wanted);
});

test("a scale of another size is refused", () => {
  const wide = scaled([1, 2, 3], [0, 0, 0]);
  assert.throws(() => made(...input, wide, recurrent, head), /is 3 where 2 was expected/);
  assert.throws(() => made(...input, recurrent, wide, head), /is 3 where 2 was expected/);
  const statistics = scaled([2], [0]); // of a normalisation, which has a value a unit
  assert.throws(() => made(...input, statistics, recurrent, head), /is 1 where 2 was expected/);
});

test("the largest over time is no model of ours behind a negative scale", () => {
  const pooled = (...scale) =>
    made(...input, recurrent, scaled(scale, [1, 1]), { kind: "pools", parts: ["max"] }, head);
  assert.throws(() => pooled(2, -1), /negative scale/);
  assert.equal(pooled(2, 1).pool, "max");
});

test("a classifier with attention is refused by name", () => {
  const attention = { kind: "attention", weight: tensor([4], floats(1, 2, 3, 4)) };
  const wide = (outputs) => ({
    kind: "dense",
    weight: tensor([outputs, 4], new Float32Array(4 * outputs)),
    bias: null,
  });
  const steps = [...input, recurrent, attention];
  assert.throws(() => made(...steps, wide(2)), /classifier with attention/);
  assert.equal(made(...steps, wide(3)).task, "generator");
});
