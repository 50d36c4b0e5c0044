// The controls panel: how the next character is chosen. Its fields are named as the module's
// options. Every text has a seed of its own, which is shown, unless the same one is wanted again.

import { TEMPERATURE } from "../../options.js";
import { storage } from "./lost.js";

const COOL = 0.5; // beside a text of one's own: of its words far more are spelt right than at 0.8
const KEY = "inkling-seed"; // one that nobody chose, for as long as this window is open

/** The module's own defaults. */
export const DEFAULTS = {
  temperature: TEMPERATURE,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  length: 200,
  samples: 1,
  seed: 0,
};

/** The options of a link; undefined when it has none, for the model's own. */
export function optionsOf(fields) {
  const names = Object.keys(DEFAULTS).filter((name) => fields[name] !== undefined);
  if (names.length === 0 && fields.prompt === undefined) return undefined;
  const said = names.map((name) => [name, Number(fields[name])]);
  return { ...DEFAULTS, ...Object.fromEntries(said) };
}

function describe(temperature) {
  if (temperature === 0) return "Always the likeliest, whatever the seed; soon it goes in circles.";
  if (temperature < 1) return "Cautious: the likely gets likelier still.";
  if (temperature === 1) return "As the network learnt it.";
  return "Daring: the unlikely gets its chance, and spelling suffers.";
}

/**
 * `same` is the checkbox that keeps the seed; `onChange` is called after every edit that leaves the
 * fields valid.
 */
export function createControls(panel, { same, onChange }) {
  const field = (name) => panel.querySelector(`#${name}`);
  const slider = field("temperature-slider");
  const hint = field("temperature-hint");
  const names = Object.keys(DEFAULTS);
  let isUsed = false; // whether a text was written with the seed
  let warm; // the temperature before it was lowered

  function showTemperature() {
    const { valueAsNumber } = field("temperature");
    if (Number.isNaN(valueAsNumber)) return;
    slider.value = valueAsNumber;
    hint.textContent = describe(valueAsNumber);
  }

  function keepSeed(is) {
    same.checked = is;
    // Loaded anew, the page finds the seed in its address, as it does that of a link.
    if (is) storage()?.removeItem(KEY);
    else storage()?.setItem(KEY, field("seed").value);
  }

  const controls = {
    /** Every option; a field with something impossible in it counts as its default. */
    get options() {
      const entries = names.map((name) => {
        const input = field(name);
        return [name, input.checkValidity() ? input.valueAsNumber : DEFAULTS[name]];
      });
      return Object.fromEntries(entries);
    },
    set options(options) {
      for (const [name, value] of Object.entries(options)) field(name).value = value;
      showTemperature();
    },
    /** Lowers the temperature while `is`, if it is the `suggested` one and not the reader's. */
    cool(is, suggested) {
      const { temperature } = controls.options;
      if (is && warm === undefined && temperature === suggested) {
        warm = temperature;
        controls.options = { temperature: Math.min(COOL, warm) };
      } else if (!is && warm !== undefined) {
        if (temperature === COOL) controls.options = { temperature: warm };
        warm = undefined;
      }
    },
    /** Takes up the seed of a link, as it says it, to be kept; undefined of one without. */
    openSeed(said) {
      keepSeed(said !== undefined && said !== storage()?.getItem(KEY));
      isUsed = false;
    },
    /** Whether the seed is kept. */
    get isSame() {
      return same.checked;
    },
    /** Has the next text a seed of its own, unless it is to be the same again. */
    nextSeed() {
      if (isUsed && !same.checked) {
        field("seed").value = crypto.getRandomValues(new Uint32Array(1))[0] % 1_000_000;
        keepSeed(false);
      }
      isUsed = true;
    },
    /** Those that shape a distribution. */
    get sampling() {
      const { length, samples, seed, ...sampling } = controls.options;
      return sampling;
    },
    /** Characters a second at most; 0 is no limit. */
    get pace() {
      return Number(field("pace").value);
    },
  };

  slider.addEventListener("input", () => {
    field("temperature").value = slider.value;
    showTemperature();
    onChange();
  });
  for (const name of names) {
    field(name).addEventListener("input", () => {
      if (name === "temperature") showTemperature();
      if (name === "seed") keepSeed(true);
      if (field(name).checkValidity()) onChange();
    });
    // A field that the browser complains about must be seen.
    field(name).addEventListener("invalid", () => {
      const details = field(name).closest("details");
      if (details) details.open = true;
    });
  }
  same.addEventListener("change", () => {
    keepSeed(same.checked);
    onChange();
  });
  showTemperature();
  return controls;
}
