// The sheet that is printed: every step with its sentences and its question, to be answered with a
// pencil. Where the page's question is of its figure, the sheet has one of its own.

import { element } from "../dom.js";
import { fill } from "./fill.js";

export function createSheet() {
  const sheet = element("div", { className: "printed" });
  return {
    element: sheet,
    show({ common, steps }) {
      const parts = steps.map(({ title, sentences, paper, ...asked }, i) => {
        const { ask, options } = { ...asked, ...paper };
        return element(
          "section",
          {},
          element("h3", { textContent: `${i + 1}. ${title}` }),
          element("p", { textContent: sentences.join(" ") }),
          element("p", { className: "to-answer", textContent: ask }),
          element("ul", {}, ...options.map((textContent) => element("li", { textContent }))),
        );
      });
      const address = `${location.href.replace(/[?#].*/, "")}#tab=learn`;
      sheet.replaceChildren(
        element("h2", { textContent: common.sheet }),
        element("p", { textContent: fill(common.onPaper, { address }) }),
        ...parts,
      );
    },
  };
}
