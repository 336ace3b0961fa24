"""The collector among clients as a state machine: hypothesis looks for a failure and shortens what leads to it."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.model.world import World


class CollectorAmongClients(RuleBasedStateMachine):
    """Every interleaving of clients and a collector is one of these rules' sequences.

    No rule has a precondition: how many steps a collection takes depends on the kernel's clock, and what hypothesis may
    choose next must not.
    """

    world: World

    @initialize(seed=st.integers(0, 2**32), in_place=st.booleans(), known=st.booleans(), pushes=st.integers(1, 4))
    def some_images(self, seed: int, in_place: bool, known: bool, pushes: int) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self._folder.name, "data"), random.Random(seed), in_place, known)
        for _ in range(pushes):
            self.world.clients.start(self.world.clients.new_push())
            self.world.finish_clients()

    @rule(pull=st.booleans())
    def a_client_begins(self, pull: bool) -> None:
        clients = self.world.clients
        if len(clients.active) < 3:
            clients.start(clients.new_pull() if pull else clients.new_push())

    @rule(which=st.integers(0, 2), operations=st.integers(1, 12))
    def a_client_works(self, which: int, operations: int) -> None:
        clients = self.world.clients
        for client in clients.active[which : which + 1]:
            for _ in range(operations):
                if client in clients.active and clients.may_go_on(client):
                    self.world.step(client)

    @rule(which=st.integers(0, 3))
    def a_tag_is_deleted(self, which: int) -> None:
        for tag in sorted(self.world.alive.tags)[which : which + 1]:
            self.world.delete_tag(*tag)

    @rule(which=st.integers(0, 3), part=st.sampled_from((0.0, 0.5)), manifest=st.booleans())
    def something_is_damaged(self, which: int, part: float, manifest: bool) -> None:
        alive = self.world.alive
        if manifest:
            for digest in sorted(alive.named() & alive.manifests.keys())[which : which + 1]:
                self.world.cut_manifest(digest, part)
        else:
            for tag in sorted(alive.tags)[which : which + 1]:
                self.world.cut_tag(*tag, part)

    @rule()
    def the_damage_is_mended(self) -> None:
        self.world.clients.damage.mend()

    @rule()
    def the_cluster_stops_an_image(self) -> None:
        self.world.clients.stop_running()

    @rule(which=st.integers(0, 3))
    def a_signature_is_deleted(self, which: int) -> None:
        for key in sorted(self.world.alive.attached)[which : which + 1]:
            self.world.delete_attached(key)

    @rule(wait=st.booleans())
    def a_collection_begins(self, wait: bool) -> None:
        if not self.world.collecting:
            self.world.begin_collection(wait)

    @rule(steps=st.integers(1, 8))
    def the_collector_works(self, steps: int) -> None:
        for _ in range(steps if self.world.collecting else 0):
            self.world.collect()

    @rule()
    def the_collector_is_killed(self) -> None:
        self.world.kill()

    @rule()
    def a_day_passes(self) -> None:
        if not self.world.collecting:
            self.world.finish_clients()
            self.world.pass_a_day()

    def teardown(self) -> None:
        try:
            self.world.finish()
        finally:
            self._folder.cleanup()


# tests/model takes thousands of times as many; here hypothesis shows that it still finds its way.
CollectorAmongClients.TestCase.settings = settings(
    max_examples=20, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)
TestCollectorAmongClients = CollectorAmongClients.TestCase
