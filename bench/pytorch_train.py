"""How fast PyTorch trains the networks of the bench: forward, backward, clipping, AdamW.

    /usr/bin/python3 bench/pytorch_train.py        (Debian: python3-torch and libopenblas0, without
    which
                                                    its products are several times as slow)

It answers one line with one line of JSON, so that it can take turns with another program:

    {"cell": "lstm", "layers": 1, "hidden": 128, "vocabulary": 84, "batch": 32, "nchars": 100,
     "threads": 1, "seconds": 0.6}
    {"charactersPerSecond": 69800.0}

Its first line says {"version": ...}. The input is one-hot and the state is carried from window to
window, as in what it is compared with. A network is kept between two lines that name it.
"""

import json
import sys
import time

import torch
from torch.nn.functional import cross_entropy, one_hot


class Training:
    def __init__(self, cell, layers, hidden, vocabulary, batch, nchars):
        torch.manual_seed(0)
        recurrent = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
        self.vocabulary = vocabulary
        self.rnn = recurrent(vocabulary, hidden, layers)
        self.fc = torch.nn.Linear(hidden, vocabulary)
        self.parameters = [*self.rnn.parameters(), *self.fc.parameters()]
        self.optimiser = torch.optim.AdamW(
            self.parameters, lr=0.002, betas=(0.9, 0.99), weight_decay=0.01
        )
        self.ids = torch.randint(0, vocabulary, (nchars + 1, batch))
        self.state = None

    def step(self):
        x = one_hot(self.ids[:-1], self.vocabulary).float()
        y, state = self.rnn(x, self.state)
        logits = self.fc(y).reshape(-1, self.vocabulary)
        loss = cross_entropy(logits, self.ids[1:].reshape(-1))
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        self.state = (
            tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        )


def main():
    print(json.dumps({"version": torch.__version__}), flush=True)
    trainings = {}
    for line in sys.stdin:
        asked = json.loads(line)
        torch.set_num_threads(asked.pop("threads"))
        seconds = asked.pop("seconds")
        key = tuple(asked.values())
        if key not in trainings:
            trainings = {key: Training(**asked)}
        training = trainings[key]
        training.step()  # warm-up
        began, steps = time.monotonic(), 0
        while time.monotonic() - began < seconds:
            training.step()
            steps += 1
        rate = steps * asked["batch"] * asked["nchars"] / (time.monotonic() - began)
        print(json.dumps({"charactersPerSecond": rate}), flush=True)


if __name__ == "__main__":
    main()
