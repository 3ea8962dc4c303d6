"""Batches from sources: loader, mixture, streams, masking, augmentation."""
