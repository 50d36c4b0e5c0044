// The page of the bench: a button, and the table as it grows.

import { generation, generators, openPeers, task, tasks } from "./browser.mjs";
import { compare, tableOf } from "./table.mjs";

// bench.html#quick is a glance, to see that it works.
const EFFORT =
  location.hash === "#quick" ? { rounds: 1, seconds: 0.02 } : { rounds: 5, seconds: 0.3 };

const find = (selector) => document.querySelector(selector);
const runButton = find("#run");
const state = find("#state");

function cells(tag, texts) {
  const line = document.createElement("tr");
  for (const text of texts)
    line.append(Object.assign(document.createElement(tag), { textContent: text }));
  return line;
}

function show(rows) {
  const { headings, lines } = tableOf(rows);
  find("#rows").replaceChildren(cells("th", headings), ...lines.map((line) => cells("td", line)));
  find("#json").textContent = JSON.stringify({ browser: navigator.userAgent, rows }, null, 2);
}

async function run() {
  const { peers, missing } = await openPeers();
  let rows = missing.map((program) => ({
    task: "generate",
    program,
    missing: "not beside this page",
  }));
  for (const name of generators) {
    state.textContent = `${name} …`;
    rows = rows.concat(await generation(name, { peers, ...EFFORT }));
    rows = compare(rows, "onnxruntime-web", ["task", "network"]);
    show(rows);
  }
  for (const { name } of await tasks()) {
    state.textContent = `${name} …`;
    rows = rows.concat(await task(name, EFFORT));
    show(rows);
  }
}

runButton.addEventListener("click", async () => {
  runButton.disabled = true;
  try {
    await run();
    state.textContent = "Done.";
  } catch (error) {
    state.textContent = `${error.message}.`;
    throw error;
  } finally {
    runButton.disabled = false;
  }
});
