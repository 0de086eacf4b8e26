"""Other words for the same thing: what counts as the same name, and what is found in a text."""

import pytest

from indexing.thesaurus import Thesaurus, groups_of

GROUPS = [("battery", "电池"), ("wind turbine", "风力发电机"), ("PD-L1", "程序性死亡配体1"), ("iron", "铁")]


@pytest.fixture
def thesaurus() -> Thesaurus:
    return Thesaurus(GROUPS)


@pytest.mark.parametrize("typed", ["pd-l1", "pd l1", "pd/l1"])
def test_a_name_is_known_whatever_signs_stand_between_its_parts(thesaurus: Thesaurus, typed: str) -> None:
    assert [mention.others for mention in thesaurus.mentions(typed)] == [("程序性死亡配体1",)]


def test_the_longest_name_counts_and_plurals_are_known(thesaurus: Thesaurus) -> None:
    mentions = thesaurus.mentions("wind turbines and batteries")
    assert [(mention.name, mention.others) for mention in mentions] == [
        ("wind turbines", ("风力发电机",)),
        ("batteries", ("电池",)),
    ]


def test_a_word_of_letters_is_not_found_inside_another(thesaurus: Thesaurus) -> None:
    assert thesaurus.mentions("environment") == []


def test_a_single_character_is_a_translation_but_is_not_read_out_of_words(thesaurus: Thesaurus) -> None:
    assert thesaurus.mentions("铁路") == []
    assert thesaurus.others("iron") == ("铁",)


def test_remarks_and_lines_of_one_name_are_no_groups() -> None:
    assert list(groups_of("# a = b\nSiC = 碳化硅\n孤单\n")) == [("SiC", "碳化硅")]
