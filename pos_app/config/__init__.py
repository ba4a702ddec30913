"""What the program keeps on this computer: folders, settings, keys, locks, logs, databases."""
