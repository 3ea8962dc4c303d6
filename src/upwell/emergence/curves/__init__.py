"""Parametric curves and their least-squares fits."""

from .curve import CURVES, BNSLCurve, Curve, LogisticCurve

__all__ = ["CURVES", "BNSLCurve", "Curve", "LogisticCurve"]
