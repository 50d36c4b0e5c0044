// What looks inside of a network: a text's trace, and the units of a session's state. A generator
// that only writes never downloads it.

/** @import { ModelInfo, Trace, TraceOptions, UnitsState } from "./inkling.js" */
/** @import { Core } from "./wasm.js" */

import { argument } from "./options.js";
import { encodeComposed } from "./platform.js";
import { struct } from "./structs.js";

/** ink_trace. */
const TRACE = struct({
  memory: "u32",
  tokens: "u32",
  layers: "u32",
  units: "u32",
  gateCount: "u32",
  outputs: "u32",
  ids: "u32",
  nats: "u32",
  hidden: "u32",
  cell: "u32",
  gates: "u32",
  logits: "u32",
  layerLogits: "u32",
});

/**
 * A session, and what is known of its model; the bytes that it was loaded from in the build that
 * trains.
 *
 * @typedef {{ core: Core, model: number, session: number, info: ModelInfo, file?: Uint8Array
 *   }} Place
 */

// INK_TRACE_*, and ink_state_kind.
const WITH_GATES = 1;
const WITH_LOGITS = 2;
const WITH_LAYER_LOGITS = 4;
const KINDS = /** @type {const} */ (["hidden", "cell"]);

/** The names of the gates of a model's cell. @param {Core} core @param {number} model */
function gatesOf(core, model) {
  const names = [];
  for (let name; (name = core.c.ink_model_gate(model, names.length)) !== 0;) {
    names.push(core.string(name));
  }
  return names;
}

/**
 * Gate by gate what the core has token by token, layer by layer.
 *
 * @param {Core} core
 * @param {{ gates: number, tokens: number, layers: number, units: number }} trace
 * @param {string[]} names
 */
function gatesApart(core, { gates, tokens, layers, units }, names) {
  const all = new Float32Array(core.bytes.buffer, gates, tokens * layers * names.length * units);
  return Object.fromEntries(
    names.map((name, gate) => {
      const own = new Float32Array(tokens * layers * units);
      for (let row = 0; row < tokens * layers; row++) {
        const at = (row * names.length + gate) * units;
        own.set(all.subarray(at, at + units), row * units);
      }
      return [name, own];
    }),
  );
}

/**
 * Reads a text in a session and tells what happens.
 *
 * @param {Place} place
 * @param {string} text
 * @param {TraceOptions} options
 * @returns {Trace}
 */
export function trace({ core, model, session, info }, text, options) {
  const { gates, logits, layerLogits, skipUnknown } = options;
  const bytes = encodeComposed(text);
  const also =
    (gates ? WITH_GATES : 0) + (logits ? WITH_LOGITS : 0) + (layerLogits ? WITH_LAYER_LOGITS : 0);
  const made = core.with([bytes], (address) =>
    core.read(TRACE, (out) =>
      core.call(
        "ink_session_trace",
        session,
        address,
        bytes.length,
        skipUnknown ? 1 : 0,
        also,
        out,
      ),
    ),
  );
  try {
    const { tokens, layers, units } = made;
    const ids = new Uint32Array(core.bytes.buffer, made.ids, tokens);
    const states = tokens * layers * units;
    const names = made.gates ? gatesOf(core, model) : [];
    return {
      tokens: Array.from(ids, (id) => info.vocabulary[id]),
      layers,
      units,
      hidden: core.floats(made.hidden, states),
      ...(made.cell ? { cell: core.floats(made.cell, states) } : {}),
      ...(gates ? { gates: gatesApart(core, made, names) } : {}),
      ...(logits ? { logits: core.floats(made.logits, tokens * made.outputs) } : {}),
      ...(layerLogits
        ? { layerLogits: core.floats(made.layerLogits, tokens * layers * made.outputs) }
        : {}),
      nats: core.floats(made.nats, tokens),
    };
  } finally {
    core.c.ink_release(made.memory);
  }
}

/**
 * Calls `use` with every unit of a kind of state, and with room for its value.
 *
 * @param {Place} place
 * @param {(layer: number, unit: number, at: number) => void} use
 */
function eachUnit({ info: { layers, hidden } }, use) {
  for (let at = 0; at < layers * hidden; at++) use(Math.floor(at / hidden), at % hidden, at);
}

/** @param {Place} place @param {number} kind */
function read(place, kind) {
  const { core, session, info } = place;
  const values = new Float32Array(info.layers * info.hidden);
  core.with([new Uint8Array(4)], (out) =>
    eachUnit(place, (layer, unit, at) => {
      core.call("ink_session_state", session, kind, layer, unit, out);
      values[at] = core.view.getFloat32(out, true);
    }),
  );
  return values;
}

/** Whether the cell carries more than a hidden state. @param {Place} place */
const hasCell = ({ core, session }) =>
  core.with([new Uint8Array(4)], (out) => {
    const noError = 0;
    return core.c.ink_session_state(session, KINDS.indexOf("cell"), 0, 0, out, noError) === 0;
  });

/** @param {Place} place @returns {Required<Pick<UnitsState, "hidden">> & UnitsState} */
export const state = (place) => ({
  hidden: read(place, KINDS.indexOf("hidden")),
  ...(hasCell(place) ? { cell: read(place, KINDS.indexOf("cell")) } : {}),
});

/**
 * Writes all units of a kind, or of both.
 *
 * @param {Place} place
 * @param {UnitsState} given
 */
export function setState(place, given) {
  const { core, session, info } = place;
  const kinds = KINDS.filter((kind) => given[kind]);
  if (given.cell && !hasCell(place)) throw argument(`a ${info.cell} has no cell state`);
  const all = kinds.map((kind) => Float32Array.from(given[kind] ?? []));
  all.forEach((values, i) => {
    const wanted = info.layers * info.hidden;
    if (values.length !== wanted) {
      const fit = `${info.layers} × ${info.hidden} = ${wanted}`;
      throw argument(`${kinds[i]} has ${values.length} values where ${fit} fit`);
    }
    if (!values.every(Number.isFinite)) throw argument(`${kinds[i]} must be finite numbers`);
  });
  all.forEach((values, i) => {
    const kind = KINDS.indexOf(kinds[i]);
    eachUnit(place, (layer, unit, at) =>
      core.call("ink_session_set_state", session, kind, layer, unit, values[at]),
    );
  });
}

/**
 * What each token before a place has to do with the token there.
 *
 * @param {Place} at
 * @param {string} text
 * @param {number} place
 * @param {boolean} [skipUnknown]
 */
export function saliency({ core, model, file }, text, place, skipUnknown) {
  if (!file) throw argument("saliency needs load(source, { saliency: true })");
  const bytes = encodeComposed(text);
  const found = core.with([file, bytes], (own, given) => {
    const read = [given, bytes.length, skipUnknown ? 1 : 0, place];
    return core.make("ink_saliency", model, own, file.length, ...read);
  });
  const values = core.floats(found, place);
  core.c.ink_release(found);
  return values;
}
