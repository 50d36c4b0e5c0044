// What each layer would say (the "logit lens", nostalgebraist 2020): the read-out is given an
// earlier layer's hidden state in place of the last one's.

import { element } from "../dom.js";
import { Wishes } from "../newest.js";
import { named, percent, spoken } from "../parts/tokens.js";
import { sentence } from "../parts/words.js";

const LISTED = 5; // of each layer, the likeliest

/** The soft-max of logits. */
function probabilities(logits) {
  const most = logits.reduce((so, one) => Math.max(so, one), -Infinity);
  const powers = Array.from(logits, (one) => Math.exp(one - most));
  const sum = powers.reduce((so, one) => so + one, 0);
  return powers.map((one) => one / sum);
}

/** `lens` gives what is looked into, see lens.js. */
export function createLayers(root, lens) {
  const said = element("p", { className: "hint", role: "status" });
  const table = element("table", { className: "lens-layers", hidden: true });
  root.append(said, table);

  /** What the read-out makes of each layer after a token. */
  async function read(place) {
    const session = await lens.model.session();
    try {
      const before = place > 0 ? lens.upTo(place - 1) : "";
      const own = lens.upTo(place).slice(before.length);
      if (before !== "") await session.feed(before, { skipUnknown: true });
      const { layerLogits, layers } = await session.trace(own, {
        layerLogits: true,
        skipUnknown: true,
      });
      const width = layerLogits.length / layers;
      return Array.from({ length: layers }, (_, l) =>
        probabilities(layerLogits.subarray(l * width, (l + 1) * width)),
      );
    } finally {
      session.free();
    }
  }

  function show(layers, came) {
    const { vocabulary } = lens.model.info;
    table.replaceChildren();
    table.append(element("caption", { className: "unseen", textContent: "Layer by layer" }));
    const head = table.createTHead().insertRow();
    layers.forEach((_, l) => {
      const textContent = l === layers.length - 1 ? `layer ${l}, the last` : `layer ${l}`;
      head.append(element("th", { scope: "col", textContent }));
    });
    const ranked = layers.map((all) => [...all.keys()].sort((a, b) => all[b] - all[a]));
    const body = table.createTBody();
    for (let rank = 0; rank < Math.min(LISTED, vocabulary.length); rank++) {
      const row = body.insertRow();
      ranked.forEach((ids, l) => {
        const id = ids[rank];
        const isIt = came !== undefined && vocabulary[id] === came;
        const cell = row.insertCell();
        const name = element(isIt ? "mark" : "span", { textContent: named(vocabulary[id]) });
        cell.append(name, ` ${percent(layers[l][id])}`);
      });
    }
    table.hidden = false;
  }

  const wishes = new Wishes(
    async () => {
      const { trace, place } = lens;
      table.hidden = true;
      if (trace.layers === 1) {
        said.textContent =
          "This model has one layer, and the read-out reads it directly: no earlier layer is " +
          "there to be asked. Train one with two layers to see what they make of each other.";
        return true;
      }
      const layers = await read(place);
      if (lens.trace !== trace || lens.place !== place) return false;
      const came = trace.tokens[place + 1];
      show(layers, came);
      const after = `After “${spoken(trace.tokens[place])}”, were each layer read as the last one`;
      const id = lens.model.info.vocabulary.indexOf(came);
      const chances = layers.map((all) => percent(all[id])).join(", ");
      const it = came === undefined ? "" : ` What came, “${spoken(came)}”: ${chances}.`;
      said.textContent = `${after}.${it}`;
      return true;
    },
    (error) => (said.textContent = sentence(error)),
  );
  return { look: () => wishes.ask(undefined) };
}
