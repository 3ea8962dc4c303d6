"""Figures as SVG: axes, lines, markers, files."""
