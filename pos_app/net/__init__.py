"""The bounded, address-checked HTTP fetch for hosts that we do not trust: card services, pay services, webhooks.

Url         one checked http(s) URL that keeps path and query byte for byte
AllowList   the hosts of this house, which may have private addresses
Fetcher     one request: resolved once, every address checked, bounded in time and size
errors      `NotSent` (no byte of the request left us) or `AnswerLost` (it did)
"""
