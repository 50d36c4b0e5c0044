"""A translator in PyTorch with the network, the data and the budget of one that `inkling train`
makes.

    /usr/bin/python3 bench/translate.py train.tsv test.tsv --level word --hidden 256 --steps 5000
    ...

(Debian: python3-torch and libopenblas0.) An encoder whose layers read the source by turns from
either end, attention with keys (Luong et al. 2015), a decoder that starts from the encoder's last
states; batches of sources of one length. Options are those of `inkling train`. The weights kept are
those of the lowest validation loss. Prints a line of JSON for each validation and, last, greedy
decoding's share of exact matches and BLEU on the test file, whose lines have a source and one or
more references.
"""

import argparse
import collections
import json
import math
import random
import re
import time

import torch
from bleu import bleu
from torch import nn

# What `--level word` of `inkling train` takes for tokens (src/text/words.h), in the scripts of
# Europe.
TOKEN = re.compile(r"[^\W_]+(?:(?:['’./-]|(?<=\d)[,:–](?=\d))[^\W_]+)*|--|\.\.\.|\S")
END, UNKNOWN = 0, 1  # ids

WHOLE = {
    "min_count": 1,
    "hidden": 128,
    "layers": 1,
    "embed": 64,
    "batch": 32,
    "steps": 5000,
    "warmup": 20,
}
WHOLE.update(validate_every=1000, seed=0, threads=1)
REAL = {
    "learning_rate": 2e-3,
    "final_fraction": 0.01,
    "beta1": 0.9,
    "beta2": 0.99,
    "weight_decay": 0.01,
}
REAL.update(clip=1.0, dropout=0.0, validation=0.1)


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--level", choices=["char", "word"], default="char")
    parser.add_argument("--cell", choices=["gru", "lstm"], default="lstm")
    for name, value in {**WHOLE, **REAL}.items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(value), default=value)
    return parser.parse_args()


def read(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        return [line.rstrip("\r\n").split("\t") for line in file if line.strip()]


class Vocabulary:
    def __init__(self, texts, level, min_count):
        self.split = TOKEN.findall if level == "word" else list
        self.space = " " if level == "word" else ""
        counts = collections.Counter(token for text in texts for token in self.split(text))
        self.tokens = [
            "\n",
            "<unk>",
            *sorted(t for t, count in counts.items() if count >= min_count),
        ]
        self.ids = {token: i for i, token in enumerate(self.tokens)}

    def encode(self, text):
        return [self.ids.get(token, UNKNOWN) for token in self.split(text)]

    def decode(self, ids):
        return self.space.join(self.tokens[i] for i in ids)


class Translator(nn.Module):
    def __init__(self, o, sources, targets):
        super().__init__()
        kind = {"gru": nn.GRU, "lstm": nn.LSTM}[o.cell]
        stack = lambda: nn.ModuleList(
            kind(o.hidden if l else o.embed, o.hidden) for l in range(o.layers)
        )
        self.source, self.target = nn.Embedding(sources, o.embed), nn.Embedding(targets, o.embed)
        self.encoder, self.decoder = stack(), stack()
        self.key = nn.Linear(o.hidden, o.hidden, bias=False)
        self.mix = nn.Linear(2 * o.hidden, o.hidden)
        self.fc = nn.Linear(o.hidden, targets)
        self.dropout = nn.Dropout(o.dropout)

    def encode(self, ids):  # [S, B] -> memory [S, B, H] and each layer's state
        x, states = self.source(ids), []
        for l, layer in enumerate(self.encoder):
            x, state = layer(x.flip(0) if l % 2 else x)
            x = self.dropout(x.flip(0) if l % 2 else x)
            states.append(state)
        return x, states

    def decode(self, ids, memory, states):  # [T, B] -> logits [T, B, V] and each layer's state
        x, after = self.target(ids), []
        for l, layer in enumerate(self.decoder):
            x, state = layer(self.dropout(x) if l else x, states[l])
            after.append(state)
        scores = torch.einsum("tbh,sbh->tbs", x, self.key(memory)) / math.sqrt(x.shape[2])
        context = torch.einsum("tbs,sbh->tbh", scores.softmax(2), memory)
        return self.fc(self.dropout(torch.tanh(self.mix(torch.cat([context, x], 2))))), after

    def loss(self, pairs):  # the sum over targets and their ends
        read = [torch.tensor([END, *target]) for _, target in pairs]
        wanted = [torch.tensor([*target, END]) for _, target in pairs]
        logits, _ = self.decode(nn.utils.rnn.pad_sequence(read), *self.encode(columns(pairs)))
        wanted = nn.utils.rnn.pad_sequence(wanted, padding_value=-100)
        return nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction="sum")

    def translate(self, pairs):
        ids = columns(pairs)
        memory, states = self.encode(ids)
        token, written = torch.full((1, ids.shape[1]), END), []
        for _ in range(2 * len(ids) + 20):
            logits, states = self.decode(token, memory, states)
            logits[:, :, UNKNOWN] = -math.inf
            token = logits.argmax(2)
            written.append(token)
        rows = torch.cat(written).t().tolist()
        return [row[: row.index(END)] if END in row else row for row in rows]


def columns(pairs):
    return torch.tensor([source for source, _ in pairs]).t()


def predictions(pairs):
    return sum(len(target) + 1 for _, target in pairs)


def batches(pairs, size):
    """Their places in the list, in batches of one source length."""
    groups = collections.defaultdict(list)
    for i, (source, _) in enumerate(pairs):
        groups[len(source)].append(i)
    return [group[i : i + size] for group in groups.values() for i in range(0, len(group), size)]


def rounds(pairs, size, chance):
    while True:
        chance.shuffle(pairs)
        for batch in chance.sample(plan := batches(pairs, size), len(plan)):
            yield [pairs[i] for i in batch]


def validate(model, pairs, size):
    model.eval()
    with torch.no_grad():
        losses = [float(model.loss([pairs[i] for i in batch])) for batch in batches(pairs, size)]
    model.train()
    return sum(losses) / predictions(pairs)


def train(o, model, trained, held_out):
    optimiser = torch.optim.AdamW(
        model.parameters(), o.learning_rate, betas=(o.beta1, o.beta2), weight_decay=o.weight_decay
    )
    best, kept, began = math.inf, None, time.monotonic()
    for step, pairs in zip(range(o.steps), rounds(trained, o.batch, random.Random(o.seed))):
        progress = max(step - o.warmup, 0) / max(o.steps - 1 - o.warmup, 1)
        rate = o.final_fraction + (1 - o.final_fraction) * (1 + math.cos(math.pi * progress)) / 2
        optimiser.param_groups[0]["lr"] = o.learning_rate * min(rate, (step + 1) / max(o.warmup, 1))
        optimiser.zero_grad()
        (model.loss(pairs) / predictions(pairs)).backward()
        nn.utils.clip_grad_norm_(model.parameters(), o.clip)
        optimiser.step()
        if (step + 1) % o.validate_every and step + 1 < o.steps:
            continue
        loss = validate(model, held_out, o.batch)
        if loss < best:
            best, kept = loss, {name: w.clone() for name, w in model.state_dict().items()}
        seconds = round(time.monotonic() - began)
        print(
            json.dumps({"step": step + 1, "validationLoss": loss, "seconds": seconds}), flush=True
        )
    model.load_state_dict(kept)


def main():
    o = options()
    torch.manual_seed(o.seed)
    torch.set_num_threads(o.threads)
    lines, tests = read(o.train), read(o.test)
    source, target = (
        Vocabulary([line[side] for line in lines], o.level, o.min_count) for side in (0, 1)
    )
    encode = lambda several: [(source.encode(line[0]), target.encode(line[1])) for line in several]
    pairs, tested = encode(lines), encode(tests)
    trained = len(pairs) - int(len(pairs) * o.validation)
    model = Translator(o, len(source.tokens), len(target.tokens))
    parameters = sum(p.numel() for p in model.parameters())
    print(
        json.dumps({"version": torch.__version__, "parameters": parameters, **vars(o)}), flush=True
    )
    train(o, model, pairs[:trained], pairs[trained:])

    model.eval()
    written = [""] * len(tests)
    with torch.no_grad():
        for batch in batches(tested, o.batch):
            for i, ids in zip(batch, model.translate([tested[i] for i in batch])):
                written[i] = target.decode(ids)
    exact = sum(text in line[1:] for text, line in zip(written, tests)) / len(tests)
    print(json.dumps({"exact": exact, "bleu": bleu(written, [line[1:] for line in tests])}))


if __name__ == "__main__":
    main()
