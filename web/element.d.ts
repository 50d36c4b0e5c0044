// Types of `inkling/element`, whose import makes <inkling-text> known to the page.

/**
 * A field for a prompt, a button, and the text that a model writes after it.
 *
 * Attributes: `model`, its address; `prompt`; `temperature`, `length`, `seed`, `top-k`, `top-p`,
 * `min-p`, `repetition-penalty`, `counts-weight`, `max-copy`, `samples` (a line each) and `stop`,
 * as the options of generate(); `auto` begins at once; `name` and `disabled`, as of any field of a
 * form. Parts to style: prompt, button, text, given (the prompt before the text) and error. The
 * slot "button" takes a button of your own. While it writes, `:state(writing)` matches. Events,
 * which bubble: `inkling-piece` and `inkling-done`, whose detail is the text, and `inkling-error`,
 * whose detail is the error.
 */
export class InklingText extends HTMLElement {
  /** What the field for the prompt has. */
  prompt: string;
  /** The prompt with the text after it: the value in a form. */
  readonly value: string;
  /** Writes anew; gives the text, or undefined when it failed or was stopped. */
  generate(): Promise<string | undefined>;
  /** Ends what is being written. */
  stop(): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "inkling-text": InklingText;
  }
}
