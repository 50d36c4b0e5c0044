// What has just been done away with, and a button that brings it back.

import { button, element, tell } from "../dom.js";

/** One thing at a time; what is done next takes its place. */
export function createUndo(place) {
  const said = element("p", { className: "undo notice", role: "status", tabIndex: -1 });
  said.hidden = true;
  place.append(said);
  return {
    /** Says what is gone; `bringBack()` is called when it is wanted again. */
    offer(message, bringBack) {
      const back = button("Undo", async () => {
        await bringBack();
        said.textContent = "It is back.";
        said.focus(); // the button that was pressed is gone
      });
      tell(said, message, back);
      said.hidden = false;
    },
  };
}
