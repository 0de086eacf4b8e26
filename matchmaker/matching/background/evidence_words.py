"""Words that are never evidence, however rare: telephone numbers, units, and the courtesies of a letter."""

import re
from functools import lru_cache

from matchmaker.matching.requirements.units import unit_of

# Seven digits and more are a telephone or an account; 0571 is where somebody telephones.
_TELEPHONE = re.compile(r"[\d-]*\d{7,}[\d-]*|0\d{2,3}|\d{3,4}-\d{4,8}")
_NUMBER_BEFORE = re.compile(r"^[\d.,]+")
# What people write around a need: whom to call, and good manners.
_COURTESIES = frozenset(
    [
        "您好",
        "你好",
        "谢谢",
        "感谢",
        "请问",
        "敬请",
        "致谢",
        "联系",
        "电话",
        "联系电话",
        "联系人",
        "联系方式",
        "手机",
        "手机号",
        "手机号码",
        "电话号码",
        "座机",
        "传真",
        "邮箱",
        "电子邮箱",
        "电子邮件",
        "邮件",
        "邮编",
        "微信",
        "微信号",
        "网址",
        "网站",
        "地址",
        "通讯地址",
        "姓名",
        "先生",
        "女士",
        "咨询",
        "洽谈",
        "回复",
        "来电",
        "诚邀",
        "急需",
        "寻求",
        "希望",
        "tel",
        "phone",
        "email",
        "mail",
        "wechat",
        "qq",
        "www",
        "com",
        "cn",
        "http",
        "https",
        "fax",
    ]
)


@lru_cache(maxsize=50_000)
def is_evidence(word: str) -> bool:
    """May it speak for a pair that both texts have this word (as the index folds it)?"""
    if word in _COURTESIES or _TELEPHONE.fullmatch(word):
        return False
    if word.isalpha() and not word.isascii() and len(word) > 4:
        return True
    unit = _NUMBER_BEFORE.sub("", word)
    return unit_of(unit) is None if unit else True
