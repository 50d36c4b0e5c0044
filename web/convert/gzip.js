// A file that gzip packed: what is in it, beside what lies beside it.

import { startsWith } from "./bytes.js";
import { refusal } from "./refuse.js";
import { inflateGzip } from "./zip.js";

/** @param {import("./convert.js").NamedFile} file */
export async function read({ name, bytes }, files, readNetwork) {
  const inside = { name: name.replace(/\.gz(ip)?$/i, ""), bytes: unpacked(bytes) };
  const others = files.filter((one) => one.bytes !== bytes);
  const network = await readNetwork([inside, ...others]);
  network.neighbours ??= others;
  return network;
}

function unpacked(bytes) {
  const whole = inflateGzip(bytes);
  if (startsWith(whole, "\x1f\x8b")) throw refusal("packed by gzip twice: unpack it first");
  return whole;
}
