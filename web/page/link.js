// The address as a place to keep what is on the page: #model=…&prompt=…&temperature=…&seed=…
// An option that is left out is at its default, which is the module's own. The other tabs have
// their own: #tab=classify&model=…&text=…, with &beam=… of a translation, &picture=… of a caption.

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
const ALWAYS = ["temperature", "length", "seed"]; // said even at their defaults

const join = (parts) =>
  `#${Object.entries(parts)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&")}`;

/** The hash for a tab other than the first, and what is filled in there. */
export const writeTabLink = (tab, fields = {}) => join({ tab, ...fields });

/** { tab, …fields }; the first tab is "write". */
export function readTabLink(hash) {
  return { tab: "write", ...Object.fromEntries(new URLSearchParams(hash.slice(1))) };
}

/** The hash for a model's name, a prompt and options. */
export function writeLink({ model, prompt, options }) {
  const parts = { model, prompt };
  for (const [name, value] of Object.entries(options)) {
    if (ALWAYS.includes(name) || value !== DEFAULTS[name]) parts[name] = value;
  }
  return join(parts);
}

/**
 * What a hash asks for: { model, prompt, options, wrong }, `wrong` naming the values that are no
 * numbers. Without a prompt and options in it, `options` is undefined: the model's own are meant.
 */
export function readLink(hash) {
  const values = new URLSearchParams(hash.slice(1));
  const wrong = [];
  const options = { ...DEFAULTS };
  let any = values.has("prompt");
  for (const name of Object.keys(DEFAULTS).filter((name) => values.has(name))) {
    const value = Number(values.get(name).trim() || NaN);
    if (Number.isNaN(value)) wrong.push(`${name}=${values.get(name)}`);
    else options[name] = value;
    any = true;
  }
  return {
    model: values.get("model") ?? undefined,
    prompt: values.get("prompt") ?? undefined,
    options: any ? options : undefined,
    wrong,
  };
}
