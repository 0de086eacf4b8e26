"""People of the demo city at their browsers: how they log in, find their way, and what is there for them to do."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from playwright.sync_api import Locator, expect
from sqlalchemy import Engine, func, or_
from sqlmodel import Session, col, select, update

from matchmaker.accounts import actor_of, create_account
from matchmaker.brokerage import accept, introduce, negotiate, take_up
from matchmaker.database import session_scope
from matchmaker.demo.people import new_demo_password
from matchmaker.models.account import Account, Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractStatus
from matchmaker.models.labels import AchievementStatus, NeedStatus
from matchmaker.models.match import Match, Side
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.party import Institution
from matchmaker.notices import members_of
from tests.browser.watched import Watched

ADMINISTRATOR = "guanli"
PHONE = "0990-5550101"
# All divisions of the demo city begin with it.
CITY_PREFIX = "9901"
# Far longer than the relay or an import of three rows takes, even on a busy machine.
LATEST_SECONDS = 60


def open_city(database: Engine) -> str:
    """Give the people of the demo city in the database a password and an administrator; the password of all of them."""
    password, _ = new_demo_password(database)
    with session_scope(database) as session:
        administrator = Account(login_name=ADMINISTRATOR, name="系统管理员", role=Role.ADMINISTRATOR)
        create_account(session, administrator, password=password)
        # Told to the other side once both have accepted; the demo city itself has no telephone numbers in it.
        session.exec(update(TechnologyNeed).values(contact_name="何工", contact_phone=PHONE))
    return password


@dataclass(frozen=True)
class City:
    """The served demo city."""

    address: str
    password: str
    database: Engine

    def need_of(self, login_name: str) -> int:
        """A published need of this person's enterprise."""
        with Session(self.database) as session:
            return self._need(session, login_name).id or 0

    def district_of(self, login_name: str) -> str:
        """Who answers for the district of that need."""
        with Session(self.database) as session:
            region = self._need(session, login_name).region_code
            official = select(Account).where(Account.role == Role.DISTRICT_OFFICIAL, Account.region_code == region)
            return session.exec(official).one().login_name

    def owner_of_achievement_in(self, match_id: int) -> str:
        """Who answers for the achievement of this match."""
        with Session(self.database) as session:
            match = session.get_one(Match, match_id)
            members = members_of(session, session.get_one(Achievement, match.achievement_id))
            return session.get_one(Account, members[0]).login_name

    def introduce_to(self, login_name: str, times: int, *, by: str = "jingjiren12") -> list[int]:
        """So many achievements nobody has thought of are introduced to her enterprise; the numbers of the matches."""
        with session_scope(self.database) as session:
            need = self._need(session, login_name)
            account = session.exec(select(Account).where(Account.login_name == by)).one()
            broker = actor_of(session, account)
            paired = select(Match.achievement_id).where(Match.need_id == need.id)
            free = select(Achievement).where(
                Achievement.status == AchievementStatus.PUBLISHED,
                col(Achievement.institution_id).is_not(None),
                col(Achievement.id).not_in(paired),
            )
            found = session.exec(free.order_by(col(Achievement.id)).limit(times)).all()
            matches = [take_up(session, need, one, by=broker) for one in found]
            for match in matches:
                introduce(session, match, by=broker, note="双方的材料和指标对得上，请先看推荐理由")
            session.flush()
            return [match.id or 0 for match in matches]

    def agreed_match(self, login_name: str, *, by: str, region_code: str) -> int:
        """A match of her need with an achievement of an institution in that district, which both sides have agreed to
        and the broker negotiates; the number of the match.
        """
        with session_scope(self.database) as session:
            need = self._need(session, login_name)
            accounts = {one.login_name: one for one in session.exec(select(Account))}
            broker = actor_of(session, accounts[by])
            paired = select(Match.achievement_id).where(Match.need_id == need.id)
            located = select(Institution.id).where(Institution.region_code == region_code)
            found = select(Achievement).where(
                Achievement.status == AchievementStatus.PUBLISHED,
                col(Achievement.institution_id).in_(located),
                col(Achievement.id).not_in(paired),
            )
            achievement = session.exec(found.order_by(col(Achievement.id)).limit(1)).one()
            owner = session.get_one(Account, members_of(session, achievement)[0])
            match = take_up(session, need, achievement, by=broker)
            introduce(session, match, by=broker, note="双方的材料和指标对得上，请先看推荐理由")
            accept(session, match, Side.NEED, by=actor_of(session, accounts[login_name]))
            accept(session, match, Side.ACHIEVEMENT, by=actor_of(session, owner))
            negotiate(session, match, by=broker)
            return match.id or 0

    def turnover_fen(self, year: int) -> int:
        """What the registered contracts with a party in the city add up to, each once: the database's own sum."""
        parties = (TechnologyContract.seller_region_code, TechnologyContract.buyer_region_code)
        with Session(self.database) as session:
            of_year = (
                TechnologyContract.status == ContractStatus.REGISTERED,
                or_(*(col(one).startswith(CITY_PREFIX) for one in parties)),
                col(TechnologyContract.registered_on).between(date(year, 1, 1), date(year, 12, 31)),
            )
            return int(session.exec(select(func.sum(TechnologyContract.contract_value_fen)).where(*of_year)).one() or 0)

    def registered(self, region_code: str, year: int) -> list[TechnologyContract]:
        """The contracts of that year's register whose seller is in the district."""
        of_year = (
            TechnologyContract.status == ContractStatus.REGISTERED,
            TechnologyContract.seller_region_code == region_code,
            col(TechnologyContract.registered_on).between(date(year, 1, 1), date(year, 12, 31)),
        )
        with Session(self.database) as session:
            return list(session.exec(select(TechnologyContract).where(*of_year).order_by(col(TechnologyContract.id))))

    def _need(self, session: Session, login_name: str) -> TechnologyNeed:
        account = session.exec(select(Account).where(Account.login_name == login_name)).one()
        published = select(TechnologyNeed).where(
            TechnologyNeed.enterprise_id == account.enterprise_id,
            TechnologyNeed.status == NeedStatus.PUBLISHED,
        )
        return session.exec(published.order_by(col(TechnologyNeed.id)).limit(1)).one()


@dataclass(kw_only=True)
class Person(Watched):
    """Somebody at a browser."""

    width: int
    javascript: bool

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def log_in(self, login_name: str, password: str) -> None:
        self.open("/login")
        self.fill(登录名=login_name, 密码=password)
        self.press("登录")
        self.sees("工作台")
        self.close_tour()

    def close_tour(self) -> None:
        """The tour opens by itself at the first visit."""
        if self.javascript:
            self.page.get_by_role("button", name="关闭导览").click()

    def go(self, name: str, heading: str = "") -> None:
        """To a page by its name in the menu, unfolding it where it is folded away."""
        if self.width < 992:
            self.page.locator("details.phone > summary").click()
            self.page.get_by_role("navigation", name="菜单").get_by_role("link", name=name, exact=True).click()
        else:
            bar = self.page.get_by_role("navigation", name="主导航")
            link = bar.get_by_role("link", name=name, exact=True)
            if not link.is_visible():
                bar.locator("summary").click()
            link.click()
        self.sees(heading or name)

    def sees(self, heading: str) -> None:
        """This is the page with that heading, and it needs no scrolling sideways."""
        expect(self.page.locator("h1")).to_contain_text(heading)
        if self.javascript:
            assert self.page.evaluate("document.documentElement.scrollWidth") <= self.width, self.page.url

    def is_told(self, sentence: str) -> None:
        expect(self.page.get_by_role("status").filter(has_text=sentence)).to_be_visible()

    def press(self, name: str) -> None:
        self.main.get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str) -> None:
        self.main.get_by_role("link", name=name, exact=True).first.click()

    def unfold(self, summary: str) -> Locator:
        """What lies below that summary, open."""
        found = self.main.locator("details").filter(has=self.page.locator("summary", has_text=summary)).last
        if found.get_attribute("open") is None:
            found.locator("summary").first.click()
        return found

    def fill(self, **texts: str) -> None:
        """Type into the fields with these labels."""
        for label, text in texts.items():
            self.main.get_by_label(re.compile(f"^{label}( 必填)?$")).first.fill(text)

    def row(self, text: str) -> Locator:
        """The line of a table or list that holds that text."""
        return self.main.locator("tbody tr, ol.rows > li, ul.found > li").filter(has_text=text).first

    def was_refused(self, status: int) -> None:
        """She was, as she had to be: the browser notes an answer of that status in its console."""
        refused = [one for one in self.complaints if f"status of {status}" in one]
        assert refused, f"nothing was answered with {status}"
        self.complaints[:] = [one for one in self.complaints if one not in refused]

    @property
    def number(self) -> int:
        """The number at the end of the address."""
        found = re.search(r"/(\d+)(?:[?#].*)?$", self.page.url)
        assert found, self.page.url
        return int(found[1])


def eventually(happened: Callable[[], bool]) -> None:
    """Ask again until it has: what the background threads of the server do takes a moment."""
    deadline = time.monotonic() + LATEST_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it has not happened"
        time.sleep(0.2)
