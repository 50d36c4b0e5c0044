// What looks inside of the network comes when it is first opened.

import { element } from "../dom.js";

/** `options` are those of createLens(), see lens.js, but for the rows of a link. */
export function createOpener(root, options) {
  const alert = element("p", { className: "alert", role: "alert" });
  root.after(alert);
  let opened;
  let lens; // once it has come
  let rows; // of a link, until then
  root.addEventListener("toggle", () => {
    if (!root.open || opened) return;
    alert.textContent = "";
    opened = import("./lens.js").then(({ createLens }) => createLens(root, { ...options, rows }));
    opened.then(
      (it) => (lens = it),
      () => {},
    );
    opened.catch(({ message }) => {
      opened = undefined;
      root.open = false;
      alert.textContent = `It did not open: ${message}.`;
    });
  });
  return {
    refresh() {
      opened?.then(
        (lens) => lens.refresh(),
        () => {}, // which has been said
      );
    },
    /** Opens it with the rows of a link. */
    fill(field) {
      rows = field;
      lens?.fill(field);
      root.open = true;
    },
    /** The rows that a link carries. */
    get field() {
      return lens ? lens.field : rows;
    },
  };
}
