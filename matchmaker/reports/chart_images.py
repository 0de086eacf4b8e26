"""Charts without a browser: an ECharts option becomes an SVG, and the SVG a PNG for Word.

The very script the pages load draws them, in a JavaScript isolate of this process; nothing is fetched.
"""

import html
import json
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from matchmaker.errors import ToolNotInstalled
from matchmaker.reports.fonts import chinese_font

if TYPE_CHECKING:
    from py_mini_racer import MiniRacer

REPAIR = "请安装可选组件后重启服务：pip install 'matchmaker[report]'"
_SCRIPT = files("matchmaker").joinpath("web", "static", "vendor", "echarts", "echarts.min.js")
_DRAW = """(function (option, width, height) {
  var chart = echarts.init(null, null, {renderer: "svg", ssr: true, width: width, height: height});
  try { chart.setOption(JSON.parse(option)); return chart.renderToSVGString(); } finally { chart.dispose(); }
})(%s, %d, %d)"""
# A chart takes some 20 ms; one that takes this long never ends.
_SECONDS = 20.0
# Twice the size on paper: sharp in print, and a page of charts stays below a megabyte.
_ZOOM = 2.0

# A thread of its own: the isolate serves one at a time, and refuses where an event loop runs in the calling thread.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="charts")


def svg(option: dict[str, Any], width: int, height: int) -> str:
    """The chart as SVG markup of that size in pixels, fit to stand in a page under a strict content policy.

    Raises ToolNotInstalled without the extra `report` or the assets, ValueError for an option that is none.
    """
    still = {**option, "animation": False, "textStyle": _quoted(option.get("textStyle", {}))}
    code = _DRAW % (json.dumps(json.dumps(still)), width, height)
    return _plain(_thread.submit(_drawn, code).result())


def _drawn(code: str) -> str:
    # One isolate per process (80 MB): a V8 of one's own for each chart would take longer than drawing it.
    isolate = _isolate()
    from py_mini_racer import JSEvalException

    try:
        return str(isolate.eval(code, timeout_sec=_SECONDS))
    except JSEvalException as error:
        raise ValueError(f"chart cannot be drawn: {str(error).splitlines()[0]}") from error


def png(option: dict[str, Any], width: int, height: int) -> bytes:
    """The chart as PNG, twice as many pixels as asked for. Raises ToolNotInstalled, ValueError."""
    family = chinese_font()
    markup = svg(option, width, height)
    try:
        from resvg_py import svg_to_bytes
    except ImportError as error:
        raise ToolNotInstalled("没有安装绘制图表图片的组件", REPAIR) from error
    drawn = svg_to_bytes(
        svg_string=markup, background="#ffffff", zoom=_ZOOM, font_family=family, sans_serif_family=family
    )
    return bytes(drawn)


def check_drawing() -> None:
    """Draw a small chart with Chinese words. Raises ToolNotInstalled with the repair where something is missing."""
    png({"title": {"text": "成交额"}, "series": []}, 100, 60)


@cache
def _isolate() -> "MiniRacer":
    try:
        from py_mini_racer import MiniRacer
    except ImportError as error:
        raise ToolNotInstalled("没有安装绘制图表的组件", REPAIR) from error
    if not _SCRIPT.is_file():
        raise ToolNotInstalled("缺少图表脚本 echarts.min.js", "请重新安装本软件，安装时会取得网页资源")
    isolate = MiniRacer()
    isolate.eval(_SCRIPT.read_text("utf-8"))
    return isolate


def _quoted(style: dict[str, Any]) -> dict[str, Any]:
    """The script writes the font list into an attribute as it is: double quotes would end it."""
    return {name: value.replace('"', "'") if isinstance(value, str) else value for name, value in style.items()}


def _plain(markup: str) -> str:
    """Without what only a browser that moves and hovers needs.

    Pages allow no style attribute and no style element: fonts become attributes of their own.
    """
    markup = re.sub(r"<style\b.*?</style>\n?", "", markup, flags=re.DOTALL)
    markup = re.sub(r' (?:class|ecmeta_\w+|pointer-events)="[^"]*"', "", markup)
    return re.sub(r' style="([^"]*)"', _attributes, markup)


def _attributes(found: re.Match[str]) -> str:
    pairs = (one.split(":", 1) for one in html.unescape(found[1]).split(";") if ":" in one)
    return "".join(f' {name.strip()}="{html.escape(value.strip())}"' for name, value in pairs)
