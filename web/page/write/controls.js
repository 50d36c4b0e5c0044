// The controls panel: how the next character is chosen. Its fields are named as the module's
// options.

/** The module's own defaults. */
export const DEFAULTS = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  length: 200,
  samples: 1,
  seed: 0,
};

function describe(temperature) {
  if (temperature === 0) return "Always the likeliest, whatever the seed; soon it goes in circles.";
  if (temperature < 1) return "Cautious: the likely gets likelier still.";
  if (temperature === 1) return "As the network learnt it.";
  return "Daring: the unlikely gets its chance, and spelling suffers.";
}

/** `onChange` is called after every edit that leaves the fields valid. */
export function createControls(panel, { onChange }) {
  const field = (name) => panel.querySelector(`#${name}`);
  const slider = field("temperature-slider");
  const hint = field("temperature-hint");
  const names = Object.keys(DEFAULTS);

  function showTemperature() {
    const { valueAsNumber } = field("temperature");
    if (Number.isNaN(valueAsNumber)) return;
    slider.value = valueAsNumber;
    hint.textContent = describe(valueAsNumber);
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
    /** Those that shape a distribution. */
    get sampling() {
      const { length, samples, seed, ...sampling } = controls.options;
      return sampling;
    },
    /** Characters a second at most; 0 is no limit. */
    get pace() {
      return Number(field("pace").value);
    },
    newSeed() {
      field("seed").value = crypto.getRandomValues(new Uint32Array(1))[0] % 1_000_000;
      onChange();
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
      if (field(name).checkValidity()) onChange();
    });
    // A field that the browser complains about must be seen.
    field(name).addEventListener("invalid", () => {
      const details = field(name).closest("details");
      if (details) details.open = true;
    });
  }
  showTemperature();
  return controls;
}
