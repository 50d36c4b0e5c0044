// The steps of the lesson, in order, a line each. Their texts are in texts.en.js and texts.de.js.
//
// A step's module exports `createFigure(place, step)`, which fills `place`, an empty element, with
// the live figure. It may be asynchronous, and gives nothing. `step` is what it may use of the
// lesson:
//
// - `texts`, `common`: the step's texts, and those of all; `fill(text, values)` puts values into
//   the {places} of one.
// - `number(name, { min, max, value })`, `text(name, value)`, `choice(name, values)`: what a link
//   asks for, or the default where it asks for nothing or for what cannot be, which is said then.
// - `keep(fields)`: what stands in the figure now, for the address.
// - `model(name, { trace })`: a shipped model, loaded once; it is not the step's to free.
// - `holds(opening)`: the session or model of a promise; it is freed when the step is left.
// - `ask({ options, about, right, values, reveal })`: what the step's question is about now.
//   `right` is the index of the right option, or a function that finds { right, values }; `values`
//   fill the explanation. `options` replace those of the texts. `reveal(isRight)` shows it in the
//   figure. When `about` is another text than before, an answer no longer stands.
// - `work(task)`: runs what takes time; says what went wrong, with a way to try again.
// - `latest(grant)`: Wishes (see newest.js) that are over with the step; what goes wrong is said.
// - `say(text)`: into the live region. `signal` is aborted when the step is left.

export const STEPS = [
  () => import("./guesses.js"),
  () => import("./hello.js"),
  () => import("./memory.js"),
  () => import("./cell.js"),
  () => import("./edit.js"),
  () => import("./dart.js"),
  () => import("./circles.js"),
  () => import("./temperatures.js"),
  () => import("./gradients.js"),
  () => import("./counts.js"),
  () => import("./shapes.js"),
  () => import("./words.js"),
];
