"""Networks as descriptions: noisy weights, weights as files, relative entropy and subspace codes."""
