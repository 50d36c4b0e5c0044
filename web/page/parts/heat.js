// The attention of a translation as a heat map: a row for each written token, a column for each
// token of the source. It is a table, so that labels stay with their cells and can be read out.

import { element } from "../dom.js";
import { percent, sign, spoken } from "./tokens.js";

const MOST = 120; // rows, and columns: beyond, a page is slow and an eye is lost

const cell = (name, textContent, properties) => element(name, { textContent, ...properties });

/** `onCell(text)` is told, in words, what the pointer or the focus is on. */
export function createHeatMap(container, { onCell }) {
  let columns = [];
  let body;
  let picked; // the cell that is told of

  const rowsOf = () => [...(body?.rows ?? [])];

  function pick(next) {
    picked?.classList.remove("picked");
    picked = next;
    picked.classList.add("picked");
    const row = picked.parentElement;
    const column = columns[picked.cellIndex - 1];
    onCell(`“${row.dataset.token}” looked at “${spoken(column)}” with ${picked.dataset.percent}.`);
  }

  container.addEventListener("pointerover", ({ target }) => target.matches("td") && pick(target));
  container.addEventListener("click", ({ target }) => target.matches("td") && pick(target));
  container.addEventListener("keydown", (event) => {
    const [down, right] =
      { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ??
      [];
    const rows = rowsOf();
    if (down === undefined || rows.length === 0) return;
    event.preventDefault();
    const from = picked
      ? [rows.indexOf(picked.parentElement), picked.cellIndex]
      : [-down, 1 - right];
    const row = rows[Math.max(0, Math.min(rows.length - 1, from[0] + down))];
    pick(row.cells[Math.max(1, Math.min(columns.length, from[1] + right))]);
    picked.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  return {
    /** Begins anew, with the tokens of the source. */
    begin(tokens) {
      columns = tokens.slice(0, MOST);
      picked = undefined;
      const table = element("table");
      const words = columns.some((token) => [...token].length > 1);
      table.className = words ? "heat words" : "heat";
      table.style.setProperty("--columns", columns.length + 1);
      const head = table.createTHead().insertRow();
      head.append(cell("td", ""));
      for (const token of columns) {
        head.append(cell("th", sign(token), { scope: "col", translate: false }));
      }
      body = table.createTBody();
      const caption = cell("caption", "Rows: what was written; columns: what was read", {
        className: "unseen",
      });
      table.prepend(caption);
      container.classList.remove("wide");
      container.replaceChildren(table);
    },
    /** Adds the row of a written token; `attention` has a share for each token of the source. */
    add(token, attention) {
      if (body.rows.length >= MOST) return;
      const row = body.insertRow();
      row.dataset.token = spoken(token);
      row.append(cell("th", sign(token), { scope: "row", translate: false }));
      columns.forEach((_, i) => {
        const td = row.insertCell();
        td.dataset.percent = percent(attention[i]);
        td.style.setProperty("--share", attention[i].toFixed(3));
      });
      container.classList.toggle("wide", container.scrollWidth > container.clientWidth);
    },
    clear() {
      columns = [];
      body = picked = undefined;
      container.replaceChildren();
    },
  };
}
