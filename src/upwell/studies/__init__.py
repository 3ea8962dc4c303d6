"""Built-in studies, one file each. Nothing imports them; `study_loader` finds them by name."""
