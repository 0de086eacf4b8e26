"""All tables, imported in one place so that relationships and migrations see them."""

from matchmaker.models.account import Account, ApiKey, Invitation, LoginSession, Role, Scope
from matchmaker.models.achievement import Achievement, AchievementCreate, AchievementPublic, AchievementUpdate
from matchmaker.models.audit import AuditEvent, AuditSeal
from matchmaker.models.broker import (
    Broker,
    Brokerage,
    BrokerageCreate,
    BrokerageMembership,
    BrokeragePublic,
    BrokerageUpdate,
    BrokerCreate,
    BrokerPublic,
    BrokerUpdate,
)
from matchmaker.models.contract import (
    ContractAmendment,
    ContractEvent,
    ContractFile,
    ContractReceipt,
    ContractVersion,
    TechnologyContract,
)
from matchmaker.models.contract_shapes import ContractCreate, ContractUpdate
from matchmaker.models.dictionary import WordGroup
from matchmaker.models.feedback import MatchFeedback
from matchmaker.models.match import FollowUp, Match, MatchEvent, MatchMessage
from matchmaker.models.need import NeedCreate, NeedPublic, NeedUpdate, TechnologyNeed
from matchmaker.models.notice import DutyRun, Notice, NoticeDelivery, NoticePreference, NoticeRobot
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
from matchmaker.models.posting import Campaign, Draft, Revision
from matchmaker.models.reporting import (
    IdempotencyKey,
    RegistryList,
    RegistryListRow,
    ReportDocument,
    ReportTemplate,
    SnapshotLine,
    TurnoverSnapshot,
)
from matchmaker.models.target import AchievementRegistration, Signing, Target
from matchmaker.models.tombstone import HarvestKind, Tombstone
from matchmaker.models.upload import ImportBatch, ImportedRecord
from matchmaker.models.webhook import Webhook, WebhookDelivery, WebhookEvent
from matchmaker.models.workbench import SavedSearch, ShortlistItem

__all__ = [
    "Account",
    "Achievement",
    "AchievementCreate",
    "AchievementPublic",
    "AchievementRegistration",
    "AchievementUpdate",
    "ApiKey",
    "AuditEvent",
    "AuditSeal",
    "Broker",
    "BrokerCreate",
    "BrokerPublic",
    "BrokerUpdate",
    "Brokerage",
    "BrokerageCreate",
    "BrokerageMembership",
    "BrokeragePublic",
    "BrokerageUpdate",
    "Campaign",
    "ContractAmendment",
    "ContractCreate",
    "ContractEvent",
    "ContractFile",
    "ContractReceipt",
    "ContractUpdate",
    "ContractVersion",
    "Draft",
    "DutyRun",
    "Enterprise",
    "EnterpriseCreate",
    "EnterprisePublic",
    "EnterpriseUpdate",
    "FollowUp",
    "HarvestKind",
    "IdempotencyKey",
    "ImportBatch",
    "ImportedRecord",
    "IndexOutbox",
    "IndexStep",
    "Institution",
    "InstitutionCreate",
    "InstitutionPublic",
    "InstitutionUpdate",
    "Invitation",
    "LoginSession",
    "Match",
    "MatchEvent",
    "MatchFeedback",
    "MatchMessage",
    "NeedCreate",
    "NeedPublic",
    "NeedUpdate",
    "Notice",
    "NoticeDelivery",
    "NoticePreference",
    "NoticeRobot",
    "RecordKind",
    "RegistryList",
    "RegistryListRow",
    "ReportDocument",
    "ReportTemplate",
    "Revision",
    "Role",
    "SavedSearch",
    "Scope",
    "ShortlistItem",
    "Signing",
    "SnapshotLine",
    "Target",
    "TechnologyContract",
    "TechnologyNeed",
    "Tombstone",
    "TurnoverSnapshot",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
    "WordGroup",
]
