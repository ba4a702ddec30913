"""The window: Qt Widgets that mirror the till's frozen views and hold no rules of money."""
