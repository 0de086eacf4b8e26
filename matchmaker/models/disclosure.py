"""How far a single field is disclosed, beside the confidentiality of the whole record."""

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
