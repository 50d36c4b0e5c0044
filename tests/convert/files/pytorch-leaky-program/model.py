
class Dense(nn.Module):
    def __init__(self):
        self.act = nn.LeakyReLU(negative_slope=0.2)
    def forward(self, x):
        return self.fc2(self.act(self.fc1(self.lstm(x)[0])))
