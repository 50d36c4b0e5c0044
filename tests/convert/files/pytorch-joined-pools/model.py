import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, vocab, size, hidden, classes):
        super().__init__()
        self.embedding = nn.Embedding(vocab, size)
        self.gru = nn.GRU(size, hidden, num_layers=2, batch_first=True)
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(3 * hidden, 6), nn.ReLU(),
                                  nn.Linear(6, classes))

    def forward(self, x):
        out, hidden = self.gru(self.embedding(x))
        largest, _ = torch.max(out, 1)
        pooled = torch.cat([hidden[-1], largest, out.mean(dim=1)], dim=-1)
        return self.head(pooled)
