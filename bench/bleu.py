"""Corpus BLEU of plain text as sacreBLEU computes it unless told otherwise; src/text/scores.c has the formulas."""

import collections
import math
import re


def tokens(text):  # those of mteval-v13a
    text = re.sub(r"([!-&(-+/:-@\[-`{-~])", r" \1 ", f" {text} ")
    text = re.sub(r"([^0-9])([.,])", r"\1 \2 ", text)
    text = re.sub(r"([.,])([^0-9])", r" \1 \2", text)
    return re.sub(r"([0-9])(-)", r"\1 \2 ", text).split()


def grams(words, n):
    return collections.Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def bleu(texts, references):
    """texts [n] against references [n], one or more each: 0 to 100."""
    matches, totals, length, wanted = [0] * 4, [0] * 4, 0, 0
    for text, several in zip(texts, references):
        words, several = tokens(text), [tokens(reference) for reference in several]
        length += len(words)
        wanted += min((abs(len(r) - len(words)), len(r)) for r in several)[1]
        for n in range(4):
            best = collections.Counter()
            for reference in several:
                best |= grams(reference, n + 1)
            matches[n] += sum((grams(words, n + 1) & best).values())
            totals[n] += max(len(words) - n, 0)
    if not matches[0] or not all(totals):
        return 0.0
    share = [m or 0.5 ** sum(x == 0 for x in matches[: n + 1]) for n, m in enumerate(matches)]
    mean = sum(math.log(m / t) for m, t in zip(share, totals)) / 4
    return 100 * math.exp(mean + min(0, 1 - wanted / length))
