// What the small networks of the lesson are trained with: nothing but gradient steps, so that what
// one sees is the network and no cure for a text that is too short.

export const PLAIN = {
  layers: 1,
  embed: 0,
  lines: false,
  schedule: /** @type {const} */ ("cosine"),
  dropout: 0,
  weightDrop: 0,
  average: 0,
  weightDecay: 0,
  validation: 0,
  sampleEvery: 0,
};
