// What is folded up below the text that is looked into, each as { look() } once it is opened.

export const SECTIONS = {
  onward: (root, lens) =>
    import("./onward.js").then(({ createOnward }) => createOnward(root, lens)),
  layers: (root, lens) =>
    import("./layers.js").then(({ createLayers }) => createLayers(root, lens)),
  between: (root, lens) =>
    import("./between.js").then(({ createBetween }) => createBetween(root, lens)),
};
