"""Mean losses of GloVe's update, epoch by epoch, for tests/it/glove.rs. Written for NumPy 2."""

import numpy as np

WORDS, DIMENSIONS, EPOCHS, RATE, MOST, POWER = 6, 4, 8, 0.05, 10.0, 0.75
PAIRS = [(i, j, 0.25 + ((i * 5 + j * 3) % 13) * 1.5) for i in range(WORDS) for j in range(WORDS) if i != j]

start = np.array(
    [[((r * 7 + c * 3) % 11 - 5) / 20 for c in range(DIMENSIONS + 1)] for r in range(2 * WORDS)]
)
vectors, biases = start[:, :DIMENSIONS].copy(), start[:, DIMENSIONS].copy()
vector_squares, bias_squares = np.ones_like(vectors), np.ones_like(biases)
for _ in range(EPOCHS):
    loss = 0.0
    for word, near, x in PAIRS:
        i, j = word, WORDS + near
        difference = vectors[i] @ vectors[j] + biases[i] + biases[j] - np.log(x)
        weight = min(1.0, (x / MOST) ** POWER)
        loss += 0.5 * weight * difference**2
        error = weight * difference
        gradients = [(i, error * vectors[j]), (j, error * vectors[i])]
        for row, gradient in gradients:
            vectors[row] -= RATE * gradient / np.sqrt(vector_squares[row])
            vector_squares[row] += gradient**2
            biases[row] -= RATE * error / np.sqrt(bias_squares[row])
            bias_squares[row] += error**2
    print(f"{loss / len(PAIRS):.9f},")
