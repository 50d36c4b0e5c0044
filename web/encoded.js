// What a session of a translator or captioner writes from, as the encoder has read it: a text or a
// picture in the core's memory, shared by a session and its forks.

/** @import { TextOrPicture } from "./inkling.js" */
/** @import { Core } from "./wasm.js" */

import { Shared } from "./handle.js";
import { encodeComposed } from "./platform.js";

/**
 * @param {Core} core
 * @param {number} model
 * @param {TextOrPicture} source
 * @param {boolean} [skipUnknown]
 */
function encode(core, model, source, skipUnknown) {
  if (typeof source === "string") {
    const text = encodeComposed(source);
    return core.with([text], (address) =>
      core.make("ink_source_text", model, address, text.length, skipUnknown ? 1 : 0),
    );
  }
  const { data, width, height } = source;
  const channels = data.length / (width * height);
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return core.with([pixels], (address) =>
    core.make("ink_source_picture", model, address, width, height, channels),
  );
}

export class Source extends Shared {
  #core;

  /** @param {Parameters<typeof encode>} given */
  constructor(...given) {
    const [core] = given;
    const handle = encode(...given);
    super(handle, () => core.c.ink_source_free(handle));
    this.#core = core;
  }

  /** Puts a session into the state that this leaves. @param {number} session */
  start(session) {
    this.#core.call("ink_session_start", session, this.handle);
  }

  /** The tokens as which a text is read. */
  tokens() {
    const tokens = [];
    for (let token; (token = this.#core.c.ink_source_token(this.handle, tokens.length)) !== 0;) {
      tokens.push(this.#core.string(token));
    }
    return tokens;
  }
}
