"""How far PyTorch gets with a text in some seconds: the held-out loss of two ways to train.

    /usr/bin/python3 bench/pytorch_learn.py TEXT char-rnn|same SECONDS...

char-rnn: the settings that char-rnn publishes: LSTM 2x128 on one-hot input, 50 streams, windows of
50, RMSprop 2e-3 with decay 0.95, gradients clipped to +-5 each, weights uniform in +-0.08, the rate
times 0.97 an epoch from the tenth on.
same: the network that the recipe chooses for Alice: GRU 1x224, embedding 64, 8 streams, windows of
64, dropout 0.3 on its output, AdamW 4e-3, norm clipped to 1; without what torch.nn has not: dropped
recurrent weights, variational dropout and averages.

The last tenth is held out and read as one stream. Seconds are those of training alone, on one
thread. It prints one line of JSON: {"version": ..., "losses": [...]}, in the order of SECONDS.
"""

import json
import sys
import time

import torch
from torch.nn.functional import cross_entropy, one_hot


class Network(torch.nn.Module):
    def __init__(self, cell, vocabulary, embed, hidden, layers, dropout):
        super().__init__()
        self.vocabulary = vocabulary
        self.embedding = torch.nn.Embedding(vocabulary, embed) if embed else None
        self.rnn = cell(embed or vocabulary, hidden, layers)
        self.dropout = torch.nn.Dropout(dropout)
        self.fc = torch.nn.Linear(hidden, vocabulary)

    def forward(self, ids, state):
        embedded = self.embedding is not None
        x = self.embedding(ids) if embedded else one_hot(ids, self.vocabulary).float()
        y, state = self.rnn(x, state)
        return self.fc(self.dropout(y)), state


def detached(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


@torch.no_grad()
def held_out_loss(network, ids):
    network.eval()
    state, total = None, 0.0
    for at in range(0, len(ids) - 1, 1000):
        end = min(at + 1000, len(ids) - 1)
        logits, state = network(ids[at:end, None], state)
        total += cross_entropy(logits[:, 0], ids[at + 1 : end + 1], reduction="sum").item()
    network.train()
    return total / (len(ids) - 1)


def main():
    path, settings, *seconds = sys.argv[1:]
    torch.manual_seed(0)
    torch.set_num_threads(1)
    text = open(path, encoding="utf-8", newline="").read()
    alphabet = sorted(set(text))
    index = {c: i for i, c in enumerate(alphabet)}
    ids = torch.tensor([index[c] for c in text])
    split = len(ids) - len(ids) // 10
    published = settings == "char-rnn"
    batch, window = (50, 50) if published else (8, 64)
    if published:
        network = Network(torch.nn.LSTM, len(alphabet), 0, 128, 2, 0.0)
        for parameter in network.parameters():
            torch.nn.init.uniform_(parameter, -0.08, 0.08)
        optimiser = torch.optim.RMSprop(network.parameters(), lr=2e-3, alpha=0.95)
    else:
        network = Network(torch.nn.GRU, len(alphabet), 64, 224, 1, 0.3)
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=4e-3, betas=(0.9, 0.99), weight_decay=0.01
        )
    length = (split - 1) // batch
    x = ids[: batch * length].view(batch, length).t().contiguous()
    y = ids[1 : batch * length + 1].view(batch, length).t().contiguous()
    spent, losses, epoch = 0.0, [], 0
    while len(losses) < len(seconds):
        epoch += 1
        if published and epoch > 10:
            for group in optimiser.param_groups:
                group["lr"] *= 0.97
        state = None
        for at in range(0, length - window + 1, window):
            began = time.monotonic()
            logits, state = network(x[at : at + window], state)
            loss = cross_entropy(
                logits.reshape(-1, len(alphabet)), y[at : at + window].reshape(-1)
            )
            optimiser.zero_grad()
            loss.backward()
            if published:
                torch.nn.utils.clip_grad_value_(network.parameters(), 5.0)
            else:
                torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            state = detached(state)
            spent += time.monotonic() - began
            if spent >= float(seconds[len(losses)]):
                losses.append(held_out_loss(network, ids[split:]))
                if len(losses) == len(seconds):
                    break
    print(json.dumps({"version": torch.__version__, "losses": losses}))


if __name__ == "__main__":
    main()
