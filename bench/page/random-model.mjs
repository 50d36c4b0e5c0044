// Models with random weights, as the bytes of a safetensors file: for the bench and for the tests,
// in Node and in browsers. The same seed gives the same weights everywhere; nothing is trained.

const GATES = { rnn: 1, gru: 3, lstm: 4 };

/** Whole numbers below 2^32, the same ones for the same seed (xorshift, Marsaglia 2003). */
export function randomNumbers(seed) {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
}

/** The tensors of a model: { name: { dtype, shape, data } }; weights are at most about `spread`. */
export function makeTensors({
  cell = "lstm",
  layers = 1,
  hidden = 12,
  embed = 0,
  vocabulary = [..."\n abcdefghij"],
  seed = 1,
  spread = 1,
} = {}) {
  const random = randomNumbers(seed);
  const tensors = {};
  const add = (name, relative, ...shape) => {
    const scale = relative * spread;
    const size = shape.reduce((a, b) => a * b);
    const values = Float32Array.from(
      { length: size },
      () => ((random() / 2 ** 32) * 2 - 1) * scale,
    );
    tensors[name] = { dtype: "F32", shape, data: new Uint8Array(values.buffer) };
  };
  const count = vocabulary.length;
  const rows = GATES[cell] * hidden;
  if (embed) add("embedding.weight", 1, count, embed);
  for (let layer = 0; layer < layers; layer++) {
    const input = layer > 0 ? hidden : embed || count;
    add(`rnn.weight_ih_l${layer}`, 1, rows, input);
    add(`rnn.weight_hh_l${layer}`, 0.7, rows, hidden);
    add(`rnn.bias_ih_l${layer}`, 0.3, rows);
    add(`rnn.bias_hh_l${layer}`, 0.3, rows);
  }
  add("fc.weight", 2, count, hidden);
  add("fc.bias", 0.5, count);
  const names = new TextEncoder().encode(vocabulary.map((token) => `${token}\0`).join(""));
  tensors.vocab = { dtype: "U8", shape: [names.length], data: names };
  return tensors;
}

/** The nearest whole number, the even one of two. */
function roundToEven(x) {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** The same with int8 matrices and one scale a row, as `inkling quantize` makes them. */
export function quantised(tensors) {
  const result = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor.dtype !== "F32" || tensor.shape.length < 2) {
      result[name] = tensor;
      continue;
    }
    const [rows, columns] = tensor.shape;
    const { buffer, byteOffset } = tensor.data;
    const scales = new Float32Array(rows);
    const data = new Uint8Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      const weights = new Float32Array(buffer, byteOffset + 4 * row * columns, columns);
      scales[row] = weights.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127;
      weights.forEach((x, k) => {
        data[row * columns + k] = scales[row] > 0 ? roundToEven(Math.fround(x / scales[row])) : 0;
      });
    }
    result[name] = { ...tensor, dtype: "I8", data };
    result[`${name}.scale`] = { dtype: "F32", shape: [rows], data: new Uint8Array(scales.buffer) };
  }
  return result;
}

/** A safetensors file: the header's size in 8 bytes, the header, the data. */
export function writeFile(header, data = []) {
  const json = typeof header === "string" ? header : JSON.stringify(header);
  const text = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(text.length), true);
  const parts = [size, text, ...data];
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    file.set(part, end);
    end += part.length;
  }
  return file;
}

/** The header and the data of tensors that lie one behind the other. */
export function layOut(tensors, metadata) {
  const header = metadata ? { __metadata__: metadata } : {};
  const data = [];
  let end = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    const start = end;
    end += tensor.data.length;
    header[name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [start, end] };
    data.push(tensor.data);
  }
  return { header, data };
}

export function makeModel({
  metadata = { format: "inkling", task: "generator", level: "char" },
  ...options
} = {}) {
  const { header, data } = layOut(makeTensors(options), metadata);
  return writeFile(header, data);
}
