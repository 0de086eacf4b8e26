"""The app over the world of the table: migrated, filled, indexed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import Session

from indexing import Segmenter
from matchmaker.app import Parts, assemble
from matchmaker.classification import use_city
from matchmaker.database import migrate, open_database, session_scope
from matchmaker.index_sync import relay_all
from matchmaker.indexes import open_indexes
from matchmaker.settings import Settings
from tests.matchmaker.web.route_rights.world import World, make_world

Prepare = Callable[[Session, World], Any]


@dataclass(frozen=True)
class Served:
    """The app, what is in it, and what each of the preparations returned."""

    app: FastAPI
    world: World
    database: Engine
    prepared: list[Any]


@contextmanager
def served_world(settings: Settings, segmenter: Segmenter, preparations: list[Prepare]) -> Iterator[Served]:
    """The app of an installation of its own; every preparation adds to the world before it is indexed."""
    use_city(None)
    database = open_database(settings.resolved_database_url())
    migrate(database)
    with session_scope(database) as session:
        world = make_world(session)
        prepared = [prepare(session, world) for prepare in preparations]
    indexes = open_indexes(settings)
    vars(indexes)["_segmenter"] = segmenter
    relay_all(database, indexes)
    yield Served(assemble(Parts(settings, database, indexes)), world, database, prepared)
    indexes.close()
    database.dispose()
