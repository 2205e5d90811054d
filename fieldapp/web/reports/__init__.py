"""The official tables on pages and as files, what stands behind their numbers, and periods that were closed."""

from flask import Blueprint

bp = Blueprint("reports", __name__, url_prefix="/reports")
