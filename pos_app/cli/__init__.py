"""`pos-app` and its commands, one file a family."""
