"""A tablet whose profile lies on the disk: switched off and on again, copied, and filled until nothing more fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Playwright

from tests.browser import launch_options
from tests.conftest import PROFILE, Server
from tests.tablet.conftest import Tablet
from tests.tablet.inside import inside
from tests.tablet.profile import Enrolled


@pytest.fixture
def on_disk(
    playwright: Playwright, server: Server, tmp_path: Path, enrolled: Enrolled
) -> Iterator[Callable[..., Tablet]]:
    """A tablet with a profile on the disk, as often as it is switched on: only such a one can be full."""
    running: list[Tablet] = []

    def switch_on(**more: Any) -> Tablet:
        if running:
            running[-1].context.close()
        options: dict[str, Any] = {**launch_options(), **PROFILE, **more}
        context = playwright.chromium.launch_persistent_context(str(tmp_path / "profile"), **options)
        running.append(Tablet(context, server))
        running[-1].enrolled = enrolled
        return running[-1]

    yield switch_on
    running[-1].context.close()
    assert not [fault for tablet in running for fault in tablet.faults]


BALLAST = """() => navigator.storage.getDirectory().then((folder) => folder.getFileHandle("ballast"))
  .then((handle) => handle.getFile()).then((file) => file.size, () => 0)"""
USED = "() => navigator.storage.estimate().then(({ usage }) => usage)"


def a_grainy_photo(folder: Path) -> Path:
    """A picture that no compression makes small, and never the same twice."""
    path = folder / "grain.png"
    Image.effect_noise((1100, 800), 120).save(path, compress_level=1)
    return path


FULL = inside(
    """
  const [{ StorageFull }, { Store }] = await Promise.all([load("store/errors.js"), load("store/store.js")]);
  const { write } = Store.prototype;
  Store.prototype.write = async () => { throw new StorageFull(); };
  window.makeRoom = () => { Store.prototype.write = write; };
"""
)
"""From now on nothing fits on the tablet, not even where the ballast was."""
