// How a unit's gates stand over a text: how often open and shut, beside those of its whole layer;
// and how long the unit keeps what it holds.

import { element } from "../dom.js";

// What each lets through, in a reader's words.
const LETS = {
  input: "what is new",
  forget: "what of the old stays",
  output: "what of it is shown",
  reset: "what of the old has a say in the new",
  update: "what of the old stays",
};

const OPEN = 0.9;
const SHUT = 0.1;

// What keeps the old state where it is 1.
const KEEPERS = ["forget", "update"];

export const keeperOf = ({ gates }) => KEEPERS.find((name) => name in gates);

/** { mean, open, shut } of units `from` to `to` of a layer. */
function standing({ tokens, layers, units }, values, layer, from, to) {
  let [sum, open, shut] = [0, 0, 0];
  for (let t = 0; t < tokens.length; t++) {
    const row = (t * layers + layer) * units;
    for (let at = row + from; at < row + to; at++) {
      const value = values[at];
      sum += value;
      if (value > OPEN) open++;
      else if (value < SHUT) shut++;
    }
  }
  const count = tokens.length * (to - from);
  return { mean: sum / count, open: open / count, shut: shut / count };
}

/** After how many tokens half is left of what is multiplied by `mean` at each. */
export const halfLife = (mean) => Math.log(0.5) / Math.log(mean);

/** The units of all layers that keep the longest, { layer, unit, mean }, the longest first. */
export function keepers(trace) {
  const { layers, units } = trace;
  const values = trace.gates[keeperOf(trace)];
  if (!values) return [];
  return Array.from({ length: layers * units }, (_, at) => {
    const [layer, unit] = [Math.floor(at / units), at % units];
    return { layer, unit, mean: standing(trace, values, layer, unit, unit + 1).mean };
  }).sort((a, b) => b.mean - a.mean);
}

const share = (value) => `${(100 * value).toFixed(1)}%`;

/** A number of tokens as a reader wants it. */
export const count = (value) => (value < 10 ? value.toFixed(1) : Math.round(value).toString());

const FIGURES = ["mean", "open", "shut"];

const group = (textContent) =>
  element("th", { scope: "colgroup", colSpan: FIGURES.length, textContent });

/** `token` is what the text is of: "character" or "word". */
export function createGates(container) {
  return {
    show(trace, { layer, unit }, token) {
      const names = Object.keys(trace.gates).filter((name) => name !== "candidate");
      if (names.length === 0) {
        const said = "This kind of cell has no gates: each unit is made anew at every step.";
        return container.replaceChildren(element("p", { className: "hint", textContent: said }));
      }
      const table = element("table", { className: "gates" });
      table.append(element("caption", { textContent: "How its gates stand" }));
      const head = table.createTHead();
      const groups = head.insertRow();
      groups.append(element("td"), group(`unit ${unit}`), group("its layer"));
      const titles = head.insertRow();
      for (const title of ["gate", ...FIGURES, ...FIGURES]) {
        titles.append(element("th", { scope: "col", textContent: title }));
      }
      const body = table.createTBody();
      for (const name of names) {
        const own = standing(trace, trace.gates[name], layer, unit, unit + 1);
        const all = standing(trace, trace.gates[name], layer, 0, trace.units);
        const row = body.insertRow();
        row.append(element("th", { scope: "row", textContent: name }));
        for (const { mean, open, shut } of [own, all]) {
          for (const text of [mean.toFixed(3), share(open), share(shut)]) {
            row.insertCell().textContent = text;
          }
        }
      }
      const keeper = keeperOf(trace);
      const { mean } = standing(trace, trace.gates[keeper], layer, unit, unit + 1);
      const left = `Its ${keeper} gate keeps ${share(mean)} a ${token} on average`;
      const half = `half of what the unit holds is left after ${count(halfLife(mean))} ${token}s`;
      const told = names.map((one) => `${one}, ${LETS[one]}`).join("; ");
      const how = `Open is above ${OPEN}, shut below ${SHUT}.`;
      const what = `A gate lets through all (1), nothing (0) or a part: ${told}.`;
      container.replaceChildren(
        table,
        element("p", { className: "hint", textContent: `${what} ${left}: ${half}. ${how}` }),
      );
    },
  };
}
