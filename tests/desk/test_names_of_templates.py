"""The names that all templates may use lie in one dictionary: what lays others over it is walked through by Python."""

from __future__ import annotations

from flask import Flask


def test_all_templates_look_names_up_in_one_dictionary(app: Flask) -> None:
    for name in app.jinja_env.list_templates(extensions=["html"]):
        assert app.jinja_env.get_template(name).globals is app.jinja_env.globals, name


def test_a_template_with_names_of_its_own_keeps_them_to_itself(app: Flask) -> None:
    told = app.jinja_env.from_string("{{ word }}, {{ language() }}", globals={"word": "riêng"})
    assert told.render() == "riêng, vi"
    assert "word" not in app.jinja_env.globals
