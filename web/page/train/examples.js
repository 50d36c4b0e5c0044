// Something small to train at once where one has nothing at hand: made by rules, so that it takes
// few bytes and shows what rules a network finds.

/** A button that calls `show`, or `clear` while the example is what is shown. */
export function createExample(button, { show, clear, onChange }) {
  let shown = false;
  const example = {
    get shown() {
      return shown;
    },
    /** Something else is there now, or it is there untouched. */
    set shown(is) {
      shown = is;
      button.textContent = is ? "Clear the example" : "Use the example";
    },
    show() {
      show();
      example.shown = true;
      onChange();
    },
  };
  button.addEventListener("click", () => {
    if (shown) clear();
    else example.show();
  });
  example.shown = false;
  return example;
}

/** Every way to put one word of each list after the other. */
const allOf = (...lists) =>
  lists.reduce((made, words) => made.flatMap((one) => words.map((word) => [...one, word])), [[]]);

const TOPICS = {
  cooking: [
    ["chop", "fry", "bake", "stir"],
    ["the onions", "some bread", "the soup"],
    ["in butter", "for ten minutes", "with a little salt"],
  ],
  weather: [
    ["heavy rain", "a cold wind", "thick fog", "some sunshine"],
    ["is expected", "moves in", "stays"],
    ["tonight", "on the coast", "in the north"],
  ],
};

/** [class, sentence] of two classes, whose boxes stand side by side. */
export const sentences = () =>
  Object.entries(TOPICS).flatMap(([topic, lists]) =>
    allOf(...lists).map((words) => [topic, words.join(" ")]),
  );

const ONES = `zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
  fifteen sixteen seventeen eighteen nineteen`.split(/\s+/);
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");

function inWords(number) {
  if (number < 20) return ONES[number];
  const tens = TENS[Math.floor(number / 10) - 2];
  return number % 10 === 0 ? tens : `${tens}-${ONES[number % 10]}`;
}

const LEFT_OUT = 7; // every so many numbers, to try it on

/** [in words, in digits] of most numbers below a hundred. */
export const numbers = () =>
  Array.from({ length: 100 }, (_, number) => [inWords(number), String(number)]).filter(
    (_, number) => number < 20 || number % LEFT_OUT !== 0,
  );

const COLOURS = { red: "#d8232f", green: "#2f9e44", blue: "#2457c5", yellow: "#f5c518" };
const FORMS = {
  circle: (c, r) => c.arc(0, 0, r, 0, 2 * Math.PI),
  square: (c, r) => c.rect(-0.9 * r, -0.9 * r, 1.8 * r, 1.8 * r),
  triangle: (c, r) =>
    [
      [0, -r],
      [r, 0.9 * r],
      [-r, 0.9 * r],
    ].forEach(([x, y]) => c.lineTo(x, y)),
};
// Where in the square, and how large, as shares of its side.
const PLACES = [
  [0.5, 0.5, 0.44],
  [0.4, 0.45, 0.3],
  [0.58, 0.56, 0.36],
];

/** [caption, canvas], each of `side` pixels: coloured forms on white. */
export function pictures(side) {
  const all = allOf(PLACES, Object.keys(FORMS), Object.keys(COLOURS));
  return all.map(([[x, y, r], form, colour]) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#fff";
    context.fillRect(0, 0, side, side);
    context.translate(x * side, y * side);
    context.fillStyle = COLOURS[colour];
    context.beginPath();
    FORMS[form](context, r * side);
    context.fill();
    return [`a ${colour} ${form}`, canvas];
  });
}
