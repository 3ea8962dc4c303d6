"""What transformers loads: folders, the hub, export."""
