"""Card readers: the customer's card → the texts written on it.

    reader      the reader thread: hot-plug, one event for each touch
    events      what it tells, frozen
    ndef        NDEF bytes → records, bounded
    backends    nfcpy (USB and serial) and PC/SC
    readers     which backend speaks to what is plugged in
    diagnose    readers seen, their state, and what to do about it

Importing nfcpy takes long: `backends`, `readers` and `diagnose` are imported in the reader thread or by commands only.
"""
