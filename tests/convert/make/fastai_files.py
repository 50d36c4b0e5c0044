"""fastai's files: a Learner as export() pickles it, and a text classifier as save() does. Its
classes are made here by their names alone."""
import os
import sys
import types

import torch
from torch import nn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import CHARS, IDS, expected, folder

V = len(CHARS)


def of(module, name, base=object):
    """A class that a pickle names."""
    made = type(name, (base,), {"__module__": module})
    for end in range(module.count("."), -1, -1):
        sys.modules.setdefault(module.rsplit(".", end)[0], types.ModuleType(module))
    setattr(sys.modules[module], name, made)
    return made


Awd = of("fastai.text.models.awdlstm", "AWD_LSTM", nn.Module)
Dropped = of("fastai.text.models.awdlstm", "WeightDropout", nn.Module)
Embedded = of("fastai.text.models.awdlstm", "EmbeddingDropout", nn.Module)
Sequence = of("fastai.text.learner", "SequentialRNN", nn.Sequential)
Sentence = of("fastai.text.models.core", "SentenceEncoder", nn.Module)
Decoder = of("fastai.text.models.core", "LinearDecoder", nn.Module)
Pooling = of("fastai.text.models.core", "PoolingLinearClassifier", nn.Module)
Learner = of("fastai.text.learner", "LMLearner")
Numericalize = of("fastai.text.data", "Numericalize")


def encoder(sizes):
    awd = Awd()
    awd.encoder = nn.Embedding(V, sizes[0])
    awd.encoder_dp = Embedded()
    awd.encoder_dp.emb = awd.encoder
    awd.rnns = nn.ModuleList(Dropped() for _ in sizes[1:])
    for dropped, i, h in zip(awd.rnns, sizes, sizes[1:]):
        dropped.module = nn.LSTM(i, h, batch_first=True)
        dropped.weight_hh_l0_raw = nn.Parameter(dropped.module.weight_hh_l0.detach().clone())
    return awd


def run(awd, ids):
    x = awd.encoder(torch.tensor([ids]))
    for dropped in awd.rnns:
        x = dropped.module(x)[0]
    return x


def wider(model):
    """Weights far from zero, the raw ones those that run, and statistics that are not nothing."""
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn_like(p) * 0.6)
        for m in model.modules():
            if isinstance(m, Dropped):
                m.weight_hh_l0_raw.copy_(m.module.weight_hh_l0)
            if isinstance(m, nn.BatchNorm1d):
                m.running_mean.uniform_(-0.3, 0.3)
                m.running_var.uniform_(0.5, 2)
    return model.eval()


torch.manual_seed(20)
path = folder("pytorch-fastai-export")
awd, decoder = encoder([4, 6, 4]), Decoder()
decoder.decoder = nn.Linear(4, V)
decoder.decoder.weight = awd.encoder.weight
learner, numbers = Learner(), Numericalize()
learner.model = wider(Sequence(awd, decoder))
numbers.vocab = ["xxunk", *CHARS[1:]]
learner.dls = [numbers]
learner.schedule = numbers.vocab.index  # a bound method, which pickle writes as getattr()
torch.save(learner, f"{path}/export.pkl")
logits = decoder.decoder(run(awd, IDS))[0, -1]
expected(path, ids=IDS, logits=logits, network="LSTM in fastai's Learner")

path = folder("pytorch-fastai-classifier")
sentence, pooling = Sentence(), Pooling()
sentence.module = encoder([4, 6, 5])
linear = [nn.Linear(15, 8, bias=False), nn.ReLU()], [nn.Linear(8, 3, bias=False)]
pooling.layers = nn.Sequential(
    *(nn.Sequential(nn.BatchNorm1d(n), nn.Dropout(0.1), *own) for n, own in zip((15, 8), linear))
)
model = wider(Sequence(sentence, pooling))
torch.save({"model": model.state_dict(), "opt": {}}, f"{path}/model.pth")
torch.save([CHARS, ["good", "bad", "neither"]], f"{path}/vocab.pkl")
out = run(sentence.module, IDS)
logits = pooling.layers(torch.cat([out[:, -1], out.max(1)[0], out.mean(1)], 1))[0]
kind = "LSTM in fastai's pooling classifier"
expected(path, ids=IDS, logits=logits, network=kind, window=True)
