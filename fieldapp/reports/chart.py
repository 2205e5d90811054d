"""A small chart of a table, as SVG served on its own and shown as an image."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from xml.etree.ElementTree import Element

import pygal
from pygal.style import Style

from fieldapp.reports.numbers import show
from fieldapp.reports.table import Row, Table

COLOURS = ("#0b5394", "#c55a11", "#7f1d1d", "#9aa5b1", "#2e7d32")
MOST_BARS = 40
"""More bars than this cannot be read; the subtotals are drawn then, else the longest ones."""
LETTERS = 14
"""How high letters are; a row of the legend takes half as much again."""


def stacked(table: Table, keys: Sequence[str], *, narrow: bool = False, most: int = MOST_BARS) -> bytes:
    """Horizontal bars, one a place (or a group, when places are many), stacked by the columns named in ``keys``.

    :param narrow: drawn for the width of a telephone.
    :param most: no more bars than this: the longest ones, the longest first.
    """
    order = {column.key: place for place, column in enumerate(table.columns)}
    lines = _bars(table, [order[key] for key in keys], most)
    chart = pygal.HorizontalStackedBar(_config(len(lines), len(keys), narrow), style=_style())
    chart.x_labels = [row.name for row in lines]
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


def _bars(table: Table, columns: Sequence[int], most: int) -> list[Row]:
    items = [row for row in table.rows if row.level == "item"]
    groups = [row for row in table.rows if row.level == "group"]
    lines = groups if groups and len(items) > len(groups) else items
    if len(lines) > most:
        lines = sorted(lines, key=lambda row: -sum(Fraction(row.values[at] or 0) for at in columns))[:most]
    return list(reversed(lines))  # pygal draws from the bottom upwards; people read from the top


def _config(bars: int, legends: int, narrow: bool) -> pygal.Config:
    columns = 1 if narrow else 2
    unseen = -(-legends // columns) - legends // columns  # pygal keeps no room for a row that is not full
    return pygal.Config(
        js=[],
        max_scale=6,
        width=420 if narrow else 960,
        height=(170 if narrow else 130) + 34 * max(bars, 2),
        spacing=8,
        margin=8,
        margin_bottom=8 + unseen * LETTERS * 3 // 2,
        legend_at_bottom=True,
        legend_at_bottom_columns=columns,
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
        label_font_size=LETTERS,
        legend_font_size=LETTERS,
        colors=COLOURS,
        guide_stroke_color="transparent",
        major_guide_stroke_color="transparent",
        major_label_font_size=LETTERS,
        opacity="1",
        transition="0",
    )
