"""`learn`: takes over what is better on needs it has not learned from, and nothing else; removing the file goes back."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from typer.testing import CliRunner

from matchmaker.cli import app
from matchmaker.doctor.base import Patient
from matchmaker.doctor.searching import coefficients as examined
from matchmaker.errors import MalformedRequest, UnreadableFile
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.learning import LearningPair, Material, gathered, is_held_back, take_over, trials
from matchmaker.matching import MATCHER_VERSION, Opinion, give_feedback, matcher_version
from matchmaker.matching.coefficients import WORDS, coefficients_of, learned_file, packaged, pair_model
from matchmaker.matching.probability import PAIR_FEATURES
from matchmaker.models.account import Role
from matchmaker.models.feedback import Relevance
from matchmaker.settings import Settings
from tests.factories import actor_for, make_account, make_achievement, make_need

MODEL = "bundled:bge-small-zh-v1.5-q"


def pairs(*, telling: str, seed: int = 1, needs: int = 60) -> list[LearningPair]:
    """Judged pairs in which one feature says what is good, and the others nothing."""
    chance = random.Random(seed)
    found = []
    for number in range(needs):
        for _ in range(12):
            features = {name: chance.random() * (0.15 if name == "need_words" else 1) for name in PAIR_FEATURES}
            is_good = features[telling] + 0.1 * chance.random() > 0.75
            found.append(LearningPair(f"need {number}", features, 4 if is_good else 1, 0.0, is_violator=False))
    return found


def test_the_split_is_by_need_and_always_the_same() -> None:
    held_back = [number for number in range(1000) if is_held_back(f"need {number}")]
    assert 150 < len(held_back) < 250
    assert held_back[:3] == [number for number in range(held_back[2] + 1) if is_held_back(f"need {number}")]


def test_better_coefficients_are_taken_over_named_and_given_up_again(settings: Settings, indexes: Indexes) -> None:
    material = Material(pairs(telling="achievement_title_words"), MODEL, ["720 对人工判断（synthetic.tsv）"])
    found = trials(material, packaged())
    assert [trial.model.embedder for trial in found] == [MODEL, WORDS]
    for trial in found:
        assert trial.is_better
        assert trial.after["log_loss"] < trial.before["log_loss"]  # type: ignore[operator]
        assert trial.after["auc"] > 0.95 > trial.before["auc"]  # type: ignore[operator]
    assert matcher_version(indexes) == MATCHER_VERSION
    assert not list(settings.data_dir.glob("coefficients*"))

    learned = take_over(found, settings.data_dir)
    assert learned.version == f"{MATCHER_VERSION}+{learned.digest}"
    assert len(learned.digest) == 8
    # A running service sees it at once.
    assert matcher_version(indexes) == learned.version
    assert pair_model(indexes).words == learned.models[WORDS].coefficients
    assert learned.models[WORDS].judged["pairs"] == len(material.pairs), "each by a fit without its need"
    assert learned.models[WORDS].judged["bands"]["high"]["n"] > 0
    [line] = examined(Patient(settings))
    assert line.level == "green"
    assert learned.digest in line.sentence

    learned_file(settings.data_dir).unlink()
    assert matcher_version(indexes) == MATCHER_VERSION
    assert pair_model(indexes).words == packaged().models[WORDS].coefficients


def test_what_is_not_better_is_not_taken_over(settings: Settings) -> None:
    material = Material(pairs(telling="achievement_title_words"), MODEL, ["一"])
    learned = take_over(trials(material, packaged()), settings.data_dir)
    before = learned_file(settings.data_dir).read_bytes()
    again = trials(replace(material, sources=["二"]), learned)
    assert not any(trial.is_better for trial in again), "the same judgments teach nothing new"
    take_over(again, settings.data_dir)
    assert learned_file(settings.data_dir).read_bytes() == before


def test_labels_without_sense_are_refused() -> None:
    chance = random.Random(3)
    noise = [replace(pair, level=chance.choice((1, 4))) for pair in pairs(telling="meaning")]
    learned = trials(Material(pairs(telling="meaning"), MODEL, [""]), packaged())[0].model
    in_force = replace(packaged(), models={**packaged().models, MODEL: learned})
    kept = trials(Material(pairs(telling="meaning", seed=9), MODEL, [""]), in_force)[0]
    assert not kept.is_better
    assert trials(Material(noise, MODEL, [""]), packaged())[0].after["auc"] < 0.65  # type: ignore[operator]


def test_too_little_to_hold_back() -> None:
    with pytest.raises(MalformedRequest, match="太少"):
        trials(Material(pairs(telling="meaning", needs=4), MODEL, [""]), packaged())


@pytest.mark.parametrize(
    "text",
    [
        "no toml [",
        "[[model]]\nembedder = 'x'",
        "",
        "[[model]]\nembedder='w'\nfitted_on=''\nintercept=0\nweights={magic=1}",
    ],
)
def test_a_broken_file_is_named_and_matching_goes_on(settings: Settings, indexes: Indexes, text: str) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    learned_file(settings.data_dir).write_text(text, "utf-8")
    with pytest.raises(UnreadableFile, match=r"coefficients\.toml"):
        coefficients_of(settings.data_dir)
    assert matcher_version(indexes) == MATCHER_VERSION
    [line] = examined(Patient(settings))
    assert (line.level, line.check) == ("red", "coefficients")
    assert "删除该文件" in line.repair


def decided(session: Session, *, voices: int, each: int) -> None:
    """Officials (each a voice of her own) call pairs useful or not relevant."""
    achievements = [make_achievement(session) for _ in range(each)]
    need = make_need(session)
    session.flush()
    for _ in range(voices):
        official = actor_for(session, make_account(session, Role.CITY_OFFICIAL))
        for number, achievement in enumerate(achievements):
            verdict = Relevance.USEFUL if number % 2 else Relevance.NOT_RELEVANT
            give_feedback(session, need, achievement, Opinion(verdict), by=official)
    session.commit()


@pytest.mark.parametrize(("voices", "each", "is_used"), [(2, 20, False), (3, 9, False), (3, 10, True)])
def test_decisions_are_used_only_from_enough_people(
    database: Engine,
    session: Session,
    indexes: Indexes,
    settings: Settings,
    voices: int,
    each: int,
    is_used: bool,
) -> None:
    decided(session, voices=voices, each=each)
    relay_all(database, indexes)
    material = gathered([], database, settings, lambda _text: None)
    assert (material.decisions, material.voices, material.decisions_used) == (voices * each, voices, is_used)
    assert len(material.pairs) == (voices * each if is_used else 0)
    if is_used:
        assert {pair.level for pair in material.pairs} == {1, 4}
        assert {pair.weight for pair in material.pairs} == {1.0}
        assert all(pair.need.startswith("here:") for pair in material.pairs)


def test_the_command_reads_judgments_and_changes_nothing_where_asked(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["废水", "电池", "轴承", "涂料", "秸秆", "芯片", "疫苗", "钢材", "农药", "雷达"]
    needs = [{"id": f"n{number}", "title": f"{word}处理难题{number}"} for number, word in enumerate(words * 4)]
    achievements = [{"id": f"a{number}", "title": f"{word}处理新技术"} for number, word in enumerate(words)]
    judgments = [
        (need["id"], achievement["id"], 4 if need["title"][:2] == achievement["title"][:2] else 1)
        for need in needs
        for achievement in achievements
    ]
    for name, rows in (("needs", needs), ("achievements", achievements)):
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines, "utf-8")
    table = "\n".join(["need_id\tachievement_id\tlevel", *("\t".join(map(str, row)) for row in judgments)])
    (tmp_path / "judgments.tsv").write_text(table, "utf-8")
    monkeypatch.setenv("MATCHMAKER_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("MATCHMAKER_EMBEDDER", "hash")
    given = ["learn", "--json"]
    for name in ("needs.jsonl", "achievements.jsonl", "judgments.tsv"):
        given += [f"--{name.partition('.')[0]}", str(tmp_path / name)]
    dry = CliRunner().invoke(app, [*given, "--dry-run"])
    assert dry.exit_code == 0, dry.output
    figures = json.loads(dry.stdout.splitlines()[-1])
    assert figures["pairs"] == len(judgments)
    assert not figures["taken_over"]
    assert not learned_file(settings.data_dir).exists()
    taken = json.loads(CliRunner().invoke(app, given).stdout.splitlines()[-1])
    assert taken["taken_over"] == any(model["is_better"] for model in figures["models"].values())
    assert taken["taken_over"] == learned_file(settings.data_dir).exists()
    assert CliRunner().invoke(app, ["learn", "--needs", str(tmp_path / "needs.jsonl")]).exit_code == 2
