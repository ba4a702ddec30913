"""Speed, as ratios to a floor that is measured in the same run. Nothing here fails a build."""
