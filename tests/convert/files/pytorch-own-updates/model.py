
class Model(nn.Module):
    def forward(self, x, h):
        r = torch.sigmoid(self.x2r(x) + self.h2r(h))
        u = torch.sigmoid(self.x2u(x) + self.h2u(h))
        n = torch.tanh(self.x2n(x) + r * self.h2n(h))
        return (1 - u) * h + u * n
