// node scripts/data.mjs SET [FOLDER] OUT: turns a public data set into the files that `inkling
// train` and `inkling evaluate` read. train.* is to train from, with what validates as its tail;
// the share that this is is printed, for --validation. validation.* is that tail alone; test.* is
// neither's.

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import agNews from "./data/ag-news.mjs";
import dates from "./data/dates.mjs";
import emoji from "./data/emoji.mjs";
import multi30k from "./data/multi30k.mjs";
import names from "./data/names.mjs";
import tatoeba from "./data/tatoeba.mjs";

const SETS = { "ag-news": agNews, dates, emoji, multi30k, names, tatoeba };
const MADE = ["dates"]; // rather than read

const USAGE = `usage: node scripts/data.mjs SET FOLDER OUT

  SET      names, ag-news, tatoeba, multi30k, emoji: FOLDER has the set's files as published
           dates: made up, so without FOLDER
  --openmoji   (emoji) with OpenMoji's pictures, which are under a share-alike licence
`;

async function write(path, chunks) {
  const stream = createWriteStream(path);
  for (const chunk of chunks) {
    if (!stream.write(chunk)) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "finish");
}

/** Rows of fields go into a .tsv; rows of a caption and a picture into a .txt and a .ppm. */
async function writeRows(path, rows) {
  if (Array.isArray(rows[0]))
    return write(
      `${path}.tsv`,
      rows.map((row) => `${row.join("\t")}\n`),
    );
  await write(
    `${path}.txt`,
    rows.map(({ caption }) => `${caption}\n`),
  );
  await write(
    `${path}.ppm`,
    rows.map(({ picture }) => picture),
  );
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { openmoji: { type: "boolean" } },
    allowPositionals: true,
  });
  const [name, ...folders] = positionals;
  if (!Object.hasOwn(SETS, name ?? "") || folders.length !== (MADE.includes(name) ? 1 : 2)) {
    process.stderr.write(USAGE);
    process.exit(2);
  }
  const out = folders.at(-1);
  const { train, validation, ...tests } = await SETS[name](folders[0], values);
  await mkdir(out, { recursive: true });
  const parts = { train: [...train, ...validation], validation, ...tests };
  for (const [part, rows] of Object.entries(parts)) {
    await writeRows(join(out, part), rows);
    console.log(`${part}: ${rows.length}`);
  }
  // `inkling train` rounds the share down to whole rows: half a row more, and no digit is one too
  // few.
  console.log(`--validation ${((validation.length + 0.5) / parts.train.length).toFixed(6)}`);
}

await main();
