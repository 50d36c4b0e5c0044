// What stands between the linear layers of a whole saved module, by its own layers.

import { TORCH } from "./activations.js";
import { refusal, shown } from "./refuse.js";

export const LINEAR = { activation: "linear" };

/** What a module between linear ones does: { activation, slope }, or null. */
export function betweenOf(module) {
  const kind = module?.type?.name;
  if (kind === "LeakyReLU")
    return { ...LINEAR, slope: Number(module.state?.get("negative_slope") ?? 0.01) };
  const isUsual = ["alpha", "beta"].every((key) => (module?.state?.get(key) ?? 1) === 1);
  const name = /^(Identity|Dropout)$/.test(kind) ? "linear" : TORCH[kind?.toLowerCase()];
  return name && isUsual ? { activation: name } : null;
}

/** Behind layer `own` of a Sequential, up to its next linear layer; null where it is none. */
export function nextIn(list, own) {
  const from = list.findIndex(([name]) => name === own);
  if (from < 0) return null;
  for (const [, module] of list.slice(from + 1)) {
    const kind = module?.type?.name;
    if (kind === "Linear") return LINEAR;
    const found = betweenOf(module);
    if (!found) throw refusal(`a layer ${shown(kind)} between linear ones is no model of ours`);
    if (found.activation !== "linear" || found.slope) return found;
  }
  return LINEAR;
}
