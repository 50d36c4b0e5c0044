// Loading: every kind of source, progress, abort, and files that are not what they should be.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { InklingError, load } from "../../dist/inkling.js";
import { temporaryFolder } from "./helpers.mjs";
import {
  layOut,
  makeModel,
  makeTensors,
  randomNumbers,
  writeFile as writeModel,
} from "./make-model.mjs";

const file = makeModel({ hidden: 40, metadata: { name: "Tiny", license: "CC0-1.0" } });
const good = await load(file);
const expected = await good.complete("abc");

/** A server on this machine that answers with `answer(request, response)`. */
async function serve(t, answer) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${server.address().port}/model.safetensors`;
}

async function refuses(source, options, code, message) {
  await assert.rejects(load(source, options), (error) => {
    assert.ok(error instanceof InklingError, `${error.stack}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}

test("a model is loaded from everything that can hold one", async (t) => {
  const path = join(await temporaryFolder(t), "a model.safetensors");
  await writeFile(path, file);
  const url = await serve(t, (request, response) => response.end(file));
  const within = new Uint8Array(file.length + 7);
  within.set(file, 3);
  const sources = {
    path,
    "file URL": pathToFileURL(path),
    "file URL as a string": String(pathToFileURL(path)),
    "http URL": new URL(url),
    "http URL as a string": url,
    "data URL": `data:application/octet-stream;base64,${Buffer.from(file).toString("base64")}`,
    Request: () => new Request(url),
    Response: () => new Response(file),
    "fetched Response": () => fetch(url),
    Blob: new Blob([file]),
    ArrayBuffer: file.slice().buffer,
    "part of an ArrayBuffer": within.subarray(3, 3 + file.length),
    DataView: new DataView(within.buffer, 3, file.length),
    Buffer: Buffer.from(file),
  };
  for (const [name, source] of Object.entries(sources)) {
    for (const worker of [false, true]) {
      const given = typeof source === "function" ? await source() : source;
      const model = await load(given, { worker });
      assert.equal(await model.complete("abc"), expected, name);
      assert.equal(model.info.bytes, file.length);
      model.free();
    }
  }
  assert.equal(sources.ArrayBuffer.byteLength, file.length, "the caller keeps its bytes");
});

test("info says what the model is", () => {
  const { info } = good;
  const hidden = 40;
  const count = info.vocabulary.length;
  assert.deepEqual(info.vocabulary, [..."\n abcdefghij"]);
  assert.equal(info.task, "generator");
  assert.equal(info.level, "char");
  assert.equal(info.cell, "lstm");
  assert.equal(info.kernel, "simd");
  assert.equal(info.layers, 1);
  assert.equal(info.hidden, hidden);
  assert.equal(info.embed, 0);
  assert.equal(info.bytes, file.length);
  assert.equal(info.parameters, 4 * hidden * (count + hidden + 2) + count * (hidden + 1));
  assert.deepEqual(info.metadata, { name: "Tiny", license: "CC0-1.0" });
});

test("progress counts the bytes up to the whole", async (t) => {
  const half = file.length >> 1;
  const known = await serve(t, (request, response) => {
    response.setHeader("content-length", file.length);
    response.write(file.subarray(0, half));
    setTimeout(() => response.end(file.subarray(half)), 30);
  });
  const unknown = await serve(t, (request, response) => response.end(file.slice()));
  for (const [source, total] of [
    [known, file.length],
    [new Blob([file]), file.length],
    [new Response(file), 0],
    [unknown, null],
  ]) {
    const seen = [];
    (await load(source, { onProgress: (...counts) => seen.push(counts) })).free();
    assert.ok(seen.length >= (source === known ? 2 : 1));
    assert.equal(seen.at(-1)[0], file.length);
    for (const [i, [loaded, size]] of seen.entries()) {
      assert.ok(i === 0 || loaded > seen[i - 1][0]);
      if (total !== null) assert.equal(size, total);
    }
  }
  const thrown = new Error("from the caller");
  const failing = load(known, { onProgress: () => assert.fail(thrown) });
  await assert.rejects(failing, (error) => error === thrown);
});

test("what cannot be read is a network error that names the source", async (t) => {
  const missing = await serve(t, (request, response) => {
    response.statusCode = 404;
    response.end("nothing here");
  });
  await refuses(missing, {}, "network", /127\.0\.0\.1.*model\.safetensors.*404/);
  await refuses(new Request(missing), {}, "network", /404/);
  const broken = await serve(t, (request, response) => {
    response.setHeader("content-length", file.length);
    response.write(file.subarray(0, 1000));
    setTimeout(() => response.destroy(), 20);
  });
  await refuses(broken, {}, "network", /model\.safetensors/);
  await refuses("http://127.0.0.1:1/model", {}, "network", /127\.0\.0\.1:1/);
  await refuses("no/such/file.safetensors", {}, "network", /no\/such\/file\.safetensors.*ENOENT/);
  await refuses(".", {}, "network", /EISDIR/);
  const used = new Response(file);
  await used.arrayBuffer();
  await refuses(used, {}, "network", /read already/);
});

test("loading is given up when its signal says so", async (t) => {
  const stalled = await serve(t, (request, response) => {
    response.setHeader("content-length", file.length);
    response.write(file.subarray(0, 1000));
  });
  const reason = new Error("no time");
  const isReason = (error) => error === reason;
  for (const open of [() => stalled, () => new Request(stalled), () => fetch(stalled)]) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 50);
    await assert.rejects(load(await open(), { signal: controller.signal }), isReason);
  }
  for (const worker of [false, true]) {
    await assert.rejects(load(file, { worker, signal: AbortSignal.abort(reason) }), isReason);
    const controller = new AbortController();
    const loading = load(file, { worker, signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(loading, isReason);
  }
});

test("options and sources that are wrong are named", async () => {
  await refuses(file, { wroker: true }, "argument", /^unknown option "wroker"$/);
  await refuses(file, { worker: "yes" }, "argument", /^worker must be true or false, not "yes"$/);
  await refuses(file, { kernel: "avx2" }, "argument", /kernel.*"avx2"/);
  await refuses(file, { vocabulary: "abc" }, "argument", /vocabulary/);
  await refuses(file, { vocabulary: ["a", 2] }, "argument", /vocabulary/);
  await refuses(file, { vocabulary: ["a", "b\0"] }, "argument", /vocabulary/);
  await refuses(file, { onProgress: 1 }, "argument", /onProgress/);
  await refuses(file, null, "argument", /options/);
  for (const source of [undefined, null, 42, {}, [1, 2]]) {
    await refuses(source, {}, "argument", /not a URL/);
  }
});

test("a vocabulary can be given, for a file without one or in place of its own", async () => {
  const { vocab, ...bare } = makeTensors({ hidden: 40 });
  const { header, data } = layOut(bare);
  const without = writeModel(header, data);
  await refuses(without, {}, "vocabulary", /vocab/);
  const own = new TextDecoder().decode(vocab.data).split("\0").slice(0, -1);
  const model = await load(without, { vocabulary: own });
  assert.equal(await model.complete("abc"), expected);
  model.free();
  const others = own.map((token) => (token === "a" ? "é" : token));
  const replaced = await load(file, { vocabulary: others, worker: true });
  assert.equal(await replaced.complete("ébc"), expected.replaceAll("a", "é"));
  replaced.free();
  for (const bad of [[], own.slice(1), [...own, "z"], own.map(() => "a"), ["", ...own.slice(1)]]) {
    await refuses(file, { vocabulary: bad }, "vocabulary", /\w/);
  }
});

// ---- Hostile files ----------------------------------------------------------------------------

/** A model's file after `change(header, data)`. */
function damaged(change, options = { hidden: 6 }) {
  const { header, data } = layOut(makeTensors(options), { format: "inkling" });
  return writeModel(change(header, data) ?? header, data);
}

const setFloat = (data, index, at, value) =>
  new DataView(data[index].buffer, data[index].byteOffset).setFloat32(at * 4, value, true);

test("a file cut short anywhere is refused", async () => {
  const whole = makeModel({ hidden: 4 });
  for (let size = 0; size < whole.length; size += size < 1200 ? 1 : 13) {
    await refuses(whole.subarray(0, size), {}, "format", /\w/);
  }
  await refuses(new Uint8Array([...whole, 0]), {}, "format", /\w/);
  assert.equal(await good.complete("abc"), expected);
});

test("a damaged file is refused with a message that names what is wrong", async () => {
  const size = (value) => {
    const bytes = makeModel();
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    return bytes;
  };
  const name = "rnn.weight_hh_l0";
  const named = /rnn\.weight_hh_l0/;
  const cases = {
    "header of 0 bytes": [size(0n), /header/i],
    "header longer than the file": [size(BigInt(file.length * 2)), /header/i],
    "header of 2^63 bytes": [size(2n ** 63n), /header/i],
    "header of 2^64-1 bytes": [size(2n ** 64n - 1n), /header/i],
    "header of 2^64-8 bytes": [size(2n ** 64n - 8n), /header/i],
    "not JSON": [writeModel("this is no JSON"), /header|JSON/i],
    "an array": [writeModel("[1,2,3]"), /header|JSON/i],
    "JSON in JSON in JSON": [writeModel("[".repeat(50_000)), /header|JSON/i],
    "someone else's JSON": [writeModel('{"name":"left-pad","version":"1.0.0"}'), /\w/],
    "no tensors": [writeModel("{}"), /\w/],
    "unknown dtype": [damaged((header) => void (header[name].dtype = "C64")), named],
    "dtype that is no string": [damaged((header) => void (header[name].dtype = 7)), /header/],
    "I64 weights": [damaged((header) => void (header[name].dtype = "I64")), named],
    "shape that does not fit its data": [
      damaged((header) => header[name].shape[0]++ && header),
      named,
    ],
    "shape that overflows": [damaged((h) => void (h[name].shape = [2 ** 32, 2 ** 32])), named],
    "shape below 0": [damaged((header) => void (header[name].shape = [-24, -6])), named],
    "shape with a fraction": [damaged((header) => void (header[name].shape = [24.5, 6])), named],
    "shape of one number": [damaged((header) => void (header[name].shape = [144])), named],
    "shape turned round": [damaged((header) => void header[name].shape.reverse()), named],
    "end before start": [damaged((header) => void header[name].data_offsets.reverse()), named],
    "offset beyond the file": [damaged((h) => void (h[name].data_offsets[1] += 1e9)), named],
    "offset of 2^64": [damaged((h) => void (h[name].data_offsets[1] = 2 ** 64)), named],
    "offset below 0": [damaged((h) => void (h[name].data_offsets[0] = -8)), named],
    overlap: [
      damaged(
        (header) => void (header[name].data_offsets = [...header["rnn.weight_ih_l0"].data_offsets]),
      ),
      /rnn\./,
    ],
    "no shape": [damaged((header) => void delete header[name].shape), named],
    "no offsets": [damaged((header) => void delete header[name].data_offsets), named],
    "a tensor twice": [
      damaged((header) => JSON.stringify(header).replace("rnn.weight_ih_l0", name)),
      named,
    ],
    "no read-out": [
      (() => {
        const { "fc.weight": _, ...rest } = makeTensors();
        const { header, data } = layOut(rest);
        return writeModel(header, data);
      })(),
      /fc\.weight/,
    ],
    "a read-out of another width": [
      (() => {
        const tensors = makeTensors({ hidden: 6 });
        tensors["fc.weight"] = makeTensors({ hidden: 7 })["fc.weight"];
        const { header, data } = layOut(tensors);
        return writeModel(header, data);
      })(),
      /fc\.weight/,
    ],
    "a second layer of another width": [
      (() => {
        const tensors = makeTensors({ hidden: 6, layers: 2 });
        tensors["rnn.weight_hh_l1"] = makeTensors({ hidden: 7 })["rnn.weight_hh_l0"];
        const { header, data } = layOut(tensors);
        return writeModel(header, data);
      })(),
      /rnn\.weight_hh_l1/,
    ],
    "a weight that is NaN": [damaged((header, data) => setFloat(data, 1, 5, NaN)), named],
    "a weight that is infinite": [
      damaged((header, data) => setFloat(data, 1, 5, -Infinity)),
      named,
    ],
    "metadata that is no strings": [
      damaged((h) => void (h.__metadata__ = { format: 3 })),
      /a string is missing/,
    ],
  };
  for (const [what, [bytes, message]] of Object.entries(cases)) {
    for (const kernel of ["simd", "scalar"]) {
      await assert.rejects(load(bytes, { kernel }), (error) => {
        assert.ok(error instanceof InklingError, `${what}: ${error.stack}`);
        assert.equal(error.code, "format", `${what}: ${error.message}`);
        assert.match(error.message, message, what);
        return true;
      });
    }
  }
  assert.equal(await good.complete("abc"), expected, "the module is as good as before");
});

test("a vocabulary that does not fit is refused", async () => {
  const withVocabulary = (text) => {
    const tensors = makeTensors();
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    tensors.vocab = { dtype: "U8", shape: [bytes.length], data: bytes };
    const { header, data } = layOut(tensors);
    return writeModel(header, data);
  };
  for (const text of [
    "a\0b\0", // too few
    [..."\n abcdefghijk"].join("\0") + "\0", // too many
    [..."\n abcdefghij"].join("\0"), // no NUL at the end
    [..."\n abcdefghia"].join("\0") + "\0", // one of them twice
    "\0".repeat(12), // empty ones
    Uint8Array.of(0xff, 0, ...new TextEncoder().encode([..."\n abcdefghi"].join("\0") + "\0")),
  ]) {
    await refuses(withVocabulary(text), {}, "vocabulary", /\w/);
  }
});

test("other files are refused", async () => {
  const png = Buffer.from("89504e470d0a1a0a0000000d4948445200000001000000010802000000", "hex");
  for (const foreign of [
    new Uint8Array(0),
    png,
    new TextEncoder().encode(JSON.stringify({ model: "gpt", layers: [1, 2, 3] })),
    new TextEncoder().encode("<!doctype html><title>404</title>".repeat(40)),
    new Uint8Array(100_000),
    new Uint8Array(100_000).fill(255),
  ]) {
    for (const worker of [false, true]) await refuses(foreign, { worker }, "format", /\w/);
  }
});

test("a file with any bytes changed loads or is refused, and nothing breaks", async () => {
  const whole = makeModel({ hidden: 4, layers: 2, embed: 3 });
  const headerSize = 8 + Number(new DataView(whole.buffer).getBigUint64(0, true));
  const random = randomNumbers(11);
  let refused = 0;
  for (let round = 0; round < 1500; round++) {
    const bytes = whole.slice();
    for (let changes = 1 + (random() % 3); changes > 0; changes--) {
      const place = random() % (round % 3 ? headerSize : bytes.length);
      bytes[place] = random() % 2 ? random() : bytes[place] ^ (1 << (random() % 8));
    }
    try {
      const model = await load(bytes);
      await model.complete("a", { length: 3, skipUnknown: true });
      model.free();
    } catch (error) {
      assert.ok(error instanceof InklingError, `round ${round}: ${error.stack}`);
      refused++;
    }
  }
  assert.ok(refused > 500);
  assert.equal(await good.complete("abc"), expected);
});
