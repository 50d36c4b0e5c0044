// Reads along: a session that can be asked for the distribution at any position of a text, though a
// recurrent network only goes forward. It saves its state every so often and goes on from there.

import { Wishes } from "../newest.js";
import { isLowSurrogate } from "./tokens.js";

const STRIDE = 128; // characters between two saved states
const BATCH = 1024; // characters read before it looks whether something else is wanted

/** `onRead({ position, candidates })` and `onBehind({ position, wanted })` report what was asked
 * for; `onError(error)` that the text cannot be read. */
export class Reader {
  #session; // a promise
  #words; // whether its tokens are words, of which none must be cut
  #saved = []; // the state after 0, STRIDE, 2 STRIDE, … characters, as far as it was read
  #position = 0;
  #text = "";
  #wishes; // each { position, sampling }
  #on;

  /** `predicting` is what its session is told, see the module. */
  constructor(model, predicting, on) {
    this.#session = model.session(predicting);
    this.#words = model.info.level === "word";
    this.#on = on;
    const grant = async (wish) => this.#grant(await this.#session, wish);
    this.#wishes = new Wishes(grant, (error) => {
      this.#position = NaN;
      on.onError(error);
    });
  }

  /** How far it has read. */
  get position() {
    return this.#position;
  }
  get idle() {
    return this.#wishes.idle;
  }

  set text(text) {
    const old = this.#text;
    let same = 0;
    if (text.startsWith(old)) same = old.length;
    else while (same < text.length && text[same] === old[same]) same++;
    this.#text = text;
    const kept = this.#words ? same - 1 : same; // a word may go on
    while (this.#saved.at(-1)?.position > kept) this.#saved.pop();
    if (same < this.#position) this.#position = NaN; // nowhere in this text
  }

  /** Asks for what may come at a position; only the latest wish is granted. */
  ask(position, sampling) {
    this.#wishes.ask({ position, sampling });
  }

  /** The session goes with the model, which is freed next. */
  free() {
    this.#wishes.free();
    this.#session.catch(() => {}); // it may not have come yet
  }

  // All calls of a batch are sent before any answer has come: the worker keeps their order.
  async #grant(session, { position, sampling }) {
    const text = this.#text;
    const calls = [];
    let at = this.#position;
    let nearest = Math.min(Math.floor(position / STRIDE), this.#saved.length - 1);
    while (nearest > 0 && !(this.#saved[nearest]?.position <= position)) nearest--;
    const inWord = this.#words && at < position && /\S\S/.test(text.slice(at - 1, at + 1));
    // Looking at the very beginning may have read a line break, which a text does not begin with.
    if (!(at <= position && at >= nearest * STRIDE) || at === 0 || inWord) {
      const saved = this.#saved[nearest];
      calls.push(saved ? session.restore(saved.state) : session.reset());
      at = saved?.position ?? 0;
    }
    const fresh = []; // [index, promise of a state]
    const end = Math.min(position, at + BATCH);
    while (at < end) {
      let next = Math.min(end, (Math.floor(at / STRIDE) + 1) * STRIDE);
      if (isLowSurrogate(text, next)) next++;
      while (this.#words && next < end && /\S/.test(text[next])) next++;
      calls.push(session.feed(text.slice(at, next)));
      at = next;
      const index = Math.floor(at / STRIDE);
      const good = this.#words ? /\s/.test(text[at] ?? "x") : at - index * STRIDE <= 1;
      if (index > 0 && good && !this.#saved[index]) {
        const state = session.save();
        calls.push(state);
        fresh.push([index, at, state]);
      }
    }
    const arrived = at >= position;
    if (arrived) calls.push(session.distribution({ ...sampling, count: 1000 }));
    const answers = await Promise.all(calls);
    if (this.#wishes.freed) return true;
    if (text !== this.#text && !this.#text.startsWith(text.slice(0, at))) {
      this.#position = NaN; // another text has come meanwhile
      return false;
    }
    this.#position = at;
    for (const [index, after, state] of fresh)
      this.#saved[index] = { position: after, state: await state };
    if (arrived) this.#on.onRead({ position, candidates: answers.at(-1) });
    else this.#on.onBehind({ position: at, wanted: position });
    return arrived;
  }
}
