"""LNURL: what a card says → one checked URL, and the steps of withdraw and of pay.

card       texts of a card → `CardLink`
withdraw   LUD-03: look up the link, then submit an invoice, as separate steps
pay        LUD-06: ask a pay service for an invoice
lud01      the bech32 form `LNURL1…`
"""
