"""What the demo city collects: a running campaign, needs that wait for review, records of a whole year."""

from datetime import date, timedelta

from sqlmodel import Session, col, select

from matchmaker import review
from matchmaker.campaigns import CampaignFields, create_campaign
from matchmaker.demo.people import SOURCE, People
from matchmaker.models.achievement import Achievement
from matchmaker.models.labels import NeedStatus
from matchmaker.models.need import NeedCreate, TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.models.party import Enterprise
from matchmaker.models.posting import Campaign
from matchmaker.needs import upsert_need
from matchmaker.period import midnight
from matchmaker.records import ACTOR, enqueue, write_values
from matchmaker.visibility import today

# A demo record was published up to so many days ago: some are fresh, some nobody has confirmed for long.
_OLDEST = 230
# What enterprises of an industry have sent in: two that nobody has looked at yet, and one that said nothing.
_PENDING = (
    (
        "注塑件翘曲超差，想用模内传感做在线补偿",
        "家电面板长 620 mm，翘曲常在 1.8 mm 上下，装配线返修率 6%。换过两种低收缩料，成本涨了 11%。",
        "翘曲控制在 0.8 mm 以内，返修率降到 1.5% 以下",
        "new_materials",
    ),
    (
        "冷库夜间耗电高，求蓄冷与调度方案",
        "12000 平方米冷库，峰谷电价差 0.62 元，压缩机白天满开，年电费 410 万元。",
        "年电费下降 18% 以上，库温波动不超过 1.5 ℃",
        "green_food",
    ),
    ("寻求合作", "想找高校合作，提升产品档次。", "", "textiles"),
)


def spread_dates(session: Session) -> None:
    """Records of a whole year instead of one day, a few of them about to expire."""
    # Needs are of this year: those of the year before are counted out (`last_year.py`).
    new_year = midnight(date(today().year, 1, 1))
    for table, kind in ((TechnologyNeed, RecordKind.NEEDS), (Achievement, RecordKind.ACHIEVEMENTS)):
        records = session.exec(select(table).where(col(table.is_demo)).order_by(col(table.id))).all()
        for number, record in enumerate(records):
            # A step that is no divisor of the range spreads neighbours over all of it.
            published = record.created_at - timedelta(days=number * 37 % _OLDEST, hours=number % 9)
            record.last_confirmed_at = published
            record.published_at = max(published, new_year) if table is TechnologyNeed else published
            if number % 25 == 0:
                write_values(record, {"valid_until": today() + timedelta(days=2 + number // 25)})
                enqueue(session, kind, record)


def collect(session: Session, people: People) -> None:
    """A running campaign, needs that wait for review, one that came back, one about to expire."""
    this_year = today().year
    create_campaign(
        session,
        CampaignFields(
            name=f"{this_year}年第二批",
            description="面向全市企业征集技术难题，重点支持绿色食品、再生资源利用和智能制造。经审核的需求进入对接会。",
            starts_on=today() - timedelta(days=20),
            ends_on=today() + timedelta(days=40),
        ),
        by=people.city,
    )
    for campaign in session.exec(select(Campaign)):
        campaign.is_demo = True
    for number, (title, problem, goal, industry) in enumerate(_PENDING, 1):
        enterprise = session.exec(
            select(Enterprise)
            .where(col(Enterprise.id).in_(people.of_enterprise), col(Enterprise.city_industry) == industry)
            .order_by(col(Enterprise.id))
            .limit(1)
        ).one()
        actor = people.of_enterprise[enterprise.id or 0]
        create = NeedCreate(
            source=SOURCE,
            source_id=f"pending-{number}",
            title=title,
            problem=problem,
            goal=goal,
            enterprise_name=enterprise.name,
            status=NeedStatus.PENDING,
            region_code=enterprise.region_code,
            city_industry=industry,
        )
        # The history names who did it.
        session.info[ACTOR] = actor
        need, _ = upsert_need(session, create, is_demo=True, posted_by_id=actor.account_id)
        session.flush()
        session.info[ACTOR] = people.city
        if not goal:
            review.return_for_changes(
                session,
                need,
                by=people.city,
                reasons=[review.ReturnReason.VAGUE, review.ReturnReason.NOT_MEASURABLE],
                note="请写明产品、现状和想达到的指标",
            )
        session.flush()
        session.info.pop(ACTOR)
