"""A small chart of a table, as SVG served on its own and shown as an image."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

import pygal
from pygal.style import Style

from fieldapp.reports.numbers import show
from fieldapp.reports.table import Row, Table

COLOURS = ("#0b5394", "#c55a11", "#7f1d1d", "#9aa5b1", "#2e7d32")
MOST_BARS = 40
"""More bars than this cannot be read; the subtotals are drawn then."""


def stacked(table: Table, keys: Sequence[str]) -> bytes:
    """Horizontal bars, one a place (or a group, when places are many), stacked by the columns named in ``keys``."""
    lines = _bars(table)
    chart = pygal.HorizontalStackedBar(_config(table, len(lines)), style=_style())
    chart.x_labels = [row.name for row in lines]
    order = {column.key: place for place, column in enumerate(table.columns)}
    for key in keys:
        chart.add(table.columns[order[key]].heading[-1], [row.values[order[key]] for row in lines])
    chart.add_xml_filter(_without_scripts)
    svg: bytes = chart.render()
    return svg


def _without_scripts(root: Element) -> Element:
    """pygal writes its settings into a script; a picture has no use for one."""
    for parent in list(root.iter()):
        for child in [each for each in parent if str(each.tag).endswith("script")]:
            parent.remove(child)
    return root


def _bars(table: Table) -> list[Row]:
    items = [row for row in table.rows if row.level == "item"]
    groups = [row for row in table.rows if row.level == "group"]
    lines = groups if groups and len(items) > len(groups) else items
    # pygal draws from the bottom upwards; people read from the top.
    return list(reversed(lines[:MOST_BARS]))


def _config(table: Table, bars: int) -> pygal.Config:
    return pygal.Config(
        js=[],
        width=960,
        height=110 + 34 * max(bars, 2),
        spacing=8,
        margin=8,
        legend_at_bottom=True,
        legend_at_bottom_columns=2,
        truncate_legend=-1,
        truncate_label=-1,
        value_formatter=lambda value: show(int(value)),
        pretty_print=False,
        disable_xml_declaration=False,
    )


def _style() -> Style:
    return Style(
        background="#ffffff",
        plot_background="#ffffff",
        font_family="system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
        label_font_size=14,
        legend_font_size=14,
        colors=COLOURS,
        transition="0",
    )
