"""`learn`: takes over what is better on needs it has not learned from, and nothing else; removing the file goes back."""

import random
from dataclasses import replace

import pytest

from matchmaker.doctor.base import Patient
from matchmaker.doctor.searching import coefficients as examined
from matchmaker.errors import MalformedRequest, UnreadableFile
from matchmaker.indexes import Indexes
from matchmaker.learning import LearningPair, Material, is_held_back, take_over, trials
from matchmaker.matching import MATCHER_VERSION, matcher_version
from matchmaker.matching.coefficients import WORDS, coefficients_of, learned_file, packaged, pair_model
from matchmaker.matching.probability import PAIR_FEATURES
from matchmaker.settings import Settings

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
    assert learned.models[WORDS].judged["pairs"] == found[1].after["pairs"]
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
