// The sheet that is printed: every step with its sentences and its question, to be answered with a
// pencil.

import { element } from "../dom.js";

export function createSheet() {
  const sheet = element("div", { className: "printed" });
  return {
    element: sheet,
    show({ common, steps }) {
      const parts = steps.map(({ title, sentences, ask, options }, i) =>
        element(
          "section",
          {},
          element("h3", { textContent: `${i + 1}. ${title}` }),
          element("p", { textContent: sentences.join(" ") }),
          element("p", { className: "to-answer", textContent: ask }),
          element(
            "ul",
            {},
            ...(options ?? ["…………………………"]).map((textContent) => element("li", { textContent })),
          ),
        ),
      );
      sheet.replaceChildren(element("h2", { textContent: common.sheet }), ...parts);
    },
  };
}
