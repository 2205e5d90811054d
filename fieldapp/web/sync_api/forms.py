"""The questionnaires and the rules, for whoever builds a client."""

from __future__ import annotations

import hashlib
import json

from flask import Response, request

from fieldapp import i18n
from fieldapp.db import db
from fieldapp.facts.told import forms as told
from fieldapp.reference.current import told as rules_told
from fieldapp.web.sync_api.base import answer, bp


@bp.get("/forms")
def forms() -> Response:
    """The surveys as a client needs them, in the language asked for, and the rules. Public: neither is a secret."""
    described = {**told(i18n.language()), "rules": rules_told(db.session())}
    tag = hashlib.sha256(json.dumps(described, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]
    response = answer(described)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response
