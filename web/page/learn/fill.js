// Texts with {places}.

/** Puts `values` into the {places} of a text. */
export const fill = (text, values = {}) =>
  text.replaceAll(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
