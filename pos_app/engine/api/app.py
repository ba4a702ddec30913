"""The payments API as an ASGI application: FastAPI describes it (`/openapi.json`), the ledger decides.

There are no pages that explain it interactively: they would load scripts from elsewhere. Web pages of other origins
are told nothing (no CORS headers): a till is no web page, and no web page has business with a shop's engine.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

import pos_app
from pos_app.engine.api import cards, decode, neighbours, payments, pushes, statistics
from pos_app.engine.api.answers import add_handlers
from pos_app.engine.engine import Engine
from pos_app.engine.outside import Outside
from pos_app.engine.taps import TapRefused

COMPRESS_FROM_BYTES = 1000


def make_app(engine: Engine) -> FastAPI:
    """The API over this engine, which from now on also starts and ends what the API needs."""
    outside = Outside(engine.ledger, engine.clock, engine.lnurl_allow)
    engine.add_service(outside)
    engine.ledger.listen(lambda settled: pushes.publish(engine.feed, settled))
    app = FastAPI(
        title="Lightning payments",
        version=pos_app.__version__,
        docs_url=None,
        redoc_url=None,
        strict_content_type=False,  # bodies are JSON, also from callers that do not say so
    )
    app.state.engine = engine
    app.state.outside = outside
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESS_FROM_BYTES, compresslevel=1)
    add_handlers(app)
    app.add_exception_handler(TapRefused, cards.on_tap_refused)
    # Names first, then `/payments/{payment_hash}`.
    for router in (statistics.router, decode.router, cards.router, payments.router, neighbours.router, pushes.router):
        app.include_router(router, prefix="/api/v1")
    return app
