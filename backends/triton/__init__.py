"""Programs over Torch tensors, as Triton kernels."""
