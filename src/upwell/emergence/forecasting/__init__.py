"""What a larger model will score, with intervals, and how good such forecasts were."""
