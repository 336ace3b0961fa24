"""Deleting a tag by the API, and that tag alone.

Distribution 3 does so by itself (`DELETE` of a tag, OCI Distribution Specification 1.1). Others, such as distribution
2.8, only delete a manifest with all its tags, and with it a platform of an index that names it. There the tag is
first moved to a manifest that nobody else has, and this one is deleted then; regclient's `tag rm` does likewise. To
delete the image itself where no other tag seems to have it would not be safe: a push may give it one meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
import uuid

from solakube_regtool.errors import RegtoolError
from solakube_regtool.http.parallel import Once
from solakube_regtool.http.transport import Answer
from solakube_regtool.oci import names
from solakube_regtool.oci.contents import Tagged
from solakube_regtool.oci.manifest import OCI_IMAGE
from solakube_regtool.registry_api import uploads
from solakube_regtool.registry_api.client import DELETING_DISABLED, RegistryApi, Stored

_DELETED = (200, 202, 204)
_UNSUPPORTED = (400, 405)
_PAUSES = (0.05, 0.2, 1.0, 3.0)
"""Seconds to wait before another try where the registry stumbled."""

_EMPTY = b"{}"
_EMPTY_DIGEST = f"sha256:{hashlib.sha256(_EMPTY).hexdigest()}"


class Untagging:
    """Deletes tags of one registry, which is found out about by the first; several threads may share it.

    Args:
        api: of the registry.
    """

    def __init__(self, api: RegistryApi) -> None:
        self._api = api
        self._by_digest_alone = False
        self._provided: Once[str, None] = Once(self._provide)
        self._turns: Once[str, threading.Lock] = Once(lambda _: threading.Lock())

    def delete(self, tag: Tagged) -> None:
        """Delete a tag unless a push has moved it meanwhile.

        Raises:
            RegtoolError: it is gone or moved, or the registry deletes nothing.
        """
        if self._by_digest_alone:
            self._delete_as_dummy(tag)
            return
        self._require_unmoved(tag)
        answer = self._api.delete_manifest(tag.repository, tag.name)
        if answer.status == 404 and not answer.repeated:
            raise names.moved(tag.repository, tag.name)
        if answer.status in _UNSUPPORTED:
            self._require_deletion(tag)
            self._by_digest_alone = True
            self._delete_as_dummy(tag)
        elif answer.status != 404:
            self._api.require(answer, _DELETED, f"{tag.repository}:{tag.name} cannot be deleted")

    def _require_unmoved(self, tag: Tagged) -> None:
        if self._api.digest_of(tag.repository, tag.name) != tag.digest:
            raise names.moved(tag.repository, tag.name)

    def _require_deletion(self, tag: Tagged) -> None:
        """See whether the registry would delete a digest: one that is not there, for nothing is at stake then."""
        nobodys = f"sha256:{hashlib.sha256(uuid.uuid4().bytes).hexdigest()}"
        answer = self._api.delete_manifest(tag.repository, nobodys)
        if answer.status not in (404, *_DELETED):
            raise _not_deleted(tag, answer)

    def _delete_as_dummy(self, tag: Tagged) -> None:
        # Distribution 2.8 looks at all tags of a repository to delete a digest, and fails where one vanishes then.
        with self._turns(tag.repository):
            dummy, digest = _dummy()
            self._provided(tag.repository)
            self._require_unmoved(tag)
            try:
                self._replace_and_delete(tag, dummy, digest)
            except BaseException:
                self._bring_back(tag, digest)
                raise

    def _replace_and_delete(self, tag: Tagged, dummy: Stored, digest: str) -> None:
        """Do it again where the registry fails half-way: it may have deleted the dummy and left the tag."""
        for pause in _PAUSES:
            self._api.put_manifest(tag.repository, tag.name, dummy)
            answer = self._api.delete_manifest(tag.repository, digest)
            if answer.status in _DELETED:
                return
            if answer.status != 404 and answer.status < 500:
                break
            time.sleep(pause)
            if not self._is_ours(tag, digest):
                # A push was here meanwhile: the tag that was to go is gone.
                return
        raise _not_deleted(tag, answer)

    def _is_ours(self, tag: Tagged, dummy: str) -> bool:
        return self._api.digest_of(tag.repository, tag.name) in (dummy, None)

    def _bring_back(self, tag: Tagged, dummy: str) -> None:
        """Put a tag back onto its image, as well as possible: the cause of the failure is what counts."""
        with contextlib.suppress(RegtoolError):
            image = self._api.manifest(tag.repository, tag.digest)
            if image and self._is_ours(tag, dummy):
                self._api.put_manifest(tag.repository, tag.name, image)

    def _provide(self, repository: str) -> None:
        """Let a repository have the blob that dummies name."""
        uploads.put(self._api, repository, _EMPTY_DIGEST, _EMPTY)


def _dummy() -> tuple[Stored, str]:
    """Make a manifest that nobody else has; returns its digest, too."""
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": _EMPTY_DIGEST, "size": len(_EMPTY)}
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE,
        "config": config,
        "layers": [],
        "annotations": {"solakube.untag": str(uuid.uuid4())},
    }
    content = json.dumps(document).encode()
    return Stored(content, OCI_IMAGE), f"sha256:{hashlib.sha256(content).hexdigest()}"


def _not_deleted(tag: Tagged, answer: Answer) -> RegtoolError:
    hint = DELETING_DISABLED if answer.status in _UNSUPPORTED else ""
    return RegtoolError(f"{tag.repository}:{tag.name} cannot be deleted", answer.explanation(), hint)
