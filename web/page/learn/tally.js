// Counting: how often each character came after the last few. What was seen seldom leans on what
// shorter contexts say (Witten and Bell 1991): with n occurrences of a context, among them t
// different successors, p(c) = (count(c) + t · p of the shorter context(c)) / (n + t).

/** Counts a text up to contexts of `order` - 1 characters. */
export function count(text, order) {
  const contexts = new Map(); // context to { n, next: Map }
  for (let i = 0; i < text.length; i++) {
    for (let length = 0; length < order && length <= i; length++) {
      const context = text.slice(i - length, i);
      let entry = contexts.get(context);
      if (!entry) contexts.set(context, (entry = { n: 0, next: new Map() }));
      entry.n++;
      entry.next.set(text[i], (entry.next.get(text[i]) ?? 0) + 1);
    }
  }
  return { contexts, order };
}

/** The probability of every character of a vocabulary after a text. */
export function predict({ contexts, order }, text, vocabulary) {
  let p = new Map(vocabulary.map((token) => [token, 1 / vocabulary.length]));
  for (let length = 0; length < order && length <= text.length; length++) {
    const entry = contexts.get(text.slice(text.length - length));
    if (!entry) break;
    const { n, next } = entry;
    const t = next.size;
    p = new Map([...p].map(([token, q]) => [token, ((next.get(token) ?? 0) + t * q) / (n + t)]));
  }
  return p;
}
