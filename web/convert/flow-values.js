// What flows through a network's program, as it is read: values that are made of one another, from
// what the program is given to what it returns. Values that are made alike are one and the same.

/**
 * @typedef {{ op: string, id: number, [part: string]: any }} Value What is followed, its `arg`
 *   being what it is made of:
 *   input, layer { path }, rnn { path, begins }, out, state { part, index }, pool { pool },
 *   activation { activation, slope }, affine { scale, shift }, softmax, moved, flip,
 *   matrix { weight, bias, turned }, either { options };
 *   unclear { text }: what is made of one recurrent module's outputs and states in a way that is
 *   not understood;
 *   what is used on the way: number { value }, text { value }, none, tuple { items },
 *   list { items }, module { path, maker }, maker { name, call }, method { module, method },
 *   tensor { name, turned },
 *   global { name }, bound { of, name }, largest (values and their places);
 *   other { text }: not understood, `hides` where it is made of what is followed.
 *   `touches`: it is made of what a module with weights gives.
 */

const FOLLOWED = new RegExp(
  "^(input|layer|rnn|out|state|pool|activation|affine|softmax|moved|flip|matrix|unclear|either|" +
    "largest)$",
);
const PARTS = /^(out|state|pool|affine|moved|unclear|largest|tuple|list|either)$/;

/**
 * The recurrent modules of which values are made by what has no weights, in `found`; false: they
 * are made of other modules, too.
 */
function sources(values, found, depth = 0) {
  return values.every((one) => {
    if (one.op === "rnn") return found.add(one);
    if (!one.touches && !one.items?.some(({ touches }) => touches)) return true;
    if (!PARTS.test(one.op) || depth > 200) return false;
    const inner = [one.arg, ...(one.items ?? []), ...(one.options ?? [])].filter(Boolean);
    return sources(inner, found, depth + 1);
  });
}

export class Values {
  constructor() {
    this.known = new Map();
    this.count = 0;
  }

  /** @returns {Value} */
  make(op, parts = {}) {
    const told = (part) =>
      Array.isArray(part) ? part.map(told) : typeof part === "object" && part ? [part.id] : part;
    const key = JSON.stringify([
      op,
      Object.entries(parts).map(([name, part]) => [name, told(part)]),
    ]);
    if (!this.known.has(key)) {
      const inner = [parts.arg, ...(parts.items ?? []), ...(parts.options ?? [])];
      const touches = /^(layer|rnn)$/.test(op) || inner.some((one) => one?.touches);
      this.known.set(key, { op, id: (this.count += 1), touches, ...parts });
    }
    return this.known.get(key);
  }

  /** A list, which may grow. @returns {Value} */
  list(items) {
    return { op: "list", id: (this.count += 1), items };
  }

  number(value) {
    return this.make("number", { value });
  }

  /**
   * What is not understood; `from`: what it is made of; `cuts`: by taking parts and sums of it, so
   * that numbers tell what it is. What bends values need not show for a few tokens.
   */
  other(text, from = [], cuts = true) {
    const found = new Set();
    if (cuts && from.some(isFollowed) && sources(from, found) && found.size === 1)
      return this.make("unclear", { text, arg: [...found][0] });
    const hides = from.some((one) => isFollowed(one) || one.hides);
    const touches = from.some((one) => one.touches || one.items?.some((item) => item.touches));
    return this.make("other", { text, hides, touches });
  }

  /** What one of two branches of a program gives. */
  either(a, b) {
    if (!a || !b || a === b) return a ?? b;
    const matters = (one) => isFollowed(one) || one.hides;
    if (!matters(a)) return matters(b) ? b : a.op === b.op ? this.other("an if") : a;
    if (!matters(b)) return a;
    if (a.op === "tuple" && b.op === "tuple" && a.items.length === b.items.length) {
      return this.make("tuple", { items: a.items.map((one, i) => this.either(one, b.items[i])) });
    }
    const options = [a, b].flatMap((one) => (one.op === "either" ? one.options : [one]));
    if (options.length > MOST) return this.other("many an if", [a]);
    return this.make("either", { options: [...new Set(options)] });
  }
}

const MOST = 8;

/** Is a value made of what the network is given? @param {Value} value */
export const isFollowed = (value) =>
  FOLLOWED.test(value.op) || (/^(tuple|list)$/.test(value.op) && value.items.some(isFollowed));
