// Rows of a bench as people read them.

const thousands = (value) => Math.round(value).toLocaleString("en-US");
const percent = (value) => `${Math.round(100 * value)} %`;
const ofSome = (value, text) => (value === undefined ? "" : text(value));

/** [heading, text of a row]; a column that is empty in every row is left out. */
const COLUMNS = [
  ["where", (row) => row.where ?? ""],
  ["task", (row) => row.task],
  ["network", (row) => row.network ?? ""],
  ["program", (row) => row.program],
  ["weights", (row) => row.weights ?? ""],
  ["streams", (row) => row.streams?.toString() ?? ""],
  ["threads", (row) => row.threads?.toString() ?? ""],
  ["chars/s", (row) => row.missing ?? ofSome(row.charactersPerSecond, thousands)],
  ["µs/char", (row) => ofSome(row.charactersPerSecond, (rate) => (1e6 / rate).toPrecision(3))],
  ["of the bound", (row) => ofSome(row.share, percent)],
  ["examples/s", (row) => ofSome(row.examplesPerSecond, thousands)],
  ["of it encoding", (row) => ofSome(row.encoder, percent)],
  ["compared", (row) => (row.times ? `${row.times.toPrecision(3)} × ${row.comparedWith}` : "")],
];

/** { headings, lines }: texts. */
export function tableOf(rows) {
  const used = COLUMNS.filter(([, text]) => rows.some((row) => text(row) !== ""));
  return {
    headings: used.map(([heading]) => heading),
    lines: rows.map((row) => used.map(([, text]) => text(row))),
  };
}

/** Adds to every row how many times as fast as `other`, a row called `name`, it is. */
export function compareWith(rows, other, name) {
  if (!other?.charactersPerSecond) return rows;
  return rows.map((row) => {
    if (row === other || row.missing) return row;
    return {
      ...row,
      times: row.charactersPerSecond / other.charactersPerSecond,
      comparedWith: name,
    };
  });
}

/** The same with the row of `program` that has the same values for `keys`. */
export function compare(rows, program, keys) {
  return rows.flatMap((row) => {
    const isSame = (each) =>
      each.program === program && keys.every((key) => each[key] === row[key]);
    return compareWith([row], rows.find(isSame), program);
  });
}
