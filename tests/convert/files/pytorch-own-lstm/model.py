
class Model(nn.Module):
    def forward(self, x_t, state):
        h_prev, c_prev = state
        combined = torch.cat((h_prev, x_t), dim=1)  # not (x, h)
