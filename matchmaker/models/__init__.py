"""All tables, imported in one place so that relationships and migrations see them."""

from matchmaker.models.access import AccessToken
from matchmaker.models.achievement import Achievement, AchievementCreate, AchievementPublic, AchievementUpdate
from matchmaker.models.match import Match
from matchmaker.models.need import NeedCreate, NeedPublic, NeedUpdate, TechnologyNeed
from matchmaker.models.outbox import IndexOutbox, IndexStep, RecordKind
from matchmaker.models.party import (
    Enterprise,
    EnterpriseCreate,
    EnterprisePublic,
    EnterpriseUpdate,
    Institution,
    InstitutionCreate,
    InstitutionPublic,
    InstitutionUpdate,
)

__all__ = [
    "AccessToken",
    "Achievement",
    "AchievementCreate",
    "AchievementPublic",
    "AchievementUpdate",
    "Enterprise",
    "EnterpriseCreate",
    "EnterprisePublic",
    "EnterpriseUpdate",
    "IndexOutbox",
    "IndexStep",
    "Institution",
    "InstitutionCreate",
    "InstitutionPublic",
    "InstitutionUpdate",
    "Match",
    "NeedCreate",
    "NeedPublic",
    "NeedUpdate",
    "RecordKind",
    "TechnologyNeed",
]
