// Mixtures of models, and counts beside one, as callers ask for them: what is mixed has to be in
// one core, so that a model is opened once more beside another. Only who mixes pays for this code.

/** @import { CountOptions, Mixed, ModelInfo } from "./inkling.js" */
/** @import { Inside, Remote } from "./host.js" */

import { insides, newId, startHost } from "./host.js";
import { NUMBER, TEXT, WHOLE, argument, check, checkText, needTask, show } from "./options.js";
import { chooseBuild } from "./builds.js";
import { compileBuild } from "./wasm.js";

/** @param {object} model */
const insideOf = (model) => /** @type {Inside} */ (insides.get(model));

/** The model once more, in the build that mixes and counts. @param {Inside} inside */
async function openLarger({ host, opening }) {
  const { kernel, worker, workerURL, wasmURL } = opening;
  const build = chooseBuild(kernel, "train");
  const file = host.call("file");
  const compiling = compileBuild(build, wasmURL);
  for (const begun of [file, compiling]) begun.catch(() => {}); // seen below
  const larger = await startHost("model", { worker, workerURL });
  try {
    await larger.open([{ ...(await file), build, compiled: await compiling }], []);
    return larger;
  } catch (error) {
    larger.free();
    throw error;
  }
}

/** The host of a model that can mix it and count. @param {object} model */
function largerHost(model) {
  const inside = insideOf(model);
  if (inside.opening.build.startsWith("train-")) return inside.host;
  if (!inside.larger) {
    const opening = openLarger(inside);
    inside.larger = opening;
    opening.catch(() => (inside.larger = undefined));
  }
  return inside.larger;
}

/** The id of a model's copy in another's host. @param {Remote<"model">} host @param {object} model */
async function copyIn(host, model) {
  const inside = insideOf(model);
  let copy = inside.copies.get(host);
  if (!copy) {
    const id = newId();
    const open = async () => {
      await host.call("beside", id, await inside.host.call("file"));
      if (inside.copies.get(host) !== copy) host.release(id); // freed meanwhile
    };
    const opened = open();
    copy = { id, opened };
    inside.copies.set(host, copy);
    opened.catch(() => inside.copies.delete(host));
  }
  await copy.opened;
  return copy.id;
}

/** @param {Mixed[]} mix */
function checkMix(mix) {
  const isPart = (/** @type {any} */ part) => insides.has(part?.model);
  if (!Array.isArray(mix) || mix.length === 0 || !mix.every(isPart)) {
    throw argument("mix must be an array of { model, weight }, of models that load() gave");
  }
  const parts = mix.map(({ model, weight = 1 / (mix.length + 1) }) => ({ model, weight }));
  const wrong = parts.find(({ weight }) => !(weight >= 0 && weight <= 1));
  if (wrong) throw argument(`the weight of a mix must be from 0 to 1, not ${show(wrong.weight)}`);
  const sum = parts.reduce((all, { weight }) => all + weight, 0);
  if (sum > 1 + 1e-6) throw argument("the weights of a mix sum to more than 1");
  return parts;
}

/**
 * Where a model is mixed with others: a host that has all of them, and their ids and weights there.
 * Of none the host alone, in the build for that.
 *
 * @param {object} model
 * @param {Mixed[]} [mix]
 */
export async function mixed(model, mix) {
  const checked = mix && checkMix(mix);
  const host = await largerHost(model);
  if (!checked) return { host };
  const parts = await Promise.all(
    checked.map(async (part) => ({ id: await copyIn(host, part.model), weight: part.weight })),
  );
  return { host, parts };
}

const COUNT_OPTIONS = { order: WHOLE, weight: NUMBER, prune: NUMBER, heldOut: TEXT };

/**
 * The file of a model with counts of a text beside its network.
 *
 * @param {object} model
 * @param {ModelInfo} info
 * @param {string} text
 * @param {CountOptions} options
 */
export async function count(model, info, text, options) {
  checkText(text, "text");
  const checked = check(options, COUNT_OPTIONS);
  needTask(info, "generator");
  const host = await largerHost(model);
  return host.call("count", text, checked);
}
