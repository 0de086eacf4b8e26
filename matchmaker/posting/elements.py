"""The five elements of a technology, as far as simple rules find them in a text. Suggestions: the poster confirms."""

import re

from matchmaker.models.parts import Elements

# A phrase: no punctuation, not a whole sentence. Patterns take the first phrase that stands where such things stand.
_PHRASE = r"([^，。；、：！？\s（）()]{2,20}?)"
_END = r"(?=[，。；、：！？\s（）()]|$)"
_PATTERNS: dict[str, tuple[str, ...]] = {
    "material": (
        rf"以{_PHRASE}(?:等)?为(?:主要)?(?:原料|材料|基材|对象)",
        rf"(?:利用|使用|用){_PHRASE}(?:制备|生产|加工|制成|制造|替代)",
        r"([^，。；、：！？\s（）()的把将]{2,12}?)(?:制备|加工成|制成)",
    ),
    "method": (
        r"(?:采用|通过|运用|基于)([^，。；、：！？\s（）()]{2,20}?(?:工艺|方法|技术|算法|模型|法|装置|系统))",
        r"([^，。；、：！？\s（）()]{2,12}?(?:工艺|算法))",
    ),
    "efficacy": (rf"((?:提高|提升|降低|减少|缩短|改善|增强|避免|消除|延长)[^，。；、：！？\s（）()]{{2,18}}?){_END}",),
    "product": (
        rf"(?:制备|生产|研制|开发|加工成|制成|制造)(?:出)?{_PHRASE}{_END}",
        r"((?:可降解|新型|高性能)[^，。；、：！？\s（）()]{2,12}?)" + _END,
    ),
    "application": (
        rf"(?:应用于|适用于|用于|用在){_PHRASE}{_END}",
        rf"([^，。；、：！？\s（）()]{{2,12}}?(?:行业|领域|车间|生产线|企业)){_END}",
    ),
}


def suggested_elements(text: str, stated: Elements) -> Elements:
    """What the text says of the elements that are not stated; an element it does not name stays empty."""
    found = {name: first for name, patterns in _PATTERNS.items() if (first := _first(patterns, text))}
    return Elements(**{name: found.get(name, "") for name, given in stated.model_dump().items() if not given})


def _first(patterns: tuple[str, ...], text: str) -> str:
    for pattern in patterns:
        if match := re.search(pattern, text):
            return match.group(1).strip("的了和与")
    return ""
