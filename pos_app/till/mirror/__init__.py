"""The copy of the wallet's payments, joined with the sales of this till: a cache, made anew when it is damaged."""
