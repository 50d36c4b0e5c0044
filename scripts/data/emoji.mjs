// Pictures of emoji, 32x32, by three artists (or four) and what they show (captions.tsv). Rows keep
// their split: `test` holds out drawings, `test_comp` pairs of a person and a skin tone. Those of
// OpenMoji are under a share-alike licence and left out unless asked for.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { readLines } from "./common.mjs";

const VENDORS = ["noto", "twemoji", "fluent"];
const SIDE = 32;
const BYTES = SIDE * SIDE * 3; // red, green, blue of each pixel, row by row
const HEADER = Buffer.from(`P6\n${SIDE} ${SIDE}\n255\n`);

/** Rows have a `caption` and a `picture`, which is a file in the format PPM. */
export default async function emoji(folder, { openmoji = false } = {}) {
  const vendors = openmoji ? [...VENDORS, "openmoji"] : VENDORS;
  const pixels = {};
  for (const vendor of vendors) {
    pixels[vendor] = await promisify(gunzip)(await readFile(join(folder, `${vendor}.rgb32.gz`)));
  }
  const rows = { train: [], val: [], val_comp: [], test: [], test_comp: [] };
  const [, ...lines] = await readLines(folder, "captions.tsv");
  for (const line of lines) {
    const [vendor, index, , , , caption, split] = line.split("\t");
    if (!vendors.includes(vendor)) continue;
    const picture = pixels[vendor].subarray(index * BYTES, (Number(index) + 1) * BYTES);
    if (picture.length !== BYTES) throw new Error(`${vendor} has no picture ${index}`);
    rows[split].push({ caption, picture: Buffer.concat([HEADER, picture]) });
  }
  const { train, val, val_comp, test, test_comp } = rows;
  return { train, validation: [...val, ...val_comp], test, test_comp };
}
