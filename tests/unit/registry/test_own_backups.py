"""The backups that the registry takes of itself: what is planned, and what is told now rather than at night."""

from __future__ import annotations

from pathlib import Path

import pytest
from solakube_registry import idle
from solakube_registry.configure import configure
from solakube_registry.plan import deploy
from solakube_regtool.backup.keeping import Periods
from solakube_regtool.commands.backup import read_periods

from solakube_core.errors import Problem
from solakube_core.model import Layout, StorageChoice
from solakube_core.testing import Place
from tests.unit.exposure.places import settings

PASSWORD = {"REGISTRY_ADMIN_PASSWORD": "secret"}


class Machine(Place):
    """One without a cluster, with its data in a real folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def layout(self, component: str, in_container: Layout) -> Layout:
        return Layout(str(self.folder / "data"), str(self.folder / "config"))


def problems(folder: Path, to: object, **values: str) -> list[Problem]:
    given = settings(**PASSWORD, REGISTRY_BACKUP_TO=str(to), **values)
    return [found for found in configure(given, (), Machine(folder)).problems if "REGISTRY_BACKUP_TO" in found.what]


def test_it_is_a_schedule_of_the_machine_with_the_periods_of_the_settings(tmp_path: Path) -> None:
    given = settings(**PASSWORD, REGISTRY_BACKUP_TO=str(tmp_path), REGISTRY_BACKUP_RETENTION_MONTHLY="12")
    plan = deploy(given, (), StorageChoice("", ""), None, Machine(tmp_path))
    (schedule,) = plan.schedules
    assert (schedule.name, schedule.cron) == ("backup", "0 1 * * *")
    assert schedule.arguments == ("backup", "--scheduled", "--", str(tmp_path))
    assert read_periods(schedule.stdin) == Periods(30, 12, 0)
    assert deploy(settings(**PASSWORD), (), StorageChoice("", ""), None, Machine(tmp_path)).schedules == ()


def test_a_folder_of_its_own_that_is_there_is_taken(tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    assert problems(tmp_path, tmp_path / "backup") == []


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("backup", "not the absolute path"),
        ("pvc:backup", "not the absolute path"),
        ("~/backup", "not the absolute path"),
        ("{}/absent", "the disk may not be mounted"),
        ("{}/data", "the images are in"),
        ("{}/data/backup", "the images are in"),
        ("{}/link/backup", "the images are in"),
        ("{}", "the images are in"),
        # Python 3.13 takes it for one that is not there.
        ("{}/itself", ""),
    ],
)
def test_what_would_fail_at_night_or_be_no_backup_is_told_now(tmp_path: Path, to: str, why: str) -> None:
    (tmp_path / "data/backup").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "data")
    (tmp_path / "itself").symlink_to(tmp_path / "itself")
    (found,) = problems(tmp_path, to.format(tmp_path))
    assert why in found.why
    assert found.remedy


def test_no_days_are_no_backup(tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    (found,) = problems(tmp_path, tmp_path / "backup", REGISTRY_BACKUP_RETENTION_DAILY="0")
    assert "takes no backup with REGISTRY_BACKUP_RETENTION_DAILY=0" in found.what


def test_a_bucket_without_keys_cannot_be_copied(tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    bucket = {"REGISTRY_STORAGE": "s3", "REGISTRY_S3_BUCKET": "images", "REGISTRY_S3_REGION": "eu-1"}
    (found,) = problems(tmp_path, tmp_path / "backup", **bucket)
    assert "needs keys" in found.why


def test_veleros_settings_that_hold_for_it_are_not_told_to_be_idle(tmp_path: Path) -> None:
    given = {"REGISTRY_BACKUP_SCHEDULE_DAILY": "0 4 * * *", "REGISTRY_BACKUP_RETENTION_DAILY": "7"}
    assert list(idle.notes(settings(**given, REGISTRY_BACKUP_TO="/mnt"), Machine(tmp_path))) == []
    (told,) = idle.notes(settings(**given), Machine(tmp_path))
    assert "have no effect on one machine" in told
