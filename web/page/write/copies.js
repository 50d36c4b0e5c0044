// Below what was written: how much of it stands in the text that it was to be like.

/** `place` is where it is said. */
export function createCopies(place) {
  let coming; // the text that the next model was taught here
  let learnt; // that of the model in use
  return {
    taught(/** @type {Uint8Array} */ bytes) {
      coming = new TextDecoder().decode(bytes);
    },
    /** Another model is in use. */
    use() {
      learnt = coming;
      coming = undefined;
      place.textContent = "";
    },
    clear() {
      place.textContent = "";
    },
    /** `own` is a text beside the model, and `typed` what the one that is shown begins with. */
    async tell({ text, typed, own, info }) {
      const its = own ?? learnt;
      if (!its) return;
      const { copiedFrom } = await import("./copied.js");
      const isList = info.metadata.end !== undefined;
      place.textContent = copiedFrom(its, isList ? text : text.slice(typed.length), isList);
    },
  };
}
