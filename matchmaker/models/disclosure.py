"""How far a single field is disclosed, beside the confidentiality of the whole record."""

from collections.abc import Collection, Mapping

from matchmaker.models.labels import Labelled


class Disclosure(Labelled):
    """Who may read a field. In the order of the members each circle is part of the one before."""

    PUBLIC = "public", "公开"
    BROKERS = "brokers", "仅认证经纪人"
    PARTIES = "parties", "仅对接双方"

    @property
    def depth(self) -> int:
        """0 for what anybody reads; a reader who has reached a depth reads everything up to it."""
        return list(Disclosure).index(self)


def checked_names(given: Mapping[str, Disclosure], allowed: Collection[str]) -> dict[str, Disclosure]:
    """What somebody says about single fields, without those that are public anyway.

    Raises ValueError that names what may be set: a mistyped name would leave a field open that was meant to be hidden.
    """
    if unknown := sorted(set(given) - set(allowed)):
        raise ValueError(f"“{unknown[0]}”不能单独设置公开范围，可设置：{'、'.join(allowed)}")
    return {name: level for name, level in given.items() if level is not Disclosure.PUBLIC}
