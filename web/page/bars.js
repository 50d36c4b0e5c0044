// Probabilities as bars: the rows of a table, each with a name, a bar and a figure.

import { percent } from "./tokens.js";

function createRow(body) {
  const row = body.insertRow();
  const head = document.createElement("th");
  head.scope = "row";
  const cell = document.createElement("td");
  cell.className = "bars";
  const bar = document.createElement("div");
  bar.className = "bar chosen-by";
  const figure = document.createElement("td");
  cell.append(bar);
  row.append(head, cell, figure);
  return {
    row,
    show({ name, probability, isChosen = false }) {
      row.hidden = false;
      row.classList.toggle("written", isChosen);
      head.textContent = name;
      head.title = name;
      bar.style.transform = `scaleX(${probability})`;
      figure.textContent = percent(probability);
    },
  };
}

/** Gives a function that shows [{ name, probability, isChosen }]. */
export function createBars(table) {
  const [body] = table.tBodies;
  const rows = [];
  return (entries) => {
    while (rows.length < entries.length) rows.push(createRow(body));
    rows.forEach(({ row, show }, i) => {
      if (entries[i]) show(entries[i]);
      else row.hidden = true;
    });
  };
}
