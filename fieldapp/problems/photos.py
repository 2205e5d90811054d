"""Photos that cannot be kept or shown."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.problems.base import Problem


class NoPhoto(Problem):
    code, status = "no_photo", 400
    sentence = _l(
        "This file is not a photo that can be shown. Take the photo again, or choose a JPEG, PNG or WebP file."
    )


class HugePhoto(Problem):
    code, status = "huge_photo", 400
    sentence = _l(
        "This photo has too many pixels to be shown. Take it again with a lower resolution set in the camera."
    )


class BrokenPhoto(Problem):
    code, status = "broken_photo", 400
    sentence = _l("This photo is damaged or cut off and cannot be shown. Take it again if you can.")


class UnnamedPhoto(Problem):
    code, status = "unnamed_photo", 413
    sentence = _l(
        "This device has sent more than %(most)s MB of photos in a day that no record names. "
        "The photo stays on the device and is tried again. Send the records first."
    )
