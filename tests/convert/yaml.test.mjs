// The YAML of Keras's to_yaml().

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseYaml } from "../../web/convert/yaml.js";

test("maps, lists, tuples and scalars, in blocks and in brackets", () => {
  const text = `# made by hand
class_name: Sequential
config:
- class_name: LSTM
  config:
    batch_input_shape: !!python/tuple
    - null
    - 40
    initializer: {class_name: VarianceScaling, config: {distribution: uniform, mode: fan_avg,
        scale: 1.0, seed: null}}
    name: 'it''s'
    units: 128
- class_name: Dense
  config: {activation: "soft\\tmax", note: 'it''s: a, #1',
    shape: !!python/tuple [null, 3], use_bias: true}
inbound_nodes:
- - - lstm
    - 0
    - {}
  - []
keras_version: 2.0.9
rate: 1.0e-07
url: a:b
`;
  assert.deepEqual(parseYaml(text), {
    class_name: "Sequential",
    config: [
      {
        class_name: "LSTM",
        config: {
          batch_input_shape: [null, 40],
          initializer: {
            class_name: "VarianceScaling",
            config: { distribution: "uniform", mode: "fan_avg", scale: 1, seed: null },
          },
          name: "it's",
          units: 128,
        },
      },
      {
        class_name: "Dense",
        config: { activation: "soft\tmax", note: "it's: a, #1", shape: [null, 3], use_bias: true },
      },
    ],
    inbound_nodes: [[["lstm", 0, {}], []]],
    keras_version: "2.0.9",
    rate: 1e-7,
    url: "a:b",
  });
});

test("what is more than that is nothing, and takes no time", () => {
  for (const text of ["", "a: &x 1", "a: *x", "a: |\n  text", "a: [1, 2", "a\nb", "a: 1\n  b: 2"])
    assert.equal(parseYaml(text), undefined, text);
  const from = process.cpuUsage();
  for (const part of ["- ", "[", "{a: ", "a:\n ", "x: [\n", "'", "a: [b,\n"])
    parseYaml(part.repeat(2 ** 20 / part.length));
  let deep = "";
  for (let i = 0; i < 2000; i++) deep += `${" ".repeat(i)}a:\n`;
  assert.equal(parseYaml(`${deep}${" ".repeat(2000)}b`), undefined);
  const { user, system } = process.cpuUsage(from);
  assert.ok(user + system < 10e6, `${(user + system) / 1e6} s`);
});
