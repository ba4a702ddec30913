"""One module for each library that speaks to readers. Imported in the reader thread."""
