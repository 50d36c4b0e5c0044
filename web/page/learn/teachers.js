// What a teacher wants to know before a lesson, folded up below the first questions.

import { element } from "../dom.js";

/** `nameOf(step)` gives a step's title. */
export async function createTeachers(language, nameOf) {
  const { title, plan, notes } = (await import(`./teachers.${language}.js`)).default;
  const rows = plan.map(({ minutes, step, address = `#tab=learn&step=${step}`, link, what }) =>
    element(
      "li",
      {},
      element("span", { className: "minutes", textContent: `${minutes} min` }),
      element(
        "span",
        {},
        element("a", { href: address, textContent: link ?? nameOf(step) }),
        `: ${what}`,
      ),
    ),
  );
  return element(
    "details",
    { className: "teachers" },
    element("summary", { textContent: title }),
    element("ul", {}, ...rows),
    ...notes.map((textContent) => element("p", { textContent })),
  );
}
