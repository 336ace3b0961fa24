"""A plot of curves as an SVG file, both axes logarithmic: linear growth is a straight line of slope one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from benchmarks.maintenance.growth import Curves, exponent

_WIDTH, _HEIGHT, _MARGIN, _LEGEND = 480, 360, 50, 190
_COLOURS = ("#1b6ca8", "#c0392b", "#27824a", "#8e44ad", "#b9770e")


def svg(curves: Curves) -> str:
    """Draw curves with a legend that tells their exponents."""
    sizes = sorted({size for curve in curves.values() for size in curve})
    seconds = [value for curve in curves.values() for value in curve.values()]
    x_axis = _Axis(sizes[0], sizes[-1], _MARGIN, _WIDTH - 10)
    decades = range(math.floor(math.log10(min(seconds))), math.ceil(math.log10(max(seconds))) + 1)
    y_axis = _Axis(10.0 ** decades[0], 10.0 ** decades[-1], _HEIGHT - _MARGIN, 10)
    size = f'width="{_WIDTH + _LEGEND}" height="{_HEIGHT}"'
    style = 'font-family="sans-serif" font-size="12"'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>']
    lines += ['<rect width="100%" height="100%" fill="white"/>']
    lines += _grid(x_axis, y_axis, sizes, [10.0**decade for decade in decades])
    for number, name in enumerate(curves):
        lines += _curve(curves, name, x_axis, y_axis, number)
    return "\n".join([*lines, "</svg>", ""])


class _Axis:
    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._scale = math.log(low), (end - start) / (math.log(high) - math.log(low))
        self.start, self.end = start, end

    def at(self, value: float) -> float:
        return self.start + (math.log(value) - self._low) * self._scale


def _grid(x_axis: _Axis, y_axis: _Axis, sizes: Sequence[int], ticks: Sequence[float]) -> Iterator[str]:
    for size in sizes:
        x = x_axis.at(size)
        yield _line(x, y_axis.start, x, y_axis.end)
        yield _text(x, y_axis.start + 18, f"{size:,}", "middle")
    for tick in ticks:
        y = y_axis.at(tick)
        yield _line(x_axis.start, y, x_axis.end, y)
        yield _text(x_axis.start - 6, y + 4, f"{tick:g} s", "end")
    yield _text((x_axis.start + x_axis.end) / 2, y_axis.start + 38, "repositories (20 blobs each)", "middle")


def _curve(curves: Curves, name: str, x_axis: _Axis, y_axis: _Axis, number: int) -> Iterator[str]:
    colour, curve = _COLOURS[number % len(_COLOURS)], curves[name]
    points = [(x_axis.at(size), y_axis.at(seconds)) for size, seconds in sorted(curve.items())]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for x, y in points:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
    y = 30 + 22 * number
    yield f'<circle cx="{_WIDTH + 12}" cy="{y - 4}" r="4" fill="{colour}"/>'
    yield _text(_WIDTH + 22, y, f"{name}: size^{exponent(curve):.2f}", "start")


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ddd"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
