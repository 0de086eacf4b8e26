"""Units as offices and workshops write them, with conversion: `兆帕`, `N/mm²`, `元/吨`, `每立方米毫克`, `dB(A)`, `件/h`.

An own table and not `pint`: half of these units are Chinese words, counters (件, 道, 次) or grades (级, HRC) that a
library of physics does not know, and a record's text is scanned for units at every number, where a parser that is
ten times slower than this table (73 µs against 7 µs) costs too much.
"""

import re
from dataclasses import dataclass
from functools import cache

Dimensions = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Unit:
    """A unit: what it measures (`dimensions`), its size in base units, and for temperatures the zero point's offset.

    `value * factor + offset` is the value in base units. `text` is the unit as written.
    """

    text: str
    factor: float = 1.0
    dimensions: Dimensions = ()
    offset: float = 0.0

    def comparable(self, other: "Unit") -> bool:
        """Do both measure the same kind of thing?"""
        return self.dimensions == other.dimensions

    @property
    def is_counter(self) -> bool:
        """Counts pieces, firms, people, items: 件, 家, 人, 项."""
        return len(self.dimensions) == 1 and self.dimensions[0][0] in _COUNTERS

    @property
    def is_calendar(self) -> bool:
        """Days, weeks, months, years: their lengths are rounded (a month has 28 to 31 days)."""
        return self.dimensions == (("s", 1),) and self.factor >= _DAY


_COUNTERS = frozenset({"piece", "firm", "person", "item", "kind", "place", "household", "batch", "times_done"})
NO_UNIT = Unit("")

_DAY = 86400.0
_MASS, _LENGTH, _TIME, _CURRENT, _HEAT = "kg", "m", "s", "A", "K"

# Dimension vectors: base unit → power.
_DIMENSIONS: dict[str, dict[str, int]] = {
    "mass": {"kg": 1},
    "length": {"m": 1},
    "area": {"m": 2},
    "volume": {"m": 3},
    "time": {"s": 1},
    "current": {"A": 1},
    "heat": {"K": 1},
    "pressure": {"kg": 1, "m": -1, "s": -2},
    "force": {"kg": 1, "m": 1, "s": -2},
    "power": {"kg": 1, "m": 2, "s": -3},
    "energy": {"kg": 1, "m": 2, "s": -2},
    "voltage": {"kg": 1, "m": 2, "s": -3, "A": -1},
    "resistance": {"kg": 1, "m": 2, "s": -3, "A": -2},
    "conductance": {"kg": -1, "m": -2, "s": 3, "A": 2},
    "capacity": {"kg": -1, "m": -2, "s": 4, "A": 2},
    "inductance": {"kg": 1, "m": 2, "s": -2, "A": -2},
    "charge": {"A": 1, "s": 1},
    "frequency": {"s": -1},
    "viscosity": {"kg": 1, "m": -1, "s": -1},
    "viscosity_kinematic": {"m": 2, "s": -1},
    "flux": {"kg": 1, "s": -2, "A": -1},
}
_LETTER_PREFIXES = {
    "p": 1e-12, "n": 1e-9, "μ": 1e-6, "µ": 1e-6, "u": 1e-6, "m": 1e-3, "c": 1e-2, "d": 1e-1, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
}  # fmt: skip
_WORD_PREFIXES = {
    "皮": 1e-12, "纳": 1e-9, "微": 1e-6, "毫": 1e-3, "厘": 1e-2, "分": 1e-1, "": 1.0, "千": 1e3, "兆": 1e6, "吉": 1e9,
}  # fmt: skip
# symbol: dimension, size, the prefixes it takes
_LETTER_UNITS: tuple[tuple[str, str, float, str], ...] = (
    ("g", "mass", 1e-3, "n μ µ u m k"),
    ("m", "length", 1.0, "n μ µ u m c d k"),
    ("Pa", "pressure", 1.0, "m k M G"),
    ("N", "force", 1.0, "μ µ m k M"),
    ("W", "power", 1.0, "μ µ m k M G"),
    ("Wp", "power", 1.0, "k M"),
    ("Wh", "energy", 3600.0, "m k M G"),
    ("V", "voltage", 1.0, "n μ µ m k M"),
    ("VA", "power", 1.0, "k M"),
    ("A", "current", 1.0, "p n μ µ m k"),
    ("Ah", "charge", 3600.0, "m k"),
    ("Hz", "frequency", 1.0, "m k M G T"),
    ("J", "energy", 1.0, "n μ µ m k M G"),
    ("L", "volume", 1e-3, "n μ µ u m d"),
    ("l", "volume", 1e-3, "μ µ u m"),
    ("Ω", "resistance", 1.0, "μ µ m k M G"),
    ("S", "conductance", 1.0, "μ µ m"),
    ("F", "capacity", 1.0, "p n μ µ m"),
    ("H", "inductance", 1.0, "n μ µ m"),
    ("T", "flux", 1.0, "n μ µ m"),
    ("s", "time", 1.0, "n μ µ u m"),
    ("eV", "energy", 1.602176634e-19, "m k M"),
    ("mol", "mol", 1.0, "n μ µ m k"),
    ("bps", "bps", 1.0, "k K M G"),
    ("B", "byte", 1.0, "k K M G T"),
    ("lm", "lumen", 1.0, "k"),
    ("Bq", "frequency", 1.0, "k M G"),
    ("cal", "energy", 4.1868, "k"),
    ("K", "heat", 1.0, "m"),
    ("Gy", "gray", 1.0, "n μ µ u m k"),
    ("Sv", "sievert", 1.0, "n μ µ u m"),
)
_WORD_UNITS: tuple[tuple[str, str, float, str], ...] = (
    ("克", "mass", 1e-3, "纳 微 毫 千"),
    ("米", "length", 1.0, "纳 微 毫 厘 分 千"),
    ("升", "volume", 1e-3, "微 毫 分"),
    ("秒", "time", 1.0, "纳 微 毫"),
    ("帕", "pressure", 1.0, "毫 千 兆 吉"),
    ("帕斯卡", "pressure", 1.0, "千 兆"),
    ("瓦", "power", 1.0, "微 毫 千 兆 吉"),
    ("瓦特", "power", 1.0, "千 兆"),
    ("瓦时", "energy", 3600.0, "千 兆 吉"),
    ("伏", "voltage", 1.0, "微 毫 千"),
    ("伏特", "voltage", 1.0, "千"),
    ("安", "current", 1.0, "微 毫 千"),
    ("安培", "current", 1.0, "毫"),
    ("安时", "charge", 3600.0, "毫"),
    ("赫兹", "frequency", 1.0, "千 兆 吉"),
    ("赫", "frequency", 1.0, "千 兆 吉"),
    ("焦", "energy", 1.0, "毫 千 兆"),
    ("焦耳", "energy", 1.0, "千 兆"),
    ("牛", "force", 1.0, "毫 千 兆"),
    ("牛顿", "force", 1.0, "千"),
    ("欧姆", "resistance", 1.0, "毫 千 兆"),
    ("欧", "resistance", 1.0, "毫 兆"),
    ("伏安", "power", 1.0, "千 兆"),
    ("摩尔", "mol", 1.0, "毫"),
    ("电子伏", "energy", 1.602176634e-19, "千 兆"),
    ("西门子", "conductance", 1.0, "微 毫"),
    ("开尔文", "heat", 1.0, ""),
    ("特斯拉", "flux", 1.0, "毫"),
)
# Lengths whose letters take a power: mm², cm3, m^2.
_LENGTHS = ("m", "mm", "cm", "dm", "km", "μm", "µm", "um", "nm")
_LENGTH_WORDS = ("米", "毫米", "厘米", "分米", "千米", "公里", "微米")
_POWERS = {"²": 2, "³": 3, "2": 2, "3": 3, "^2": 2, "^3": 3}

_OTHER_UNITS: dict[str, tuple[str, float]] = {
    # mass
    "吨": ("mass", 1e3), "t": ("mass", 1e3), "公斤": ("mass", 1.0), "斤": ("mass", 0.5), "千克": ("mass", 1.0), "两重": ("mass", 0.05),
    "公吨": ("mass", 1e3), "担": ("mass", 50.0), "克拉": ("mass", 2e-4), "lb": ("mass", 0.45359237), "磅": ("mass", 0.45359237), "Nm³": ("volume", 1.0), "Nm3": ("volume", 1.0),
    # length, area, volume
    "公里": ("length", 1e3), "公尺": ("length", 1.0), "丝": ("length", 1e-5), "英寸": ("length", 0.0254), "寸": ("length", 1 / 30), "inch": ("length", 0.0254), "海里": ("length", 1852.0),
    "亩": ("area", 2000 / 3), "公顷": ("area", 1e4), "hm²": ("area", 1e4), "㎡": ("area", 1.0), "㎟": ("area", 1e-6), "平方": ("area", 1.0), "平": ("area", 1.0), "ha": ("area", 1e4),
    "㎥": ("volume", 1.0), "方": ("volume", 1.0), "标方": ("volume", 1.0), "标准立方米": ("volume", 1.0), "公升": ("volume", 1e-3), "立方": ("volume", 1.0), "加仑": ("volume", 3.785e-3),
    "㎜": ("length", 1e-3), "㎝": ("length", 1e-2), "㎞": ("length", 1e3), "㎏": ("mass", 1.0), "㎎": ("mass", 1e-6), "㎡·h": ("area", 3600.0),
    "cc": ("volume", 1e-6), "纳秒": ("time", 1e-9),
    # time
    "秒钟": ("time", 1.0), "分钟": ("time", 60.0), "分": ("time", 60.0), "min": ("time", 60.0), "小时": ("time", 3600.0), "个小时": ("time", 3600.0), "h": ("time", 3600.0),
    "hr": ("time", 3600.0), "时": ("time", 3600.0), "钟头": ("time", 3600.0), "个钟头": ("time", 3600.0), "刻钟": ("time", 900.0), "天": ("time", _DAY), "日": ("time", _DAY), "d": ("time", _DAY),
    "个自然日": ("time", _DAY), "自然日": ("time", _DAY), "日历天": ("time", _DAY), "个日历天": ("time", _DAY),
    # A working day stands for 1.4 calendar days.
    "工作日": ("time", 1.4 * _DAY), "个工作日": ("time", 1.4 * _DAY), "周": ("time", 7 * _DAY), "星期": ("time", 7 * _DAY), "个星期": ("time", 7 * _DAY), "礼拜": ("time", 7 * _DAY), "个礼拜": ("time", 7 * _DAY),
    "月": ("time", 365 / 12 * _DAY), "个月": ("time", 365 / 12 * _DAY), "季度": ("time", 365 / 4 * _DAY), "个季度": ("time", 365 / 4 * _DAY), "年": ("time", 365 * _DAY), "a": ("time", 365 * _DAY), "周年": ("time", 365 * _DAY),
    "day": ("time", _DAY), "days": ("time", _DAY), "hours": ("time", 3600.0), "hour": ("time", 3600.0), "months": ("time", 365 / 12 * _DAY), "years": ("time", 365 * _DAY), "year": ("time", 365 * _DAY), "minutes": ("time", 60.0), "seconds": ("time", 1.0), "weeks": ("time", 7 * _DAY),
    # pressure, power, energy, voltage
    "bar": ("pressure", 1e5), "mbar": ("pressure", 100.0), "巴": ("pressure", 1e5), "大气压": ("pressure", 101325.0), "个大气压": ("pressure", 101325.0), "atm": ("pressure", 101325.0), "psi": ("pressure", 6894.757), "mmHg": ("pressure", 133.322), "毫米汞柱": ("pressure", 133.322),
    "公斤力": ("force", 9.80665), "kgf": ("force", 9.80665), "马力": ("power", 735.5), "匹": ("power", 735.5), "hp": ("power", 745.7), "冷吨": ("power", 3517.0),
    "度电": ("energy", 3.6e6), "大卡": ("energy", 4186.8), "千卡": ("energy", 4186.8), "卡路里": ("energy", 4.1868), "kw·h": ("energy", 3.6e6), "kW·h": ("energy", 3.6e6), "kWh": ("energy", 3.6e6), "吨标煤": ("energy", 2.93076e10), "tce": ("energy", 2.93076e10), "千瓦时": ("energy", 3.6e6), "千瓦小时": ("energy", 3.6e6),
    "cP": ("viscosity", 1e-3), "厘泊": ("viscosity", 1e-3), "cSt": ("viscosity_kinematic", 1e-6), "厘斯": ("viscosity_kinematic", 1e-6), "Gs": ("flux", 1e-4), "高斯": ("flux", 1e-4), "Oe": ("oersted", 1.0),
    # money
    "元": ("cny", 1.0), "块钱": ("cny", 1.0), "块": ("cny", 1.0), "元人民币": ("cny", 1.0), "人民币元": ("cny", 1.0), "角": ("cny", 0.1), "毛钱": ("cny", 0.1), "美元": ("usd", 1.0), "美金": ("usd", 1.0), "欧元": ("eur", 1.0), "港币": ("hkd", 1.0), "日元": ("jpy", 1.0),
    "RMB": ("cny", 1.0), "yuan": ("cny", 1.0),
    # ratios
    "%": ("", 1e-2), "‰": ("", 1e-3), "ppm": ("", 1e-6), "ppb": ("", 1e-9), "百分点": ("", 1e-2), "个百分点": ("", 1e-2), "个点": ("", 1e-2), "成": ("", 0.1), "wt%": ("", 1e-2), "vol%": ("", 1e-2), "%vol": ("", 1e-2), "mol%": ("", 1e-2), "wt.%": ("", 1e-2), "at%": ("", 1e-2), "%RH": ("humidity", 1e-2), "RH": ("humidity", 1e-2), "pp": ("", 1e-2),
    "倍": ("times", 1.0), "percent": ("", 1e-2),
    # rotation, angle, sound, light, grades
    "转": ("turn", 1.0), "r": ("turn", 1.0), "圈": ("turn", 1.0), "°": ("angle", 1.0), "度": ("degree", 1.0), "deg": ("angle", 1.0), "′": ("angle", 1 / 60), "″": ("angle", 1 / 3600), "角秒": ("angle", 1 / 3600), "角分": ("angle", 1 / 60), "rad": ("angle", 57.29578), "mrad": ("angle", 0.05729578),
    "dB": ("decibel", 1.0), "dB(A)": ("decibel", 1.0), "dBA": ("decibel", 1.0), "dB（A）": ("decibel", 1.0), "分贝": ("decibel", 1.0), "dBm": ("dbm", 1.0), "dBi": ("dbi", 1.0), "lx": ("lux", 1.0), "lux": ("lux", 1.0), "勒克斯": ("lux", 1.0), "流明": ("lumen", 1.0), "cd": ("candela", 1.0), "nit": ("nit", 1.0), "nits": ("nit", 1.0), "尼特": ("nit", 1.0),
    "级": ("grade", 1.0), "HRC": ("HRC", 1.0), "HRB": ("HRB", 1.0), "HRA": ("HRA", 1.0), "HV": ("HV", 1.0), "HB": ("HB", 1.0), "HBW": ("HB", 1.0), "HS": ("HS", 1.0), "邵氏A": ("shoreA", 1.0), "邵A": ("shoreA", 1.0), "HA": ("shoreA", 1.0), "邵氏D": ("shoreD", 1.0), "目": ("mesh", 1.0), "NTU": ("ntu", 1.0), "CFU": ("cfu", 1.0), "cfu": ("cfu", 1.0), "IU": ("iu", 1.0), "°T": ("acidity", 1.0), "°Bx": ("", 0.01), "°P": ("", 0.01), "°Be": ("baume", 1.0), "U": ("enzyme", 1.0), "pH": ("ph", 1.0), "FPS": ("frame", 1.0), "fps": ("frame", 1.0), "帧": ("frame", 1.0), "像素": ("pixel", 1.0), "px": ("pixel", 1.0), "dpi": ("dpi", 1.0), "bit": ("bit", 1.0), "位": ("bit", 1.0), "色度": ("colour", 1.0), "g加速度": ("accel", 1.0), "D": ("darcy", 1.0), "mD": ("darcy", 1e-3), "Da": ("dalton", 1.0), "kDa": ("dalton", 1e3), "Å": ("length", 1e-10), "埃": ("length", 1e-10), "cycles": ("times_done", 1.0),
    "rpm": ("rotation", 1 / 60), "Mbps": ("bps", 1e6), "兆字节": ("byte", 1e6),
    # counters: what is counted in pieces can be compared whatever the counter; the others cannot
    "次": ("times_done", 1.0), "回": ("times_done", 1.0), "循环": ("times_done", 1.0), "次循环": ("times_done", 1.0), "个循环": ("times_done", 1.0), "万次": ("times_done", 1e4), "道": ("pass", 1.0), "道工序": ("pass", 1.0), "项": ("item", 1.0), "种": ("kind", 1.0), "类": ("kind", 1.0), "人": ("person", 1.0), "名": ("person", 1.0), "人次": ("person", 1.0), "户": ("household", 1.0), "家": ("firm", 1.0), "点": ("point", 1.0), "个点位": ("point", 1.0), "路": ("channel", 1.0), "通道": ("channel", 1.0), "个通道": ("channel", 1.0), "层": ("layer", 1.0), "轴": ("axis", 1.0), "班": ("shift", 1.0), "遍": ("pass", 1.0), "吨水": ("mass", 1e3), "吨矿": ("mass", 1e3), "吨产品": ("mass", 1e3), "吨钢": ("mass", 1e3), "吨污泥": ("mass", 1e3), "方水": ("volume", 1.0), "代": ("generation", 1.0), "页": ("page", 1.0), "批": ("batch", 1.0), "炉": ("batch", 1.0), "份": ("portion", 1.0), "个": ("piece", 1.0),
    **{counter: ("piece", 1.0) for counter in "件支片只瓶台套袋盒根条张枚粒颗株头羽尾箱包桶罐辆部架座棵盘卷杯滴卡组块板包管盏扇" if counter not in "块"},
    "pcs": ("piece", 1.0), "pc": ("piece", 1.0), "PCS": ("piece", 1.0), "单": ("piece", 1.0), "项专利": ("item", 1.0), "测试": ("test", 1.0), "样本": ("piece", 1.0), "标本": ("piece", 1.0), "样": ("piece", 1.0), "test": ("test", 1.0), "车": ("piece", 1.0),
}  # fmt: skip
_TEMPERATURES = {
    "℃": (1.0, 273.15),
    "°C": (1.0, 273.15),
    "摄氏度": (1.0, 273.15),
    "℉": (5 / 9, 255.3722),
    "°F": (5 / 9, 255.3722),
    "oC": (1.0, 273.15),
}
_SEPARATORS = "·•⋅*×・∙"
_DENOMINATOR = re.compile(r"/(?P<count>10{1,3})(?=[a-zA-Z\u4e00-\u9fff])")
_PER = ("/", "每", "／")


def _vector(kind: str) -> dict[str, int]:
    return _DIMENSIONS.get(kind, {kind: 1} if kind else {})


@cache
def _table() -> dict[str, tuple[float, dict[str, int], float]]:
    """Every simple unit → factor, dimensions, offset. Exact spelling; `_simple` also tries it in small letters."""
    table: dict[str, tuple[float, dict[str, int], float]] = {}
    for units, sizes in ((_LETTER_UNITS, _LETTER_PREFIXES), (_WORD_UNITS, _WORD_PREFIXES)):
        for symbol, kind, size, prefixes in units:
            for prefix in ("", *prefixes.split()):
                table.setdefault(prefix + symbol, (size * (sizes.get(prefix) or 1e3), _vector(kind), 0.0))
    for letter in _LENGTHS:
        size = table[letter][0]
        for sign, power in _POWERS.items():
            table[letter + sign] = (size**power, {"m": power}, 0.0)
    for word in _LENGTH_WORDS:
        size = table[word][0] if word in table else 1e3
        table["平方" + word] = (size**2, {"m": 2}, 0.0)
        table["立方" + word] = (size**3, {"m": 3}, 0.0)
    for word, (kind, size) in _OTHER_UNITS.items():
        table[word] = (size, _vector(kind), 0.0)
    for word, (size, offset) in _TEMPERATURES.items():
        table[word] = (size, {"K": 1}, offset)
    return table


@cache
def _small_letters() -> dict[str, str]:
    """The spelling in small letters → the only unit it can be: `mpa` is MPa, `kw` is kW; `mw` stays unread."""
    small: dict[str, set[str]] = {}
    for symbol in _table():
        if symbol.isascii() and len(symbol) > 1:
            small.setdefault(symbol.lower(), set()).add(symbol)
    usual = {
        "mpa": "MPa",
        "kg": "kg",
        "mm": "mm",
        "mg": "mg",
        "ml": "mL",
        "mhz": "MHz",
        "mm2": "mm2",
        "mm3": "mm3",
        "mj": "MJ",
    }
    return {low: usual.get(low, next(iter(names))) for low, names in small.items() if len(names) == 1 or low in usual}


_LONGEST = 8


def _simple(text: str, place: int) -> tuple[str, int] | None:
    """The longest simple unit that starts at `place`, and where it ends."""
    table, small = _table(), _small_letters()
    for length in range(min(_LONGEST, len(text) - place), 0, -1):
        piece = text[place : place + length]
        symbol = piece if piece in table else small.get(piece.lower()) if piece.isascii() else None
        if symbol is None:
            continue
        end = place + length
        # `5 G` of `5G网络`, `m` of `module`: letters that go on are no unit.
        if (
            piece[-1].isascii()
            and piece[-1].isalpha()
            and end < len(text)
            and text[end].isascii()
            and text[end].isalpha()
        ):
            continue
        return symbol, end
    return None


def _power_after(text: str, place: int) -> tuple[int, int]:
    """The power written after a unit (`s⁻¹`, `h-1`), and where it ends."""
    for sign, power in (("⁻¹", -1), ("-1", -1), ("⁻²", -2), ("-2", -2), ("⁻³", -3), ("-3", -3), ("²", 2), ("³", 3)):
        if text.startswith(sign, place) and not text[place + len(sign) : place + len(sign) + 1].isdigit():
            return power, place + len(sign)
    return 1, place


def unit_at(text: str, place: int) -> tuple[Unit, int] | None:
    """The unit that starts at `place` of `text`, compound ones whole (`kWh/kg`, `W/(m·K)`), and where it ends."""
    start = place
    first = _simple(text, place)
    if first is None:
        return None
    factor, offset = 1.0, 0.0
    dimensions: dict[str, int] = {}
    sign, symbol, end = 1, first[0], first[1]
    inside = False
    while True:
        size, vector, zero = _table()[symbol]
        power, end = _power_after(text, end)
        factor *= size ** (sign * power)
        for name, exponent in vector.items():
            dimensions[name] = dimensions.get(name, 0) + exponent * power * sign
        offset = zero if end - start <= 4 and sign == 1 and not offset and power == 1 else 0.0
        end, count = _count_in_denominator(text, end)
        following = _following(text, end, sign=sign, inside=inside)
        if following is None:
            end -= 1 + len(count) if count else 0
            break
        symbol, end, sign, inside = following
        factor /= float(count or 1)
        offset = 0.0
    if inside and end < len(text) and text[end] in ")）":
        end += 1
    kept = tuple(sorted((name, power) for name, power in dimensions.items() if power))
    if offset and kept != (("K", 1),):
        offset = 0.0
    return Unit(text[start:end], factor, kept, offset), end


def _count_in_denominator(text: str, end: int) -> tuple[int, str]:
    """kWh/100km, g/100g: the number after the stroke, and the place right before the unit that follows it."""
    match = _DENOMINATOR.match(text, end)
    return (match.end() - 1, match["count"]) if match else (end, "")


def _following(text: str, end: int, *, sign: int, inside: bool) -> tuple[str, int, int, bool] | None:
    """The next part of a compound unit: symbol, end, its sign, and whether a bracket is open."""
    if end >= len(text):
        return None
    mark = "/" if text[end].isdigit() else text[end]
    if mark in _SEPARATORS or (mark == "." and text[end + 1 : end + 2].isalpha()):
        part = _simple(text, end + 1)
        return (*part, sign, inside) if part else None
    if mark in _PER and sign == 1:
        place = end + 1
        opened = place < len(text) and text[place] in "(（"
        part = _simple(text, place + opened)
        if part is None and text[place : place + 1] in "一":
            part = _simple(text, place + 1)
        return (*part, -1, opened) if part else None
    if mark in _PER and sign == -1:
        part = _simple(text, end + 1)
        return (*part, -1, inside) if part else None
    return None


@cache
def unit_of(text: str) -> Unit | None:
    """The unit of a form field: NO_UNIT for an empty one, None when it is not understood."""
    written = text.strip().replace(" ", "")
    if not written or written in {"-", "/", "无", "无量纲", "—"}:
        return NO_UNIT
    if written.startswith(("1/", "/")):
        base = unit_of(written.partition("/")[2])
        return per(NO_UNIT, base) if base is not None else None
    for multiplier, size in (
        ("百万", 1e6),
        ("千万", 1e7),
        ("万", 1e4),
        ("亿", 1e8),
        ("百", 1e2),
        ("千", 1e3),
        ("", 1.0),
    ):
        if not written.startswith(multiplier):
            continue
        read = unit_at(written, len(multiplier))
        if read is not None and (read[1] == len(written) or written[read[1] :] in {"以上", "以下", "以内"}):
            unit = read[0]
            return Unit(written, unit.factor * size, unit.dimensions, unit.offset)
    return None


def per(unit: Unit, base: Unit) -> Unit:
    """The unit divided by another one: 万元 per 吨."""
    dimensions = dict(unit.dimensions)
    for name, power in base.dimensions:
        dimensions[name] = dimensions.get(name, 0) - power
    kept = tuple(sorted((name, power) for name, power in dimensions.items() if power))
    return Unit(f"{unit.text}/{base.text}", unit.factor / base.factor, kept)
