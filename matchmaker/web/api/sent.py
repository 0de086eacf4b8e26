"""Needs and achievements as programs send them: the shapes of the models, with amounts as strings in yuan as well.

The amounts in fen that were there first are still taken; an amount given in both units has to be the same.
"""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, model_validator

from matchmaker.models.achievement import AchievementCreate, AchievementUpdate
from matchmaker.models.need import NeedCreate, NeedUpdate
from matchmaker.web.api.amounts import SentYuan


class _InYuan(BaseModel):
    """Amounts that the model has in fen, under the same names with `_fen`."""

    amounts: ClassVar[tuple[str, ...]]

    # Runs before the checks of the model's shape, which compare the amounts: its base comes later in every class below.
    @model_validator(mode="after")
    def one_unit(self) -> Self:
        for name in self.model_fields_set & set(self.amounts):
            fen, amount = f"{name}_fen", getattr(self, name)
            if fen in self.model_fields_set and getattr(self, fen) != amount:
                raise ValueError(f"{name}（元）与 {fen}（分）不一致，请只写 {name}")
            setattr(self, fen, amount)
        return self

    def in_fen(self) -> dict[str, Any]:
        """What was sent, as the model's shape has it."""
        return self.model_dump(exclude=set(self.amounts), exclude_unset=True)


class _NeedAmounts(_InYuan):
    amounts = ("budget_min", "budget_max")

    budget_min: SentYuan | None = None
    budget_max: SentYuan | None = None


class _AchievementAmounts(_InYuan):
    amounts = ("price",)

    price: SentYuan | None = None


class NewNeed(NeedCreate, _NeedAmounts):
    """A new need."""

    def create(self) -> NeedCreate:
        """The need as the model has it."""
        return NeedCreate.model_validate(self.in_fen())


class ChangedNeed(NeedUpdate, _NeedAmounts):
    """A change of a need."""

    def update(self) -> NeedUpdate:
        """The change as the model has it."""
        return NeedUpdate.model_validate(self.in_fen())


class NewAchievement(AchievementCreate, _AchievementAmounts):
    """A new achievement."""

    def create(self) -> AchievementCreate:
        """The achievement as the model has it."""
        return AchievementCreate.model_validate(self.in_fen())


class ChangedAchievement(AchievementUpdate, _AchievementAmounts):
    """A change of an achievement."""

    def update(self) -> AchievementUpdate:
        """The change as the model has it."""
        return AchievementUpdate.model_validate(self.in_fen())
