"""Charts that this window paints itself: bars, a heat map and one stacked bar. Nothing here knows the till."""
