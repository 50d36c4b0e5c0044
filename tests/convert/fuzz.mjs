// Damages the files in files/ and asks that convert() says one clear line, or opens what is left,
// within two seconds and in little memory. The tests run a few thousand tries; by hand:
//   node tests/convert/fuzz.mjs TRIES [SEED [NAME]]

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { convert } from "../../web/convert/convert.js";
import { folders, readFolder } from "./helpers.mjs";

/** Numbers that are the same on every machine (xorshift). */
export function randomSource(seed) {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const LARGE = [0x7fffffff, 0xffffffff, 0x80000000, 0x00ffffff, 0x01000000, 0xfffffffe, 0];

/** Ways to damage bytes. */
const DAMAGES = [
  (bytes, random) => bytes.slice(0, random(bytes.length)),
  (bytes, random) => {
    const out = bytes.slice();
    for (let i = random(8); i >= 0; i--) out[random(out.length)] ^= 1 << random(8);
    return out;
  },
  (bytes, random) => {
    const out = bytes.slice();
    for (let i = random(4); i >= 0; i--)
      out[random(out.length)] = [0, 1, 0x7f, 0x80, 0xff][random(5)];
    return out;
  },
  // A number of four or eight bytes becomes a large one.
  (bytes, random) => {
    const out = bytes.slice();
    if (out.length < 16) return out;
    const view = new DataView(out.buffer);
    const at = random(out.length - 8);
    view.setUint32(at, LARGE[random(LARGE.length)], true);
    if (random(2)) view.setUint32(at + 4, random(2) ? 0 : LARGE[random(LARGE.length)], true);
    return out;
  },
  // A piece of it stands somewhere else: links that go in circles.
  (bytes, random) => {
    const out = bytes.slice();
    const size = Math.min(1 + random(64), out.length);
    const from = random(out.length - size + 1);
    out.set(bytes.subarray(from, from + size), random(out.length - size + 1));
    return out;
  },
  // A piece is missing or comes twice.
  (bytes, random) => {
    const at = random(bytes.length);
    const to = at + random(Math.min(64, bytes.length - at) + 1);
    const [end, from] = random(2) ? [at, to] : [to, at];
    const out = new Uint8Array(end + bytes.length - from);
    out.set(bytes.subarray(0, end));
    out.set(bytes.subarray(from), end);
    return out;
  },
  // A decimal number in a text grows.
  (bytes, random) => {
    const text = Buffer.from(bytes).toString("latin1");
    const numbers = [...text.matchAll(/\d+/g)];
    if (numbers.length === 0) return bytes.slice(0, random(bytes.length));
    const { index, 0: digits } = numbers[random(numbers.length)];
    const grown = ["99999999", "-1", "1e9", "0", "null", '"x"'][random(6)];
    return new Uint8Array(
      Buffer.from(text.slice(0, index) + grown + text.slice(index + digits.length), "latin1"),
    );
  },
];

const ALARMING = /call stack|allocation|Invalid (typed )?array length|out of memory/i;

/** What is wrong with how files were taken, or null. */
async function taken(files, options) {
  try {
    await convert(files, options);
    return null;
  } catch (error) {
    if (error?.name !== "InklingError") return `threw ${error?.stack ?? error}`;
    if (/[\n\r]/.test(error.message) || error.message.length > 500) return `said ${error.message}`;
    const isAlarming = error.cause && ALARMING.test(error.cause.message ?? "");
    return isAlarming ? `met ${error.cause.stack}` : null;
  }
}

const SLOW = 2000; // ms

/** One damaged folder: null, or what is wrong with how it was taken. */
async function tryOnce(files, options, random) {
  const victim = random(files.length);
  const damaged = files.map((file, i) =>
    i === victim ? { ...file, bytes: DAMAGES[random(DAMAGES.length)](file.bytes, random) } : file,
  );
  const from = performance.now();
  let wrong = await taken(damaged, options);
  if (performance.now() - from > SLOW) {
    // Once more, by the processor's clock: a busy machine is no fault of the file.
    const before = process.cpuUsage();
    wrong ??= await taken(damaged, options);
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1000;
    if (took > SLOW) wrong = `took ${took.toFixed()} ms`;
  }
  return wrong && { wrong, file: damaged[victim] };
}

/**
 * Tries that go through all folders in turn, all of which open, or are refused, as they are: what
 * opens nothing would find nothing.
 * @returns {Promise<{ tries: number, slowest: number, failures: object[] }>}
 */
export async function fuzz(tries, seed, only) {
  const random = randomSource(seed);
  const all = folders()
    .filter((name) => !only || name.includes(only))
    .map((name) => ({ name, ...readFolder(name) }));
  const failures = [];
  for (const { files, expected } of all) {
    const { refused, options = {} } = expected;
    if (refused === undefined) await convert(files, options);
    else await assert.rejects(convert(files, options), new RegExp(refused));
  }
  for (let i = 0; i < tries && failures.length < 20; i++) {
    const { name, files, expected } = all[i % all.length];
    const found = await tryOnce(files, expected.options ?? {}, random);
    if (found) failures.push({ name, try: i, ...found });
  }
  return { tries, failures };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [tries = "10000", seed = "1", only] = process.argv.slice(2);
  const from = performance.now();
  const { failures } = await fuzz(Number(tries), Number(seed), only);
  for (const { name, wrong, try: at, file } of failures)
    console.log(`${name}, try ${at}, ${file.name}: ${wrong}`);
  const { rss } = process.memoryUsage();
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(
    `${tries} tries from seed ${seed} in ${((performance.now() - from) / 1000).toFixed()} s: ${failures.length} failures; ` +
      `memory ${(rss / 2 ** 20).toFixed()} MiB, at most ${peak.toFixed()} MiB`,
  );
  process.exit(failures.length === 0 ? 0 : 1);
}
