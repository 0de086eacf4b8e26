"""The Chinese font of pictures and PDF. Fonts are the system's: Word has its own, these two are drawn here."""

from functools import cache

from matchmaker.errors import ToolNotInstalled

# Simplified forms first, of the systems offices and servers run.
_FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "SimHei",
    "SimSun",
    "PingFang SC",
    "Heiti SC",
    "Droid Sans Fallback",
)
REPAIR = "请安装一种中文字体后重启服务，Debian/Ubuntu：apt-get install fonts-wqy-microhei"


@cache
def chinese_font() -> str:
    """The family name of an installed Chinese font. Raises ToolNotInstalled, which names the package to install."""
    import typst

    found = set(typst.Fonts(include_system_fonts=True, include_embedded_fonts=False).families())
    family = next((one for one in _FAMILIES if one in found), None)
    if family is None:
        raise ToolNotInstalled("本机没有中文字体，不能生成图表图片和 PDF", REPAIR)
    return family
