// Probabilities as bars: the rows of a table, each with a name, a bar and a figure.

import { element } from "../dom.js";
import { named, percent } from "./tokens.js";

function createRow(body, toText) {
  const head = element("th", { scope: "row", dir: "auto", translate: false });
  const bar = element("div", { className: "bar chosen-by" });
  const before = element("div", { className: "bar model" });
  const figure = element("td");
  const bars = element("td", { className: "bars" }, bar);
  const row = element("tr", {}, head, bars, figure);
  body.append(row);
  return {
    row,
    show({ name, probability, was = undefined, isChosen = false }) {
      row.hidden = false;
      row.classList.toggle("written", isChosen);
      head.textContent = name;
      head.title = name;
      bar.style.transform = `scaleX(${probability})`;
      if (was === undefined) before.remove();
      else bars.append(before);
      before.style.transform = `scaleX(${was ?? 0})`;
      figure.textContent = toText(probability);
    },
  };
}

/**
 * Makes a table of `what` ("Class", of which the caption says more), and gives a function that
 * shows [{ name, probability, was, isChosen }] in it; `was`, what it was before, by a thin bar. Its
 * figures, of which `of` says what they are, are as `show` writes them.
 */
export function createBars(table, { what, caption, of = "Probability", show: toText = percent }) {
  const column = (className) => element("col", { className });
  const header = (textContent) => element("th", { scope: "col", textContent });
  const body = element("tbody");
  table.className = "bars-of";
  table.replaceChildren(
    element("caption", { className: "unseen", textContent: caption }),
    element("colgroup", {}, column("name"), column(""), column("figure")),
    element(
      "thead",
      { className: "unseen" },
      element("tr", {}, header(what), element("td"), header(of)),
    ),
    body,
  );
  const rows = [];
  return (entries) => {
    while (rows.length < entries.length) rows.push(createRow(body, toText));
    rows.forEach(({ row, show }, i) => {
      if (entries[i]) show(entries[i]);
      else row.hidden = true;
    });
  };
}

/** The entries for createBars() of the likeliest of a distribution, `names` see named(). */
export const entriesOf = (candidates, count, chosen = undefined, names = {}) =>
  candidates.slice(0, count).map(({ token, probability }) => ({
    name: named(token, names),
    probability,
    isChosen: token === chosen,
  }));

/** How far two distributions are from each other: half the sum of the differences, 0 to 1. */
export function distance(a, b) {
  const other = new Map(b.map(({ token, modelProbability }) => [token, modelProbability]));
  const all = a.map(({ token, modelProbability: p }) => Math.abs(p - other.get(token)));
  return all.reduce((sum, d) => sum + d, 0) / 2;
}
