// The training panel: something to learn, a network or several that race, and what is seen of them
// while they learn. Every run has workers of its own, so this thread does no more than draw.

import { button, element, tell, tellInView } from "../dom.js";
import { leftOut, strangers } from "../link.js";
import { isPicture, isText, notOpened } from "../parts/kinds.js";
import { sentence } from "../parts/words.js";
import { createMaterial as createCaptions } from "./captions.js";
import { createMaterial as createClasses } from "./classes.js";
import { WHY_NOT, createEarlier } from "./earlier.js";
import { Drafts } from "./drafts.js";
import { createFields } from "./fields.js";
import { html } from "./form.js";
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
const newId = () => [...crypto.getRandomValues(new Uint32Array(3))].join("-");

export async function createPanel(root, page) {
  const form = root.querySelector("#train");
  const find = (selector) => form.querySelector(selector);
  const fields = createFields(form, page);
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
        fields.task = task;
        showTask();
        return materials[task].restore(draft);
      });
    const { beginning } = fields;
    const given = { onChange, onLost, complain, hand, beginning };
    materials[task] = create(find(`[data-task=${task}]`), given);
  }
  form.addEventListener("input", () => drafts.changed(fields.task));

  /** Has a file learnt as something else. */
  function hand(task, file) {
    complain("");
    fields.task = task;
    showTask();
    keepFields();
    find("[name=task]:checked").focus(); // the button that was pressed is out of sight
    return materials[task].openFiles([file]);
  }

  // ---- The form ----

  function showTask() {
    for (const one of form.querySelectorAll("[data-task]"))
      one.hidden = one.dataset.task !== fields.task;
    for (const one of form.querySelectorAll(".generator-only"))
      one.hidden = fields.task !== "generator";
    if (lanes.length === 0) showUnit({ task: fields.task, token: "character" });
    panel.drops = DROPS[fields.task];
  }

  /** Says what the losses are of. */
  function showUnit({ task, token }) {
    const [each, by] = UNITS[task];
    root.querySelector("#progress .token").textContent = each ?? token;
    root.querySelector("#progress .by").textContent = by;
  }

  function keepFields() {
    const { fields: its, missing } = materials[fields.task];
    page.keep(fields.linked(its), undefined, missing);
  }

  async function openLink(asked, { isReload = false } = {}) {
    // The form is that of the run which has come back.
    if (isReload && lanes.length > 0 && lanes[0].task !== (asked.task ?? "generator")) return;
    // Without a word of anything the task stays that of a run that was kept.
    if (Object.keys(asked).length > 0) {
      complain("");
      fields.task = "generator";
    }
    const wrong = await fields.fill(asked);
    const samples = fields.task === "generator" ? ["sample"] : [];
    wrong.push(...strangers(asked, [...fields.names, ...samples]));
    showTask();
    await materials[fields.task].openLink(asked);
    keepFields();
    const { textContent: before } = alert; // of a text that is not here
    if (wrong.length > 0) complain(`${before} ${leftOut(wrong)}`.trim());
  }

  form.addEventListener("change", ({ target }) => {
    if (target.name === "task") {
      complain("");
      showTask();
      materials[fields.task].openLink({});
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
    pauseButton.classList.toggle("primary", canGoOn);
    startButton.classList.toggle("primary", !canGoOn);
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
    async onModel(file, task, text) {
      await page.goTo(page.tabOf(task), { file, taught: material });
      if (text) await page.goTo(page.tabOf(task), { file: text });
    },
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
    fields.task = lanes[0].task;
    await materials[lanes[0].task].show(found.material);
    await drafts.forget(lanes[0].task);
    const asked = state.lanes.map(({ options }) => options);
    await fields.show(asked, found.material);
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

  async function start() {
    complain("");
    startButton.disabled = true;
    kept.textContent = "";
    try {
      const { shape, ...beginning } = await fields.readBeginning();
      const chosen = { ...(await materials[fields.task].read()), ...beginning };
      const cells = beginning.from ? [shape.cell] : fields.cells;
      const optionsOf = (cell) => ({ ...fields.optionsOf(chosen, cell), ...shape });
      const claimed = await claim(newId());
      await drafts.forget(fields.task);
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
    const task = fields.task;
    await materials[task].openFiles(files);
    const isOne = task !== "captioner" && !(task === "generator" && files.every(isText));
    if (isOne && files.length > 1) alert.append(" ", notOpened(files));
  }

  const panel = {
    openLink,
    openFile(file, files = [file]) {
      if (!file || file.name.endsWith(".safetensors")) return page.goTo("write", { file });
      if (isPicture(file) && fields.task !== "captioner") {
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
