"""Programs over Torch tensors, operation by operation."""
