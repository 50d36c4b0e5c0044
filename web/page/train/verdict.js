// What is said in words of a network that learns: how good it is, and how long it still takes.

const GUESSING = 0.95; // of the choices that a guess leaves; fewer are learnt

export const number = (value) => Math.round(value).toLocaleString("en");
export const nats = (value) => (value === null ? "–" : value.toFixed(3));

export function duration(seconds) {
  if (seconds === undefined) return "";
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 60) return `${whole} s left`;
  if (whole < 3600)
    return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s left`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min left`;
}

/** Among how many equal choices one would be as unsure, with as many decimals as tell losses apart. */
function choices(...losses) {
  const shown = (digits) => losses.map((loss) => Math.exp(loss).toFixed(digits));
  return [1, 2, 3].map(shown).find((texts) => new Set(texts).size === losses.length) ?? shown(3);
}

/** Whether a loss is that of a guess: among all tokens, or by how often each of them comes. */
function isGuess(loss, { ngram, alphabet = Infinity }) {
  const guess = ngram.order <= 1 ? Math.min(ngram.nats, Math.log(alphabet)) : Math.log(alphabet);
  return loss > guess + Math.log(GUESSING);
}

/** Since which epoch a network is better than a table, by its last loss: undefined while it is not. */
export const aheadSince = (before, { loss, ngram, epoch }) =>
  loss < ngram.nats ? (before ?? epoch) : undefined;

/**
 * How good a network is: `best` is its lowest loss on what was held out, null before there is one,
 * `ngram` a table's, { order, nats }, and `ahead` the epoch since which the network is better.
 */
export function verdictOf(network) {
  const { task, token, best, ngram, ahead, isDone } = network;
  if (best === null) {
    const learnt =
      task === "generator" ? "all of the text; nothing was" : "all examples; none were";
    return isDone ? `It has learnt ${learnt} held out to test it on.` : "";
  }
  if (task === "classifier")
    return `On examples that it has not learnt, the right class has a probability of ${Math.round(100 * Math.exp(-best))}%, on average.`;
  const [own, counted] = choices(...(ngram ? [best, ngram.nats] : [best]));
  const unsure = `On average it is as unsure of the next ${token} as if it chose among ${own} equally likely ones`;
  if (!ngram) return `${unsure}.`;
  const table = `the ${ngram.order}-gram table`;
  if (isGuess(best, network)) return `${unsure}, which is no better than guessing.`;
  if (best >= ngram.nats) return `${unsure}; ${table} is still better, with ${counted}.`;
  if (ahead === undefined)
    return `${unsure} at its best; meanwhile ${table} is better again, with ${counted}.`;
  return `${unsure}; it has been better than ${table} (${counted}) since epoch ${ahead.toFixed(1)}.`;
}
