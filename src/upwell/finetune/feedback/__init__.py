"""Feedback: corrected predictions, and the rounds of retraining on them."""
