// The training panel: something to learn, a network or several that race, and what is seen of them
// while they learn. Every run has workers of its own, so this thread does no more than draw.

import { load } from "../../inkling.js";
import { button, element, fetchOk, tell, tellInView } from "../dom.js";
import { asSaid, leftOut, strangers, takes } from "../link.js";
import { TAB_OF_TASK } from "../panels.js";
import { isPicture, notOpened } from "../parts/kinds.js";
import { sentence } from "../parts/words.js";
import { createMaterial as createCaptions } from "./captions.js";
import { createMaterial as createClasses } from "./classes.js";
import { WHY_NOT, createEarlier } from "./earlier.js";
import { Drafts } from "./drafts.js";
import { NUMBERS, html } from "./form.js";
import { Keeper, claim } from "./keeper.js";
import { Lane } from "./lane.js";
import { createMaterial as createPairs } from "./pairs.js";
import { keptDrafts, keptRun, keptRuns } from "./store.js";
import { createMaterial as createText } from "./text.js";
import { createUndo } from "./undo.js";

export { html };

const SHOW_MS = 250;
// Bytes of text of which n-grams are counted: seconds, and 45 bytes each.
const LARGEST_COUNTED = 3e6;
const MOST_MINUTES = 100_000; // as the module has it
const ONE_COLUMN = "(max-width: 55.99rem)"; // as style.css has it

const MATERIALS = {
  generator: createText,
  classifier: createClasses,
  translator: createPairs,
  captioner: createCaptions,
};
const DROPS = {
  generator: { text: "Drop a text to learn it", model: "Drop a text to learn it, or a model" },
  classifier: { text: "Drop labelled lines or CSV to learn them" },
  translator: { text: "Drop two columns to learn them" },
  captioner: { picture: "Drop pictures to learn them" },
};
// Per what a loss is, where that is no character or word, and by what a network is surprised.
const UNITS = {
  generator: [undefined, "what comes next"],
  classifier: ["example", "its class"],
  translator: [undefined, "what is to be written next"],
  captioner: ["word", "the next word"],
};
// Fields of a link that are called otherwise in the form.
const LINKED = { units: "hidden", window: "nchars", seed: "trainSeed", held: "validation" };
const FIELD_OF = Object.fromEntries(NUMBERS.map((id) => [id, id]));
for (const [name, id] of Object.entries(LINKED)) {
  delete FIELD_OF[id];
  FIELD_OF[name] = id;
}

const newId = () => [...crypto.getRandomValues(new Uint32Array(3))].join("-");

export async function createPanel(root, page) {
  const form = root.querySelector("#train");
  const find = (selector) => form.querySelector(selector);
  const field = (id) => find(`#${id}`);
  const startButton = find(".start");
  const pauseButton = find(".pause");
  const stopButton = find(".end");
  const alert = form.querySelector(":scope > .alert");
  const kept = find(".kept");
  const laneList = root.querySelector(".lanes");
  const legend = root.querySelector(".ngram");

  /** @type {Awaited<ReturnType<typeof import("./chart.js").createChart>>} */
  let chart = { show() {}, refresh() {}, level: null }; // until it has come
  let lanes = [];
  let material; // of the lanes
  let run; // { id, release } of the lanes in the store
  let ngram; // { order, nats } of the text, once it has been counted

  const keeper = new Keeper((text) => (kept.textContent = text));
  const complain = (message, ...ways) => void tellInView(alert, message, ...ways);
  const undo = createUndo(find(".undoing"));
  const materials = {};
  const drafts = new Drafts(materials);
  for (const [task, create] of Object.entries(MATERIALS)) {
    const onChange = () => {
      complain("");
      drafts.changed(task);
      keepFields();
    };
    const onLost = (draft, message) =>
      undo.offer(message, () => {
        checkRadio("task", task);
        showTask();
        return materials[task].restore(draft);
      });
    materials[task] = create(find(`[data-task=${task}]`), { onChange, onLost, complain, hand });
  }
  form.addEventListener("input", () => drafts.changed(taskNow()));

  /** Has a file learnt as something else. */
  function hand(task, file) {
    complain("");
    checkRadio("task", task);
    showTask();
    keepFields();
    find("[name=task]:checked").focus(); // the button that was pressed is out of sight
    return materials[task].openFiles([file]);
  }

  // ---- The form ----

  const taskNow = () => find("[name=task]:checked").value;
  const checked = (name) => [...form.querySelectorAll(`[name=${name}]:checked`)];
  const radios = (name) => [...form.querySelectorAll(`[name=${name}]`)];

  function showTask() {
    for (const one of form.querySelectorAll("[data-task]"))
      one.hidden = one.dataset.task !== taskNow();
    for (const one of form.querySelectorAll(".generator-only"))
      one.hidden = taskNow() !== "generator";
    if (lanes.length === 0) showUnit({ task: taskNow(), token: "character" });
    panel.drops = DROPS[taskNow()];
  }

  /** Says what the losses are of. */
  function showUnit({ task, token }) {
    const [each, by] = UNITS[task];
    root.querySelector("#progress .token").textContent = each ?? token;
    root.querySelector("#progress .by").textContent = by;
  }

  function keepFields() {
    const task = taskNow();
    const numbers = Object.entries(FIELD_OF)
      .map(([name, id]) => [name, field(id)])
      .filter(([, { value, defaultValue }]) => value !== defaultValue)
      .map(([name, { value }]) => [name, value]);
    const cells = checked("cell").map(({ value }) => value);
    const fields = {
      task: task === "generator" ? undefined : task,
      ...materials[task].fields,
      cell: cells.join() || undefined,
      level: checked("level")[0].value === "word" ? "word" : undefined,
      from: field("from").value || undefined,
      minutes: checked("minutes")[0].value,
      ...Object.fromEntries(numbers),
    };
    page.keep(fields, undefined, materials[task].missing);
  }

  /** Checks the radio of a value, if there is one. */
  function checkRadio(name, value) {
    const found = radios(name).find((radio) => radio.value === value);
    if (found) found.checked = true;
    return found !== undefined;
  }

  function addMinutes(value) {
    const input = element("input", { type: "radio", name: "minutes", value, checked: true });
    const title = element("span", { textContent: `${Number(value)} minutes` });
    find(".how-long .segments").append(element("label", {}, input, title));
  }

  /** How a link's fields of these names are filled in; those that cannot be give false. */
  const FILL = {
    task: (value) => checkRadio("task", value),
    cell(value) {
      const cells = value.toLowerCase().split(",");
      for (const box of radios("cell")) box.checked = cells.includes(box.value);
      return cells.length === checked("cell").length;
    },
    level: (value) => checkRadio("level", value),
    minutes(value) {
      if (checkRadio("minutes", value)) return true;
      const is = Number(value) > 0 && Number(value) <= MOST_MINUTES;
      if (is) addMinutes(value);
      return is;
    },
    from: (value) => listBeginnings(value),
    ...Object.fromEntries(Object.entries(FIELD_OF).map(([name, id]) => [name, fillNumber(id)])),
  };

  function fillNumber(id) {
    return (value) => {
      find(".more").open = true;
      const is = takes(field(id), value);
      if (is) field(id).value = value.trim();
      return is;
    };
  }

  async function openLink(asked, { isReload = false } = {}) {
    // The form is that of the run which has come back.
    if (isReload && lanes.length > 0 && lanes[0].task !== (asked.task ?? "generator")) return;
    const wrong = [];
    // Without a word of anything the task stays that of a run that was kept.
    if (Object.keys(asked).length > 0) {
      complain("");
      checkRadio("task", "generator");
    }
    for (const [name, fillIn] of Object.entries(FILL)) {
      const value = asked[name];
      if (value !== undefined && !(await fillIn(value))) wrong.push(asSaid(name, value));
    }
    const samples = taskNow() === "generator" ? ["sample"] : [];
    wrong.push(...strangers(asked, [...Object.keys(FILL), ...samples]));
    showTask();
    await materials[taskNow()].openLink(asked);
    await listBeginnings();
    keepFields();
    const { textContent: before } = alert; // of a text that is not here
    if (wrong.length > 0) complain(`${before} ${leftOut(wrong)}`.trim());
  }

  /** Fills in what the networks of a run were asked to be, but what its material says itself. */
  async function showAsked(asked, { options: its = {}, begins = "" }) {
    const [first] = asked;
    for (const box of radios("cell")) box.checked = asked.some(({ cell }) => cell === box.value);
    checkRadio("level", first.level ?? "char");
    for (const id of NUMBERS) {
      const name = id === "trainSeed" ? "seed" : id;
      const { defaultValue } = field(id);
      field(id).value = name in its ? defaultValue : (first[name] ?? defaultValue);
      if (field(id).value !== defaultValue) find(".more").open = true;
    }
    const minutes = String(first.minutes ?? radios("minutes")[0].value);
    if (!checkRadio("minutes", minutes)) addMinutes(minutes);
    field("from").value = "";
    await listBeginnings(begins || undefined);
  }

  /** The shipped generators that a text of one's own can begin with. */
  async function listBeginnings(wanted) {
    const select = field("from");
    if (select.options.length === 1) {
      const all = await page.models().catch(() => []); // the other tabs say what is wrong
      const generators = all.filter(({ task }) => task === "generator");
      for (const { name, title, source } of generators) {
        const option = element("option", { value: name, textContent: title });
        option.dataset.source = source;
        select.append(option);
      }
    }
    if (wanted !== undefined) {
      select.value = wanted;
      find(".more").open = true;
      if (select.selectedIndex < 0) select.value = "";
    }
    return wanted === undefined || select.value === wanted;
  }

  form.addEventListener("change", ({ target }) => {
    if (target.name === "task") {
      complain("");
      showTask();
      materials[taskNow()].openLink({});
    }
    keepFields();
  });

  // ---- Lanes ----

  const any = (...states) => lanes.some((lane) => states.includes(lane.state));

  function showButtons() {
    const live = any("running", "paused");
    const canGoOn = any("paused") || (!live && lanes.some((lane) => lane.canGoOn));
    root.classList.toggle("live", live);
    startButton.disabled = live;
    stopButton.disabled = !live;
    pauseButton.disabled = !live && !canGoOn;
    pauseButton.textContent = canGoOn ? "Resume" : "Pause";
  }

  /** Shows on the tab how far the networks are that learn. */
  function showBusy() {
    const running = lanes.filter(({ state }) => state === "running");
    page.busy(running.length > 0 ? Math.min(...running.map(({ share }) => share)) : undefined);
  }

  const on = {
    onInfo() {
      chart.show(lanes);
      if (lanes.length > 0) showUnit(lanes[0]);
    },
    onChange() {
      showButtons();
      showBusy();
      chart.refresh();
      if (any("running")) keeper.hurry();
      else keeper.askAloud(shown());
    },
    onStep() {
      if (keeper.isDue) keeper.ask(shown());
    },
    onRefused(error) {
      complain(sentence(error));
      alert.scrollIntoView({ block: "nearest" });
    },
    onModel: (file, task) => page.goTo(TAB_OF_TASK[task], { file, taught: material }),
  };

  /** Takes up another run, all of it at once; the place in the store of the one before is free. */
  function takeUp(next) {
    run?.release();
    ({ run, material, ngram, lanes } = next);
    keeper.forget();
    laneList.replaceChildren(...lanes.map((lane) => lane.element));
    laneList.classList.toggle("race", lanes.length > 1);
    on.onInfo();
    showButtons();
    showNgram();
  }

  function showNgram() {
    chart.level = ngram?.nats ?? null;
    for (const lane of lanes) lane.ngram = ngram;
    legend.textContent = ngram
      ? `Dashed: ${ngram.nats.toFixed(3)} is what a table of counts reaches on what was held out, ` +
        `without a network (the best n-gram, of ${ngram.order} ${lanes[0].token}s).`
      : "";
  }

  /** Has the text counted, while the lanes train. */
  async function countText() {
    const mine = material;
    if (lanes[0]?.task !== "generator" || material.bytes.length > LARGEST_COUNTED) return;
    try {
      const counted = await lanes[0].countNgram();
      if (mine !== material) return;
      ngram = counted;
      showNgram();
    } catch (error) {
      // Nothing is held out, or the run itself has failed and its lane says so.
      if (!["text", "memory", "freed", "argument"].includes(error.code)) throw error;
    }
  }

  // ---- Keeping them for another visit ----

  /** The run that is shown now, to be kept. */
  const shown = () => ({ run, material, lanes, ngram });

  document.addEventListener("visibilitychange", () => {
    const hidden = document.visibilityState === "hidden";
    if (hidden && any("running", "paused") && keeper.idle) keeper.ask(shown());
  });

  /** Shows a run that was kept: "shown", or why not, "held" by another window or "missing". */
  async function restore(id) {
    const claimed = await claim(id);
    if (!claimed) return "held";
    let found;
    try {
      found = await keptRun(id);
    } finally {
      if (!found) claimed.release();
    }
    if (!found) return "missing";
    const { state } = found;
    takeUp({
      run: claimed,
      material: found.material,
      lanes: state.lanes.map(({ options, ...rest }) => new Lane(found.material, options, on, rest)),
      ngram: state.ngram,
    });
    checkRadio("task", lanes[0].task);
    await materials[lanes[0].task].show(found.material);
    await drafts.forget(lanes[0].task);
    const asked = state.lanes.map(({ options }) => options);
    await showAsked(asked, found.material);
    showTask();
    keepFields();
    kept.textContent = `This is the run on “${state.name}” that was kept in this browser.`;
    await earlier.list();
    return "shown";
  }

  const earlier = createEarlier(find(".earlier"), {
    shown: () => run?.id,
    undo,
    complain,
    async open(id) {
      if (any("running", "paused")) return complain("A run goes on: stop it first.");
      complain("");
      const came = await restore(id);
      if (came !== "shown") complain(WHY_NOT[came]);
      return undefined;
    },
  });

  // ---- Training ----

  /** What is asked for: train()'s options, without those that are to be chosen. */
  function askedFor({ options: its, lines, name }, cell) {
    const options = {
      ...its,
      task: taskNow(),
      cell,
      lines,
      trainedOn: name,
    };
    if (checked("level")[0].value === "word") options.level = "word";
    for (const id of NUMBERS) {
      const { value, valueAsNumber } = field(id);
      if (value !== "") options[id === "trainSeed" ? "seed" : id] = valueAsNumber;
    }
    if (options.epochs === undefined) options.minutes = Number(checked("minutes")[0].value);
    return options;
  }

  /** What a shipped model is and has learnt, to begin with: { from, shape }, of neither { }. */
  async function readBeginning() {
    const { source } = field("from").selectedOptions[0].dataset;
    if (!source || taskNow() !== "generator") return { from: undefined, shape: {} };
    const from = new Uint8Array(await (await fetchOk(source)).arrayBuffer());
    const model = await load(from);
    const { cell, level, hidden, layers, embed } = model.info;
    model.free();
    return { from, shape: { cell, level, hidden, layers, embed } };
  }

  async function start() {
    let cells = checked("cell").map(({ value }) => value);
    if (cells.length === 0) cells = [undefined]; // the one that suits the text
    complain("");
    startButton.disabled = true;
    kept.textContent = "";
    try {
      const { from, shape } = await readBeginning();
      const chosen = { ...(await materials[taskNow()].read()), from, begins: field("from").value };
      if (from) cells = [shape.cell];
      const optionsOf = (cell) => ({ ...askedFor(chosen, cell), ...shape });
      const claimed = await claim(newId());
      await drafts.forget(taskNow());
      takeUp({
        run: claimed,
        material: chosen,
        lanes: cells.map((cell) => new Lane(chosen, optionsOf(cell), on)),
        ngram: undefined,
      });
      for (const lane of lanes) lane.train();
      if (matchMedia(ONE_COLUMN).matches) root.querySelector("#progress").scrollIntoView();
      await countText();
      await earlier.list();
    } catch (error) {
      complain(sentence(error));
      showButtons();
    }
    return undefined;
  }

  function pauseOrGoOn() {
    if (any("paused")) for (const lane of lanes) lane.resume();
    else if (any("running")) for (const lane of lanes) lane.pause();
    else for (const lane of lanes) if (lane.canGoOn) lane.train();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });
  pauseButton.addEventListener("click", pauseOrGoOn);
  stopButton.addEventListener("click", () => {
    for (const lane of lanes) lane.stop();
  });
  form.addEventListener(
    "invalid",
    ({ target }) => {
      for (let at = target; (at = at.parentElement.closest("details"));) at.open = true;
    },
    { capture: true },
  );
  setInterval(() => {
    if (!any("running")) return;
    showBusy();
    if (root.hidden) return;
    chart.refresh();
    for (const lane of lanes) lane.show();
  }, SHOW_MS);

  async function showNewest() {
    for (const { id } of await keptRuns()) if ((await restore(id)) === "shown") return;
    await earlier.list();
  }

  async function begin() {
    try {
      const typed = await keptDrafts(); // before a run takes its place
      await showNewest();
      await drafts.fill(typed);
    } catch (error) {
      kept.textContent = `What was kept of earlier runs cannot be read: ${error.message}.`;
    }
  }

  async function drawChart() {
    const place = root.querySelector(".chart");
    try {
      const { createChart } = await import("./chart.js");
      chart = await createChart(place);
      chart.level = ngram?.nats ?? null;
      if (lanes.length > 0) chart.show(lanes);
    } catch (error) {
      const message = element("p", { className: "alert", role: "alert" });
      tell(message, `The chart did not start: ${error.message}.`, button("Try again", drawChart));
      place.replaceChildren(message);
    }
  }

  async function openFiles(files) {
    const task = taskNow();
    await materials[task].openFiles(files);
    if (task !== "captioner" && files.length > 1) alert.append(" ", notOpened(files));
  }

  const panel = {
    openLink,
    openFile(file, files = [file]) {
      if (!file || file.name.endsWith(".safetensors")) return page.goTo("write", { file });
      if (isPicture(file) && taskNow() !== "captioner") {
        const caption = button("Open it under Caption", () => {
          complain("");
          return page.goTo("caption", { file });
        });
        return complain(`${file.name} is a picture.`, caption);
      }
      return openFiles(files);
    },
    drops: DROPS.generator,
  };
  drawChart();
  await begin();
  return panel;
}
