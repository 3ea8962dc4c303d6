"""The abilities that come with Upwell: each module has a dict `ABILITIES` by name."""
