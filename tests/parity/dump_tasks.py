"""Dumps what PyTorch computes for a small network of each task but the generator, for
tests/c/test_tasks_parity.c.

    python3 tests/parity/dump_tasks.py        (Debian: python3-torch)

tests/parity/{classifier,classifier-bag,translator,captioner}.safetensors are models, of two layers
each, with under "training.*" (which a model reader passes over) what they read and predict:

    training.ids      tokens that the session reads
    training.source   of the translator, tokens; of the captioner, the picture's bytes
    [height][width][3] training.logits   [classes] of the classifier, else [tokens][V] after each of
    the tokens training.attention [tokens][positions]
"""

import os

import torch

from dump import write_safetensors

VOCABULARY, SOURCE, CLASSES, EMBED, HIDDEN, SIDE = 11, 9, 4, 6, 13, 16
CHANNELS = (8, 12)


def stack(recurrent, vocabulary):
    """An embedding and two layers, each a module of its own, so that a layer can read backwards."""
    return torch.nn.ModuleDict(
        {
            "embedding": torch.nn.Embedding(vocabulary, EMBED),
            "l0": recurrent(EMBED, HIDDEN),
            "l1": recurrent(HIDDEN, HIDDEN),
        }
    )


def named(modules, prefix):
    """The stack's tensors under PyTorch's names for one recurrent module of two layers."""
    tensors = {prefix + "embedding.weight": modules["embedding"].weight}
    for layer in ("l0", "l1"):
        for name, value in modules[layer].named_parameters():
            tensors[f"{prefix}rnn.{name[:-1]}{layer[1]}"] = value
    return tensors


def run(modules, ids, states=(None, None), alternates=False):
    """Outputs of the last layer in the order of time, and every layer's last state."""
    x = modules["embedding"](ids)
    x, first = modules["l0"](x, states[0])
    if alternates:
        x, second = modules["l1"](x.flip(0))
        x = x.flip(0)
    else:
        x, second = modules["l1"](x, states[1])
    return x, (first, second)


class Decoder(torch.nn.Module):
    def __init__(self, recurrent, width):
        super().__init__()
        self.stack = stack(recurrent, VOCABULARY)
        self.key = torch.nn.Linear(width, HIDDEN, bias=False)
        self.output = torch.nn.Linear(width + HIDDEN, HIDDEN)
        self.fc = torch.nn.Linear(HIDDEN, VOCABULARY)

    def forward(self, ids, states, memory):
        h, _ = run(self.stack, ids, states)
        weights = torch.softmax(h @ self.key(memory).T / HIDDEN**0.5, 1)
        return self.fc(torch.tanh(self.output(torch.cat((weights @ memory, h), 1)))), weights

    def named(self):
        return {
            **named(self.stack, ""),
            "attention.key.weight": self.key.weight,
            "attention.output.weight": self.output.weight,
            "attention.output.bias": self.output.bias,
            "fc.weight": self.fc.weight,
            "fc.bias": self.fc.bias,
        }


def tokens(count, first):
    return torch.tensor(
        list(b"".join(b"%c\0" % (first + i) for i in range(count))), dtype=torch.uint8
    )


def dump(task, tensors, name=None, **metadata):
    here = os.path.dirname(os.path.abspath(__file__))
    tensors["vocab"] = tokens(SOURCE if task == "classifier" else VOCABULARY, 97)
    write_safetensors(
        os.path.join(here, f"{name or task}.safetensors"), tensors, {"task": task, **metadata}
    )
    print(task, " ".join(f"{x:.6f}" for x in tensors["training.logits"].flatten()[:4].tolist()))


def dump_classifier():
    torch.manual_seed(21)
    encoder, fc = stack(torch.nn.GRU, SOURCE), torch.nn.Linear(3 * HIDDEN, CLASSES)
    ids = torch.randint(0, SOURCE, (10,))
    h, _ = run(encoder, ids)
    logits = fc(torch.cat((h[-1], h.mean(0), h.max(0).values)))
    dump(
        "classifier",
        {
            **named(encoder, "encoder."),
            "fc.weight": fc.weight,
            "fc.bias": fc.bias,
            "labels": tokens(CLASSES, 65),
            "training.ids": ids.float(),
            "training.logits": logits,
        },
    )

    # A bag of single tokens, beside the network: the mean of two classifiers' logits.
    bag, scale = torch.nn.Linear(SOURCE, CLASSES), torch.rand(1)
    counts = torch.bincount(ids, minlength=SOURCE).float()
    said = bag.bias + scale * (bag.weight @ counts)
    dump(
        "classifier",
        {
            **named(encoder, "encoder."),
            "fc.weight": fc.weight,
            "fc.bias": fc.bias,
            "bag.weight": bag.weight,
            "bag.bias": bag.bias,
            "bag.scale": scale,
            "labels": tokens(CLASSES, 65),
            "training.ids": ids.float(),
            "training.logits": (logits + said) / 2,
        },
        name="classifier-bag",
    )


def dump_translator():
    torch.manual_seed(22)
    encoder, decoder = stack(torch.nn.LSTM, SOURCE), Decoder(torch.nn.LSTM, HIDDEN)
    source, ids = torch.randint(0, SOURCE, (7,)), torch.randint(0, VOCABULARY, (6,))
    memory, states = run(encoder, source, alternates=True)
    logits, weights = decoder(ids, states, memory)
    dump(
        "translator",
        {
            **named(encoder, "encoder."),
            **decoder.named(),
            "encoder.vocab": tokens(SOURCE, 65),
            "training.ids": ids.float(),
            "training.source": source.float(),
            "training.logits": logits,
            "training.attention": weights,
        },
    )


def dump_captioner():
    torch.manual_seed(23)
    decoder, bridge = Decoder(torch.nn.GRU, CHANNELS[-1]), torch.nn.Linear(CHANNELS[-1], 2 * HIDDEN)
    picture = torch.randint(0, 256, (SIDE, SIDE, 3), dtype=torch.uint8)
    ids = torch.randint(0, VOCABULARY, (6,))
    x = (picture.float() * 2 / 255 - 1).permute(2, 0, 1)[None]
    tensors, channels = {}, 3
    for i, out in enumerate(CHANNELS):
        groups = max(g for g in range(1, 9) if out % g == 0)
        convolution, norm = torch.nn.Conv2d(channels, out, 3, padding=1), torch.nn.GroupNorm(
            groups, out
        )
        with torch.no_grad():  # else all ones and zeros
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.uniform_(-0.5, 0.5)
        x = torch.relu(norm(convolution(x)))
        if i + 1 < len(CHANNELS):
            x = torch.nn.functional.max_pool2d(x, 2)
        for kind, module in (("conv", convolution), ("norm", norm)):
            for name, value in module.named_parameters():
                tensors[f"encoder.{kind}{i}.{name}"] = value
        channels = out
    memory = x[0].flatten(1).T
    states = torch.tanh(bridge(memory.mean(0))).split(HIDDEN)
    logits, weights = decoder(ids, [state[None] for state in states], memory)
    dump(
        "captioner",
        {
            **tensors,
            "encoder.fc.weight": bridge.weight,
            "encoder.fc.bias": bridge.bias,
            **decoder.named(),
            "training.ids": ids.float(),
            "training.source": picture,
            "training.logits": logits,
            "training.attention": weights,
        },
        picture=str(SIDE),
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    dump_classifier()
    dump_translator()
    dump_captioner()
