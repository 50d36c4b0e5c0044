// Looking inside: what a trace tells against what sessions say, and states that are written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../dist/inkling.js";
import { makeModel } from "./make-model.mjs";

const TEXT = "abcabba\ncjj";
const near = (a, b, tolerance) => assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`);
const GATES = {
  rnn: [],
  gru: ["reset", "update", "candidate"],
  lstm: ["input", "forget", "candidate", "output"],
};

/** The row of token t of an array that has as many for each. */
const rowOf = (values, t, tokens) =>
  values.subarray((t * values.length) / tokens, ((t + 1) * values.length) / tokens);

for (const worker of [false, true]) {
  const where = worker ? "in a worker" : "in place";
  for (const cell of ["rnn", "gru", "lstm"]) {
    test(`a trace of a ${cell} is what a session goes through, ${where}`, async (t) => {
      const model = await load(makeModel({ cell, layers: 2, embed: 4 }), { worker, trace: true });
      t.after(() => model.free());
      const trace = await model.trace(TEXT, { gates: true, logits: true });
      const { layers, hidden: units, vocabulary } = model.info;
      const count = TEXT.length;
      assert.deepEqual(trace.tokens, [...TEXT]);
      assert.deepEqual([trace.layers, trace.units], [layers, units]);
      assert.deepEqual(Object.keys(trace.gates), GATES[cell]);
      assert.equal("cell" in trace, cell === "lstm");
      for (const values of [trace.hidden, trace.cell, ...Object.values(trace.gates)]) {
        if (values) assert.equal(values.length, count * layers * units);
      }
      assert.equal(trace.logits.length, count * vocabulary.length);
      const session = await model.session();
      let sum = 0;
      for (let at = 0; at < count; at++) {
        if (at === 0) assert.ok(Number.isNaN(trace.nats[0]));
        else {
          const candidates = await session.distribution();
          const { modelProbability } = candidates.find(({ token }) => token === TEXT[at]);
          near(trace.nats[at], -Math.log(modelProbability), 1e-5);
          sum += trace.nats[at];
        }
        await session.feed(TEXT[at]);
        const state = await session.state();
        assert.deepEqual(rowOf(trace.hidden, at, count), state.hidden);
        if (cell === "lstm") assert.deepEqual(rowOf(trace.cell, at, count), state.cell);
        else assert.equal(state.cell, undefined);
      }
      const { nats, tokens } = await model.evaluate(TEXT);
      assert.equal(tokens, count - 1);
      near(sum / tokens, nats, 1e-6);
    });
  }

  test(`an LSTM's gates make its states, ${where}`, async (t) => {
    const model = await load(makeModel({ cell: "lstm", layers: 2 }), { worker, trace: true });
    t.after(() => model.free());
    const { gates, hidden, cell, layers, units } = await model.trace(TEXT, { gates: true });
    const { input, forget, candidate, output } = gates;
    for (let at = 0; at < hidden.length; at++) {
      const before = cell[at - layers * units] ?? 0;
      near(cell[at], forget[at] * before + input[at] * candidate[at], 1e-6);
      near(hidden[at], output[at] * Math.tanh(cell[at]), 1e-6);
    }
  });

  test(`a state that is written is written on from, ${where}`, async (t) => {
    const model = await load(makeModel({ cell: "lstm", layers: 2 }), { worker, trace: true });
    t.after(() => model.free());
    const session = await model.session();
    const first = await session.trace("abc", { logits: true });
    const copy = await model.session();
    await copy.setState(await session.state());
    assert.deepEqual(await copy.distribution(), await session.distribution());
    const traces = [session, copy].map((one) => one.trace("jab", { gates: true, logits: true }));
    const [wanted, got] = await Promise.all(traces);
    assert.deepEqual(got, wanted);
    const { vocabulary } = model.info;
    const last = first.logits.slice(-vocabulary.length);
    near(wanted.nats[0], natsOf(last, vocabulary.indexOf("j")), 1e-5);
    const { hidden, cell } = await copy.state();
    await copy.setState({ hidden: Array.from(hidden, (value) => -value) });
    const changed = await copy.state();
    assert.deepEqual(
      changed.hidden,
      hidden.map((value) => -value),
    );
    assert.deepEqual(changed.cell, cell);
    assert.notDeepEqual(await copy.distribution(), await session.distribution());
  });
}

test("what the read-out says of each layer comes when asked for", async (t) => {
  const model = await load(makeModel({ cell: "gru", layers: 3 }), { trace: true });
  t.after(() => model.free());
  const { logits, layerLogits, nats } = await model.trace(TEXT, {
    logits: true,
    layerLogits: true,
  });
  const plain = await model.trace(TEXT);
  assert.equal("layerLogits" in plain, false);
  assert.deepEqual(plain.nats, nats);
  const width = model.info.vocabulary.length;
  assert.equal(layerLogits.length, TEXT.length * 3 * width);
  for (let at = 0; at < TEXT.length; at++) {
    const of = (layer) => layerLogits.slice((at * 3 + layer) * width, (at * 3 + layer + 1) * width);
    assert.deepEqual(of(2), rowOf(logits, at, TEXT.length), "of the last one the network's own");
    assert.notDeepEqual(of(0), of(1));
  }
  // A state that has only an earlier layer's h in the last layer's place says what that one does.
  const session = await model.session();
  const { hidden } = await model.trace(TEXT);
  const last = hidden.slice(-3 * model.info.hidden);
  const moved = last.slice();
  moved.set(last.subarray(0, model.info.hidden), 2 * model.info.hidden);
  await session.feed(TEXT);
  await session.setState({ hidden: moved });
  const first = layerLogits.slice(-3 * width, -2 * width);
  for (const { token, modelProbability } of await session.distribution())
    near(natsOf(first, model.info.vocabulary.indexOf(token)), -Math.log(modelProbability), 1e-5);
  const dates = await load("models/dates.safetensors", { trace: true });
  t.after(() => dates.free());
  const decoder = await dates.session();
  await decoder.start("3 May 1979");
  await assert.rejects(decoder.trace("1", { layerLogits: true }), {
    code: "argument",
    message: /attended to besides/,
  });
});

/** -ln of the soft-max of logits at an index. */
function natsOf(logits, index) {
  const most = Math.max(...logits);
  const sum = logits.reduce((total, value) => total + Math.exp(value - most), 0);
  return Math.log(sum) + most - logits[index];
}

test("what is not finite, of another size or of another cell is refused", async (t) => {
  const model = await load(makeModel({ cell: "gru", layers: 2 }), { trace: true });
  t.after(() => model.free());
  const session = await model.session();
  await session.feed("abc");
  const before = await session.save();
  const { hidden } = await session.state();
  const argument = (message) => ({ name: "InklingError", code: "argument", message });
  const bad = hidden.slice().fill(NaN, 3, 4);
  await assert.rejects(session.setState({ hidden: bad }), argument(/hidden must be .*finite/));
  const large = Array.from(hidden).fill(1e39);
  await assert.rejects(session.setState({ hidden: large }), argument(/hidden must be .*finite/));
  await assert.rejects(
    session.setState({ hidden: hidden.slice(1) }),
    argument(/2 × \d+ = \d+ fit/),
  );
  await assert.rejects(session.setState({ hidden, cell: hidden }), argument(/gru has no cell/));
  await assert.rejects(session.setState({ units: hidden }), argument(/unknown option "units"/));
  await assert.rejects(session.trace("a", { gates: 1 }), argument(/gates must be true or false/));
  await assert.rejects(session.trace(3), argument(/must be a string/));
  await assert.rejects(session.trace("a~"), { code: "vocabulary" });
  assert.deepEqual(await session.save(), before);
});

test("a trace that would take too much is refused with the numbers", async (t) => {
  const model = await load(makeModel({ cell: "lstm", hidden: 32 }), { trace: true });
  t.after(() => model.free());
  await assert.rejects(model.trace("abc".repeat(200_000), { gates: true }), {
    name: "InklingError",
    code: "memory",
    message: /600000 tokens.* 1 layers? of 32 units.* \d+ MB where 256/,
  });
  assert.equal((await model.trace("abc")).tokens.length, 3);
});

test("the small build says what it lacks, and other tasks what they are", async (t) => {
  const small = await load(makeModel());
  t.after(() => small.free());
  const needed = { code: "argument", message: /load\(source, \{ trace: true \}\)/ };
  await assert.rejects(small.trace("abc"), needed);
  const session = await small.session();
  await assert.rejects(session.state(), needed);
  const languages = await load("models/languages.safetensors");
  t.after(() => languages.free());
  const message = /the model is a classifier, not a generator/;
  await assert.rejects(languages.trace("abc"), { code: "argument", message });
  const dates = await load("models/dates.safetensors");
  t.after(() => dates.free());
  const decoder = await dates.session();
  await decoder.start("3 May 1979");
  const { tokens, nats } = await decoder.trace("1979-05-03");
  assert.equal(tokens.join(""), "1979-05-03");
  assert.ok(
    nats.every((value) => value < 0.1 || Number.isNaN(value)),
    String(nats),
  );
});

// ---- Units that go with a pattern ---------------------------------------------------------------

test("the shipped Shakespeare counts its lines, and foresees capitals", async (t) => {
  const model = await load("models/shakespeare.safetensors", { trace: true });
  t.after(() => model.free());
  const text = await model.complete("ROMEO:\n", { length: 3000, seed: 1, temperature: 0.8 });
  const best = async (pattern) => (await model.units(text, pattern))[0];
  const lines = await best("line length");
  assert.deepEqual([lines.layer, lines.unit, lines.state], [0, 122, "cell"]);
  near(lines.correlation, 0.91, 0.02);
  assert.ok(lines.on > 0 && lines.off < -1, "it climbs along the line");
  const capital = await best("capital next");
  assert.deepEqual([capital.layer, capital.unit, capital.state], [0, 223, "hidden"]);
  near(capital.correlation, 0.62, 0.03);
  const word = await best("word");
  assert.deepEqual([word.layer, word.unit, word.state], [0, 366, "hidden"]);
  near(word.correlation, -0.74, 0.03);
  const space = await best("space next");
  assert.deepEqual([space.layer, space.unit, space.state], [0, 357, "hidden"]);
  near(space.correlation, -0.51, 0.03);
});

test("a correlation is Pearson's, and all units are there", async (t) => {
  const model = await load(makeModel({ cell: "gru", layers: 2 }), { trace: true });
  t.after(() => model.free());
  const { hidden, layers, units, tokens } = await model.trace(TEXT);
  const pattern = [...TEXT].map((letter) => letter === "a" || letter === "j");
  const found = await model.units(TEXT, pattern);
  assert.deepEqual(await model.units(await model.trace(TEXT), pattern), found);
  assert.equal(found.length, layers * units);
  const places = new Set(found.map(({ layer, unit }) => `${layer}/${unit}`));
  assert.equal(places.size, found.length);
  const strengths = found.map(({ correlation }) => Math.abs(correlation));
  assert.deepEqual(
    strengths,
    [...strengths].sort((a, b) => b - a),
  );
  const average = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  for (const { layer, unit, correlation, on, off, state } of found) {
    const own = tokens.map((_, at) => hidden[(at * layers + layer) * units + unit]);
    const [meanOwn, meanPattern] = [average(own), average(pattern.map(Number))];
    const product = (a, b) => average(own.map((_, i) => a(i) * b(i)));
    const x = (i) => own[i] - meanOwn;
    const y = (i) => Number(pattern[i]) - meanPattern;
    near(correlation, product(x, y) / Math.sqrt(product(x, x) * product(y, y)), 1e-6);
    near(on, average(own.filter((_, i) => pattern[i])), 1e-6);
    near(off, average(own.filter((_, i) => !pattern[i])), 1e-6);
    assert.equal(state, "hidden");
  }
});

test("patterns are what their names say", async () => {
  const { patternOver } = await import("../../web/patterns.js");
  const over = (text, name) =>
    patternOver([...text], name)
      .map((value) => (Number.isNaN(value) ? "?" : value))
      .join("");
  assert.equal(over('a "b" “c” d', "quotes"), "00110011000");
  assert.equal(over('"ab\n\nc', "quotes"), "111100");
  assert.equal(over("a(b[c]d)e)", "brackets"), "0112211000");
  assert.equal(over("ab\nc", "line length"), "1201");
  assert.equal(over("I'm 7 ü", "word"), "1110001");
  assert.equal(over("a Bc Ü", "capital next"), "01001?".padStart(6, "0"));
  assert.equal(over("a b\nc", "space next"), "1010?".padStart(5, "0"));
});

test("a pattern that says nothing, or is none, is refused", async (t) => {
  const model = await load(makeModel(), { trace: true });
  t.after(() => model.free());
  await assert.rejects(model.units("abc", "quotes"), {
    code: "text",
    message: /pattern is the same/,
  });
  await assert.rejects(model.units("abc", [1, 1, 1]), { code: "text" });
  const argument = (message) => ({ name: "InklingError", code: "argument", message });
  await assert.rejects(model.units("abc", [1, 0]), argument(/of 2 tokens where the text has 3/));
  await assert.rejects(model.units("abc", [1, 0, NaN]), argument(/finite/));
  await assert.rejects(model.units("abc", "toString"), argument(/there are "quotes"/));
  const trace = await model.trace("abc");
  const broken = { ...trace, hidden: trace.hidden.slice(1) };
  await assert.rejects(model.units(broken, "word"), argument(/text must be a string/));
  await assert.rejects(model.units("abc"), argument(/must be a name, or a number/));
});

// ---- Saliency -----------------------------------------------------------------------------------

for (const worker of [false, true]) {
  test(`saliency is of every token before, ${worker ? "in a worker" : "in place"}`, async (t) => {
    const model = await load(makeModel({ layers: 2 }), { worker, saliency: true });
    t.after(() => model.free());
    assert.deepEqual(await model.saliency(TEXT, 0), new Float32Array(0));
    const found = await model.saliency(TEXT, 6);
    assert.ok(found instanceof Float32Array && found.length === 6);
    assert.ok(found.every(Number.isFinite) && found.some((value) => Math.abs(value) > 1e-4));
    // What comes later does not matter, and what came before does.
    assert.deepEqual(await model.saliency(TEXT.slice(0, 7), 6), found);
    assert.notDeepEqual(await model.saliency(`j${TEXT.slice(1)}`, 6), found);
    assert.equal((await model.trace(TEXT)).tokens.length, TEXT.length, "it does the rest, too");
    assert.equal((await model.beam("abc", { length: 3 })).length > 0, true);
  });
}

test("saliency of a place that is none is refused", async (t) => {
  const model = await load(makeModel(), { saliency: true });
  t.after(() => model.free());
  const argument = (message) => ({ name: "InklingError", code: "argument", message });
  await assert.rejects(model.saliency("abc", 3), argument(/no token 3: the text has 3/));
  await assert.rejects(model.saliency("abc", -1), argument(/place must be a whole number/));
  await assert.rejects(model.saliency("abc"), argument(/place must be a whole number/));
  await assert.rejects(model.saliency("a~", 1), { code: "vocabulary" });
  const small = await load(makeModel(), { trace: true });
  t.after(() => small.free());
  await assert.rejects(small.saliency("abc", 1), argument(/\{ saliency: true \}/));
});
