"""The parts of the day page."""
