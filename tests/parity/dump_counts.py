"""What tables of n-grams must say: a second implementation, by dictionaries, of src/parts/counts.h.

Counts, discounts and pruning follow the formulas there and in counts_prune.c, and nothing else of
the program. Plain Python; from the root of the project:

    python3 tests/parity/dump_counts.py > tests/parity/counts.dat

A case is a line "case ORDER VOCABULARY THRESHOLD PAIRS TOKENS...", then one line for every context
that is asked for: "after LENGTH TOKENS... TOKEN:PROBABILITY...", of some tokens.
THRESHOLD is -1 where nothing is pruned.
"""

from math import log


def count(tokens, start, order):
    """{n: {n-gram: c}}; the n-grams' last tokens are the text's, those before may be the start."""
    padded = [start] * order + tokens
    positions = range(order, len(padded))
    counts = {}
    for n in range(1, order + 1):
        seen, c = set(), {}
        for last in positions:
            gram = tuple(padded[last + 1 - n : last + 1])
            before = padded[last - n]
            if n < order and (before, gram) in seen:
                continue
            seen.add((before, gram))
            c[gram] = c.get(gram, 0) + 1
        counts[n] = c
    return counts


def discounts_of(c):
    n = [0] + [sum(1 for v in c.values() if v == k) for k in range(1, 5)]
    if all(n[1:]):
        y = n[1] / (n[1] + 2 * n[2])
        d = [0.0] + [k - (k + 1) * y * n[k + 1] / n[k] for k in (1, 2, 3)]
        if all(x > 0 for x in d[1:]):
            return d
    return [0.0, 0.5, 1.0, 1.5]


class Table:
    def __init__(self, tokens, vocabulary, order):
        self.tokens, self.vocabulary, self.order = tokens, vocabulary, order
        self.counts = count(tokens, vocabulary, order)
        self.discounts = {n: discounts_of(self.counts[n]) for n in self.counts}
        self.kept = {n: set(self.counts[n]) for n in self.counts}
        self.after = {}  # context: [(token, c)]
        for n in self.counts:
            for gram, c in self.counts[n].items():
                self.after.setdefault(gram[:-1], []).append((gram[-1], c))

    def size(self):
        return sum(len(kept) for kept in self.kept.values())

    def probability(self, context, token):
        """p(token | context), of the longest part of the context that has anything kept."""
        p = 1 / self.vocabulary
        for k in range(0, min(len(context), self.order - 1) + 1):
            h = tuple(context[len(context) - k :])
            d = self.discounts[k + 1]
            pairs = self.after.get(h, [])
            if h and not any(h + (w,) in self.kept[k + 1] for w, _ in pairs):
                continue
            total = sum(c for _, c in pairs)
            mass = sum(d[min(c, 3)] if h + (w,) in self.kept[k + 1] else c for w, c in pairs)
            own = sum(
                c - d[min(c, 3)]
                for w, c in pairs
                if w == token and h + (w,) in self.kept[k + 1]
            )
            p = (own + mass * p) / total
        return p

    def prune(self, threshold):
        start, order = self.vocabulary, self.order
        padded = [start] * order + self.tokens
        occurs = {}
        for i in range(order, len(padded)):
            for k in range(order):
                h = tuple(padded[i - k : i])
                occurs[h] = occurs.get(h, 0) + 1
        worth = {n: set() for n in self.counts}
        for n in range(2, order + 1):
            d = self.discounts[n]
            for h in {gram[:-1] for gram in self.counts[n]}:
                pairs = self.after[h]
                total = sum(c for _, c in pairs)
                g = sum(d[min(c, 3)] for _, c in pairs) / total
                own = {w: self.probability(h, w) for w, _ in pairs}
                open_mass = max(0.0, 1 - sum(own.values()))
                for w, c in pairs:
                    wide = g + (c - d[min(c, 3)]) / total
                    loss = own[w] * log(own[w] / (wide * self.probability(h[1:], w)))
                    loss -= open_mass * log(wide / g)
                    if threshold == 0 or occurs[h] / len(self.tokens) * loss >= threshold:
                        worth[n].add(h + (w,))
        kept = {n: set() for n in self.counts}

        def keep(gram):
            if gram and gram not in kept[len(gram)]:
                kept[len(gram)].add(gram)
                keep(gram[1:])
                keep(gram[:-1])

        for n in worth:
            for gram in worth[n]:
                if start not in gram:
                    keep(gram)
        kept[1] = set(self.counts[1])
        self.kept = kept


def texts():
    """(vocabulary, order, tokens), of random numbers in which some things repeat."""
    state = 1

    def random(n):
        nonlocal state
        state = (state * 1103515245 + 12345) % 2**31
        return (state >> 16) % n

    sizes = (3, 1, 20), (2, 2, 30), (4, 3, 120), (5, 5, 200), (3, 8, 150)
    for vocabulary, order, length in sizes:
        tokens = []
        while len(tokens) < length:
            if len(tokens) > 10 and random(3) > 0:
                at = random(len(tokens) - 5)
                tokens += tokens[at : at + 3 + random(6)]
            else:
                tokens.append(random(vocabulary))
        yield vocabulary, order, tokens[:length]
    yield 2, 4, [0]
    yield 300, 3, [random(17) * random(17) for _ in range(150)]
    yield 70000, 2, [random(9) * 7000 for _ in range(40)]


def contexts_of(vocabulary, order, tokens):
    yield ()
    for i in range(0, len(tokens), max(1, len(tokens) // 8)):
        yield tuple(tokens[max(0, i - order) : i + 1])
        yield (tokens[0],) + tuple(tokens[max(0, i - 2) : i])


for vocabulary, order, tokens in texts():
    for threshold in (-1, 0, 1e-3, 1e-2):
        table = Table(tokens, vocabulary, order)
        if threshold >= 0:
            table.prune(threshold)
        print("case", order, vocabulary, threshold, table.size(), *tokens)
        asked = range(vocabulary) if vocabulary <= 5 else sorted(set(tokens[:12]) | {1})
        for context in sorted(set(contexts_of(vocabulary, order, tokens))):
            ps = [f"{w}:{table.probability(context, w):.15g}" for w in asked]
            print("after", len(context), *context, *ps)
