"""The payments API as a client sees it: models, one client for both transports, errors, pushes."""
