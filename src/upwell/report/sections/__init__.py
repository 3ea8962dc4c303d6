"""The sections of the study and overview pages."""
