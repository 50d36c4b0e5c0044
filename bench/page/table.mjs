// Rows of a bench as people read them.

const thousands = (value) => Math.round(value).toLocaleString("en-US");

/** [heading, text of a row]; a column that is empty in every row is left out. */
const COLUMNS = [
  ["where", (row) => row.where ?? ""],
  ["task", (row) => row.task],
  ["network", (row) => row.network ?? ""],
  ["program", (row) => row.program],
  ["weights", (row) => row.weights ?? ""],
  ["streams", (row) => row.streams?.toString() ?? ""],
  ["threads", (row) => row.threads?.toString() ?? ""],
  ["chars/s", (row) => row.missing ?? thousands(row.charactersPerSecond)],
  ["µs/char", (row) => (row.missing ? "" : (1e6 / row.charactersPerSecond).toPrecision(3))],
  ["of the bound", (row) => (row.share === undefined ? "" : `${Math.round(100 * row.share)} %`)],
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

/** Adds to every row how many times as fast as `program` it is, where that one did the same. */
export function compare(rows, program, same) {
  return rows.map((row) => {
    const other = rows.find(
      (each) => each.program === program && same.every((key) => each[key] === row[key]),
    );
    if (!other?.charactersPerSecond || other === row || row.missing) return row;
    return {
      ...row,
      times: row.charactersPerSecond / other.charactersPerSecond,
      comparedWith: program,
    };
  });
}
