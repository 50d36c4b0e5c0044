// The panels of the page, a line each: a tab, in the order of the tabs.
//
// A panel's module exports `html`, what stands in its tab (but for the first one's, which stands in
// index.html, to be seen at once), and `createPanel(root, page)`. That gives
//
// - `openLink(fields, { isReload })`: fills in what an address asks for, {} the first time when it
//   asks for nothing. `fields` are strings by name. After a reload they are what the tab has kept.
// - `openFile(file)`: opens a file that was dropped, or that another panel has handed over.
// - `seeTaught(material)`, if it is there: what the model of the next file was taught under Train.
// - `drops`: what may be dropped, by kind (model, picture, text): what comes of it, in words.
//
// `page` is what a panel may use of the page, see main.js. A panel with `steps` leaves steps back of
// its own, by page.step(), and is given the fields of each that one goes back to. `begins(fields)`
// names the model that a link needs at once, of a panel that is not of one task.

export const PANELS = [
  {
    name: "learn",
    title: "Learn",
    id: "learning",
    steps: true,
    begins: ({ step, model = "names" }) => {
      if (step === "1") return model;
      return ["3", "4", "5", "6"].includes(step) ? "names" : undefined;
    },
    open: () => import("./learn/learn.js"),
  },
  { name: "write", title: "Write", id: "writing", open: () => import("./write/write.js") },
  { name: "classify", title: "Classify", id: "classifying", open: () => import("./classify.js") },
  {
    name: "translate",
    title: "Translate",
    id: "translating",
    open: () => import("./translate.js"),
  },
  { name: "caption", title: "Caption", id: "captioning", open: () => import("./caption.js") },
  { name: "train", title: "Train", id: "training", open: () => import("./train/train.js") },
];

/** The tab that opens when the address names none. */
export const FIRST = "write";

/** The tab in which a model of each task is used. */
export const TAB_OF_TASK = {
  generator: "write",
  classifier: "classify",
  translator: "translate",
  captioner: "caption",
};

export const titleOf = (tab) => PANELS.find(({ name }) => name === tab).title;
