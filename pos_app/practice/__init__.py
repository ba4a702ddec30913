"""Practice plays the outside world: a Lightning network, its customers and their cards."""
