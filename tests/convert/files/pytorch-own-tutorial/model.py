
class RNN(nn.Module):
    def __init__(self):
        self.tanh = nn.Tanh()
    def forward(self, input, hidden):
        hidden = self.tanh(self.i2h(torch.cat((input, hidden), 1)))
        return self.h2o(hidden), hidden
