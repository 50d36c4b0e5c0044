// Units that are kept in view besides the chosen one: each colours a row of its own below the
// letters of the strip. They are listed in the order of the rows, and a link carries them.

import { button, element } from "../dom.js";
import { ROWS } from "./strip.js";
import { signed, titleOf, valueAt } from "./telling.js";

/** How a link and a value name a unit: "cell-0-122". */
export const nameOf = ({ layer, unit, state }) => `${state}-${layer}-${unit}`;

/** The unit of such a name; undefined where it is none. */
function unitOf(name) {
  const [, state, layer, unit] = /^(hidden|cell)-(\d+)-(\d+)$/.exec(name) ?? [];
  return state && { layer: Number(layer), unit: Number(unit), state };
}

/** { units, wrong } of a link's field, "cell-0-122,hidden-0-7". */
function readField(field, { layers, units, cell }) {
  const names = field.split(",").filter(Boolean);
  const isThere = (one) =>
    one && one.layer < layers && one.unit < units && (one.state === "hidden" || cell);
  return {
    units: names.map(unitOf).filter(isThere).slice(0, ROWS),
    wrong: names.filter((name) => !isThere(unitOf(name))),
  };
}

/** `onChoose(unit)` hears which one was pressed, `onChange()` that there are others. */
export function createRows(list, { strip, onChoose, onChange }) {
  let kept = [];
  let trace;

  function paint() {
    const rows = kept.map((unit) => {
      const values = trace.tokens.map((_, t) => valueAt(trace, t, unit));
      const most = values.reduce((so, value) => Math.max(so, Math.abs(value)), 0) || 1;
      return { unit, values, most };
    });
    strip.under(rows);
    list.hidden = rows.length === 0;
    list.replaceChildren(
      ...rows.map(({ unit, most }) => {
        const title = titleOf(trace, unit);
        const bound = signed(most, 2);
        const choose = button(`${title}: −${bound} to ${bound}`, () => onChoose(unit));
        const remove = button("✕", () => take(unit), {
          className: "quiet",
          "aria-label": `Take away the row of ${title}`,
        });
        return element("li", {}, choose, remove);
      }),
    );
  }

  function change(next) {
    kept = next;
    paint();
    onChange();
  }

  const has = (unit) => kept.some((one) => nameOf(one) === nameOf(unit));

  function take(unit) {
    const at = kept.findIndex((one) => nameOf(one) === nameOf(unit));
    change(kept.filter((_, i) => i !== at));
    const next = list.children[Math.min(at, kept.length - 1)];
    (next?.lastElementChild ?? list.parentElement.querySelector(".keep")).focus();
  }

  return {
    /** The rows over another text; those that its model lacks go. */
    show(next) {
      trace = next;
      kept = readField(kept.map(nameOf).join(), trace).units;
      paint();
    },
    add: (unit) => change([...kept, unit]),
    canAdd: (unit) => kept.length < ROWS && !has(unit),
    clear: () => (kept = []),
    /** Takes the rows of a link; gives the names of those that are not there. */
    fill(field) {
      const { units, wrong } = readField(field, trace);
      kept = units;
      paint();
      return wrong;
    },
    get units() {
      return kept;
    },
    /** What a link carries. */
    get field() {
      return kept.length > 0 ? kept.map(nameOf).join() : undefined;
    },
  };
}
