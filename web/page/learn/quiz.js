// The quiz before the first step and after the last: the same five questions, and how many were
// right each time.

import { element } from "../dom.js";
import { fill } from "./fill.js";
import { keep, kept } from "./progress.js";
import { optionsOf } from "./question.js";

/** A question of the quiz; `tell(i)` says whether option `i` is right, and which one is. */
function createGroup({ ask, options, right, because }, when, at, common) {
  const name = `quiz-${when}-${at}`;
  const labels = optionsOf(name, options);
  const told = element("p", { className: "hint", id: `${name}-told` });
  const choices = element("div", { className: "choices" }, ...labels);
  const legend = element("legend", { textContent: `${at + 1}. ${ask}` });
  const group = element("fieldset", { "aria-describedby": told.id }, legend, choices, told);
  const mark = (it) => labels.forEach((label, i) => label.classList.toggle("right", i === it));
  choices.addEventListener("change", () => {
    mark(-1);
    told.textContent = ""; // it was said of another answer
  });
  function tell(chosen) {
    const verdict = chosen === right ? common.right : common.wrong;
    mark(right);
    told.textContent = `${fill(verdict, { answer: options[right] })} ${because}`;
  }
  return { labels, right, group, tell };
}

/**
 * Shows the quiz in `place`; `when` is "before" or "after". The answers are told only afterwards,
 * so that the same questions can be asked again.
 */
export function showQuiz(place, when, { texts, common }) {
  const result = element("p", { className: "verdict", role: "status" });
  const groups = texts.questions.map((question, at) => createGroup(question, when, at, common));
  const form = element(
    "form",
    { className: "question quiz" },
    ...groups.map(({ group }) => group),
    element(
      "div",
      { className: "row" },
      element("button", { type: "submit", className: "primary", textContent: common.check }),
    ),
    result,
  );
  form.noValidate = true;

  const score = (n) => (n === undefined ? texts.notTaken : fill(texts.score, { n }));
  function showScores() {
    const { before, after } = kept();
    if (before === undefined && after === undefined) return;
    result.textContent = fill(texts.scores, { before: score(before), after: score(after) });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = groups.map(({ labels }) =>
      labels.findIndex((label) => label.querySelector("input").checked),
    );
    const open = chosen.filter((i) => i < 0).length;
    if (open > 0) return void (result.textContent = fill(texts.open, { n: open }));
    const right = groups.filter((one, i) => one.right === chosen[i]).length;
    keep({ [when]: right });
    showScores();
    if (when === "before") return;
    groups.forEach(({ tell }, i) => tell(chosen[i]));
  });
  showScores();
  place.replaceChildren(form);
}
