// <inkling-text model="…">: a field, a button and the text that a model writes, for any page. The
// parts can be styled (::part), the button replaced (slot="button"), and in a form the element is a
// field whose value is the text. Where there is no DOM, as on a server, importing it does nothing.

/** @import { Model, Piece } from "./inkling.js" */

import { load } from "./inkling.js";

const MARKUP = `
  <style>
    :host { display: block }
    :host([hidden]) { display: none }
    [part="text"] { white-space: pre-wrap; overflow-wrap: anywhere; min-height: 1.5em }
    [part="prompt"] { box-sizing: border-box; width: 100%; font: inherit }
  </style>
  <input part="prompt" aria-label="Prompt" dir="auto" autocomplete="off" spellcheck="false">
  <slot name="button"><button part="button" type="button">Generate</button></slot>
  <div part="text" role="log" aria-live="polite" dir="auto" translate="no"></div>
  <div part="error" role="alert"></div>`;

const NUMBERS = [
  ...["temperature", "length", "seed", "top-k", "top-p", "min-p", "repetition-penalty"],
  ...["counts-weight", "max-copy", "samples"],
];

/** @param {string} name */
const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());

const Base = globalThis.HTMLElement ?? class {};

/** What is it of the model that an element of this address shares? @type {Map<string, Promise<Model>>} */
const models = new Map();

/** @param {string} address */
function modelAt(address) {
  let model = models.get(address);
  if (!model) {
    model = load(address);
    models.set(address, model);
    model.catch(() => models.delete(address));
  }
  return model;
}

export class InklingText extends Base {
  static formAssociated = true;
  static observedAttributes = ["prompt", "disabled"];

  #internals;
  #root;
  /** @type {AbortController | undefined} Of what is being written. */
  #writing;
  #text = "";

  constructor() {
    super();
    this.#internals = this.attachInternals();
    this.#root = this.attachShadow({ mode: "open", delegatesFocus: true });
    this.#root.innerHTML = MARKUP;
    this.#part("slot").addEventListener("click", () => void this.generate());
    this.#field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") void this.generate();
    });
  }

  /** @param {string} selector */
  #part(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
  get #field() {
    return /** @type {HTMLInputElement} */ (this.#part("input"));
  }

  connectedCallback() {
    if (this.hasAttribute("auto")) void this.generate();
  }
  disconnectedCallback() {
    this.stop();
  }
  /** @param {string} name @param {string | null} _ @param {string | null} value */
  attributeChangedCallback(name, _, value) {
    if (name === "prompt") this.#field.value = value ?? "";
    else this.formDisabledCallback(value !== null);
  }
  /** @param {boolean} disabled */
  formDisabledCallback(disabled) {
    this.#field.disabled = disabled;
    const button = this.#root.querySelector("button");
    if (button) button.disabled = disabled;
  }
  formResetCallback() {
    this.stop();
    this.#field.value = this.getAttribute("prompt") ?? "";
    this.#show("", "");
  }

  /** What stands there, prompt and text: the value in a form. */
  get value() {
    return this.#text;
  }
  get prompt() {
    return this.#field.value;
  }
  set prompt(text) {
    this.#field.value = text;
  }

  /** @param {string} prompt @param {string} text */
  #show(prompt, text) {
    this.#text = prompt + text;
    const start = document.createElement("b");
    start.setAttribute("part", "given");
    start.textContent = prompt;
    this.#part('[part="text"]').replaceChildren(start, text);
    this.#part('[part="error"]').textContent = "";
    this.#internals.setFormValue(this.#text);
  }

  #options() {
    const given = NUMBERS.filter((name) => this.hasAttribute(name));
    const numbers = given.map((name) => [camel(name), Number(this.getAttribute(name))]);
    const stop = this.getAttribute("stop");
    return { ...Object.fromEntries(numbers), ...(stop ? { stop } : {}) };
  }

  /** @param {string} name @param {unknown} [detail] */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  /** Writes anew after the prompt; gives the text without it, or undefined when that failed. */
  async generate() {
    this.stop();
    const { signal } = (this.#writing = new AbortController());
    const prompt = this.#field.value;
    /** @type {string[]} Of `samples`, a line each. */
    const texts = [];
    this.#internals.states?.add("writing");
    try {
      const address = this.getAttribute("model");
      if (!address) throw new Error('<inkling-text> needs a model: model="names.safetensors"');
      const model = await modelAt(new URL(address, this.baseURI).href);
      signal.throwIfAborted();
      this.#show(prompt, "");
      const options = { seed: Math.floor(Math.random() * 2 ** 32), ...this.#options(), signal };
      const write = model.info.task === "translator" ? "translate" : "generate";
      /** @type {AsyncIterable<string | Piece>} */
      const pieces = model[write](prompt, options);
      const written = () => texts.join(`\n${prompt}`);
      for await (const piece of pieces) {
        const { index, text } = typeof piece === "string" ? { index: 0, text: piece } : piece;
        texts[index] = (texts[index] ?? "") + text;
        this.#show(prompt, written());
        this.#tell("inkling-piece", text);
      }
      this.#tell("inkling-done", written());
      return written();
    } catch (error) {
      if (signal.aborted) return undefined;
      const message = error instanceof Error ? error.message : String(error);
      this.#part('[part="error"]').textContent = message;
      this.#tell("inkling-error", error);
      return undefined;
    } finally {
      if (!signal.aborted) this.#internals.states?.delete("writing");
    }
  }

  /** Ends what is being written; what stands there stays. */
  stop() {
    this.#writing?.abort();
    this.#internals.states?.delete("writing");
  }
}

if (globalThis.customElements && !customElements.get("inkling-text")) {
  customElements.define("inkling-text", InklingText);
}
