"""How a batch of prompts is read: one by one, or shared prefixes once."""
