"""The collector among clients as a state machine: hypothesis looks for a failure and shortens what leads to it."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.model.world import World


class CollectorAmongClients(RuleBasedStateMachine):
    """Every interleaving of clients and a collector is one of these rules' sequences."""

    world: World

    @initialize(seed=st.integers(0, 2**32), in_place=st.booleans(), known=st.booleans(), pushes=st.integers(1, 4))
    def some_images(self, seed: int, in_place: bool, known: bool, pushes: int) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self._folder.name, "data"), random.Random(seed), in_place, known)
        for _ in range(pushes):
            self.world.clients.start(self.world.clients.new_push())
            self.world.finish_clients()

    @precondition(lambda self: len(self.world.clients.active) < 3)
    @rule(pull=st.booleans())
    def a_client_begins(self, pull: bool) -> None:
        clients = self.world.clients
        clients.start(clients.new_pull() if pull else clients.new_push())

    @precondition(lambda self: self.world.clients.active)
    @rule(which=st.integers(0, 2), operations=st.integers(1, 12))
    def a_client_works(self, which: int, operations: int) -> None:
        clients = self.world.clients
        client = clients.active[which % len(clients.active)]
        for _ in range(operations):
            if client in clients.active and clients.may_go_on(client):
                self.world.step(client)

    @precondition(lambda self: self.world.clients.tags)
    @rule(which=st.integers(0, 3))
    def a_tag_is_deleted(self, which: int) -> None:
        tags = sorted(self.world.clients.tags)
        self.world.delete_tag(*tags[which % len(tags)])

    @rule(wait=st.booleans())
    def a_collection_begins(self, wait: bool) -> None:
        if not self.world.collecting:
            self.world.begin_collection(wait)

    @precondition(lambda self: self.world.collecting)
    @rule(steps=st.integers(1, 8))
    def the_collector_works(self, steps: int) -> None:
        for _ in range(steps):
            self.world.collect()

    @precondition(lambda self: self.world.collecting)
    @rule()
    def the_collector_is_killed(self) -> None:
        self.world.kill()

    @precondition(lambda self: not self.world.collecting)
    @rule()
    def a_day_passes(self) -> None:
        self.world.finish_clients()
        self.world.pass_a_day()

    def teardown(self) -> None:
        try:
            self.world.finish()
        finally:
            self._folder.cleanup()


CollectorAmongClients.TestCase.settings = settings(
    max_examples=60, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)
TestCollectorAmongClients = CollectorAmongClients.TestCase
