// The layers behind the recurrent ones, where no program is followed: each reads what the one
// before it gives; and what of a network's tensors is none that is known.

import { activation, leaky, normalised } from "./activations.js";
import { activationBetween } from "./program.js";
import { betweenOf, LINEAR, nextIn } from "./pytorch-between.js";
import { refusal, shown } from "./refuse.js";
import { expect } from "./tensor.js";

/** The linear layers behind, each reading what the one before it gives. */
export function headSteps(reader, groups, width) {
  if (isPoolingHead(reader, groups, width)) return poolingSteps(reader, groups, width);
  const steps = [];
  const linear = [];
  for (const [prefix, group] of groups) {
    const shape = reader.shapeOf(group, "weight");
    if (shape?.length === 2) linear.push({ prefix, group, shape });
    else if (group.has("running_mean")) steps.push(normalisation(reader, group, width));
    else throw unknown(reader, prefix, group);
  }
  const chain = [];
  for (let reads = width; linear.length > 0; reads = chain.at(-1).shape[0]) {
    const at = linear.findIndex(({ shape }) => shape[1] === reads);
    const attention = linear.find(({ prefix }) => /att/i.test(prefix));
    if (attention)
      throw refusal(
        `it has attention (${shown(attention.prefix.replace(/\.$/, ""))}), whose working only its ` +
          "program has: no such network opens here",
      );
    if (at < 0) throw misfit(reader, linear[0], reads, chain.length === 0);
    chain.push(...linear.splice(at, 1));
  }
  chain.forEach(({ prefix, group }, i) => {
    const { slope, activation } = i < chain.length - 1 ? activationAfter(reader, prefix) : LINEAR;
    steps.push({ ...denseOf(reader, prefix, group), activation });
    if (slope) steps.push(leaky(slope));
  });
  const last = chain.at(-1);
  if (last && last.shape[0] === 1) steps.push(activation("sigmoid"));
  return steps;
}

/** Is it fastai's PoolingLinearClassifier: layers.0 normalises three times what comes? */
function isPoolingHead(reader, groups, width) {
  const first = [...groups.keys()].find((prefix) => /(^|\.)layers\.(0\.)?0\.$/.test(prefix));
  return (
    first !== undefined && reader.shapeOf(groups.get(first), "running_mean")?.[0] === 3 * width
  );
}

/** The last step, the largest and the mean, then normalised linear layers with ReLU between. */
function poolingSteps(reader, groups, width) {
  reader.pool = "pooled";
  const steps = [{ kind: "pools", parts: ["last", "max", "mean"] }];
  let reads = 3 * width;
  for (const [prefix, group] of groups) {
    if (group.has("running_mean")) {
      if (steps.at(-1).kind === "dense") steps.push(activation("relu"));
      steps.push(normalisation(reader, group, reads));
      continue;
    }
    const isBare = steps.at(-1).kind === "dense";
    if (isBare || reader.shapeOf(group, "weight")?.[1] !== reads)
      throw unknown(reader, prefix, group);
    steps.push(denseOf(reader, prefix, group));
    [reads] = steps.at(-1).weight.shape;
  }
  return steps;
}

/** A linear layer with its bias, if it has one. */
function denseOf(reader, prefix, group) {
  const weight = reader.read(group.get("weight"));
  const bias = group.has("bias")
    ? expect(reader.read(group.get("bias")), [weight.shape[0]], prefix)
    : null;
  return { kind: "dense", weight, bias };
}

/** A linear layer that reads another number of values than come. */
function misfit(reader, { prefix, group, shape }, reads, isFirst) {
  const both = [...reader.recurrent.values()].some((parts) => [...parts.keys()].includes(0.5));
  if (!isFirst || !both || shape[1] * 2 !== reads) return unknown(reader, prefix, group);
  return refusal(
    `its read-out reads ${shape[1]} values, and the two directions give ${reads}: how they are ` +
      "joined only the program says, so export it as ONNX instead (torch.onnx.export)",
  );
}

export function unknown(reader, prefix, group) {
  const name = prefix.replace(/\.$/, "") || [...group.keys()][0];
  const shape = shown(reader.tensors.get([...group.values()][0]).shape.join("×"));
  if (/emb|wte|lookup/i.test(name) && group.size === 1) {
    return refusal(
      `something stands between its embedding (${shown(name)}, ${shape}) and its recurrent layers, ` +
        "and what that is only the program says: export it as ONNX instead (torch.onnx.export)",
    );
  }
  const part = [...group.keys()].find((one) => /_orig$|^original\d?$/.test(one));
  const isParted = [...reader.tensors.keys()].some((one) =>
    one.startsWith(`${prefix}parametrizations.`),
  );
  if (part !== undefined || isParted || /parametrizations/.test(prefix))
    return refusal(
      `the weight of ${shown(name)} is kept in parts (${shown(part ?? "parametrizations")}), by a ` +
        "parametrization that is not computed here: remove it in PyTorch first " +
        "(torch.nn.utils.parametrize.remove_parametrizations), and save again",
    );
  const sides = reader.shapeOf(group, "weight")?.length; // of a norm: one number a unit
  const norm = !group.has("running_mean") && (sides === 1 || /norm|ln/i.test(prefix));
  if (norm)
    return refusal(
      `it has layer normalisation (${shown(name)}), which is no part of the models here`,
    );
  return refusal(
    `the tensors of ${shown(name)} (${shape}) are no part of a recurrent text model that is known here`,
  );
}

/** Between two linear layers, what the module says, or its program. */
function activationAfter(reader, prefix) {
  const [, parent, own] = /^(.*?)([^.]+)\.$/.exec(prefix) ?? [];
  const siblings = reader.module(parent ?? "")?.state?.get("_modules");
  const list = siblings instanceof Map ? [...siblings] : [];
  const isSequential = list.every(([name], i) => name === String(i));
  const found = isSequential ? nextIn(list, own) : onlyOneOf(reader, list);
  if (found) return found;
  const followed = reader.cell === undefined ? null : activationByProgram(reader, prefix);
  if (followed) return followed;
  const called = activationBetween(reader.text, reader.cell !== undefined);
  if (called) {
    reader.note(`between its linear layers stands ${called.kind}, by its program`);
    return called;
  }
  throw refusal(
    "it has several linear layers, and what is between them is only in the program that trained it: " +
      "add that (.py or .ipynb), or export it as ONNX (torch.onnx.export)",
  );
}

/** What its program does behind a linear layer that stands behind cells of its own; or null. */
function activationByProgram(reader, prefix) {
  const path = prefix.replace(/\.$/, "");
  const chain = reader.program.chainOfLayers([path]);
  if (!chain) return null;
  const from = chain.items.findIndex((item) => item.path === path) + 1;
  const to = chain.items.findIndex((item, i) => i >= from && item.path !== undefined);
  const [one, ...more] = chain.items.slice(from, to < 0 ? undefined : to);
  if (!one) return LINEAR;
  if (one.kind !== "activation" || more.length > 0)
    throw refusal(
      `what its program does behind ${shown(path)} is not understood here: export it as ONNX ` +
        "instead (torch.onnx.export)",
    );
  return one.slope ? { ...LINEAR, slope: one.slope } : { activation: one.activation };
}

/** A module with one activation among its layers has it between them, whatever its order. */
function onlyOneOf(reader, list) {
  const found = list.map(([, module]) => betweenOf(module)).filter((one) => one?.activation);
  const others = found.filter(({ activation, slope }) => activation !== "linear" || slope);
  const kinds = new Set(others.map((one) => JSON.stringify(one)));
  if (kinds.size !== 1) return null;
  const name = others[0].slope ? "a leaky ReLU" : others[0].activation;
  reader.note(`${name} is taken to stand between its linear layers`);
  return others[0];
}

export function normalisation(reader, group, width) {
  const get = (part) => reader.read(group.get(part)).data;
  const [mean, variance] = [get("running_mean"), get("running_var")];
  if (mean.length !== width)
    throw refusal("batch normalisation of something else than the last layer's output");
  const [gamma, beta] = ["weight", "bias"].map((part) => group.has(part) && get(part));
  const scale = mean.map((_, i) => (gamma ? gamma[i] : 1) / Math.sqrt(variance[i] + 1e-5));
  return normalised(mean, scale, beta);
}
