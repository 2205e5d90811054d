"""What a browser seals and boxes, this node opens; and it seals as the table says, byte for byte."""

from __future__ import annotations

import base64
from typing import Any

from playwright.sync_api import Page

from sync.sealing import (
    KEY,
    SealingKey,
    change_place,
    device_purpose,
    part_place,
    photo_purpose,
    unbox,
)
from tests.sync.cases import load
from tests.sync.test_browser_agrees import page

__all__ = ["page"]

TABLE: dict[str, Any] = load("sealing.json")
OURS = SealingKey.generate()
TEXT, ID, SHA256, DEVICE = TABLE["change"]["text"], TABLE["change"]["id"], "a" * 64, "b" * 16

AS_THE_TABLE = """async ({ recipient, sealed }) => {
  const { sealWith } = await import("/app/twins/seal.js");
  const { unbase64 } = await import("/app/ground/bytes.js");
  const curve = { name: "ECDH", namedCurve: "P-256" };
  return Promise.all(sealed.map(async ({ ephemeral: { d, ...open }, iv, data, purpose }) => {
    const privateKey = await crypto.subtle.importKey("jwk", { ...open, d }, curve, false, ["deriveBits"]);
    const publicKey = await crypto.subtle.importKey("jwk", open, curve, true, []);
    return sealWith({ privateKey, publicKey }, unbase64(iv), recipient.public, unbase64(data), purpose);
  }));
}"""

MADE = """async ([key, id, text, sha256, device]) => {
  const { sealChange, sealDeviceKey, sealPhotoKey, isKey } = await import("/app/twins/seal.js");
  const { Vault } = await import("/app/store/vault.js");
  const { base64, utf8 } = await import("/app/ground/bytes.js");
  const vault = await Vault.create();
  const secret = await vault.bytes();
  return {
    change: await sealChange(key, { id, text }),
    photo: await sealPhotoKey(key, sha256, secret),
    device: await sealDeviceKey(key, device, secret),
    part: base64(await vault.box(utf8("sixty kilobytes"), `${sha256}|3`)),
    kept: base64(await vault.box(utf8("a change"), `changes|${id}|1`)),
    none: await sealChange(null, { id, text }),
    fits: await Promise.all([key, { ...key, kid: "0".repeat(16) }, { kid: key.kid, public: "AAAA" }, null].map(isKey)),
  };
}"""

PROOF = """async (token) => (await import("/app/person/session.js")).courierProof(token)"""


def test_a_browser_seals_as_the_table_says(page: Page) -> None:
    assert page.evaluate(AS_THE_TABLE, TABLE) == [row["sealed"] for row in TABLE["sealed"]]


def test_what_a_browser_seals_and_boxes_is_opened_here_and_a_key_that_does_not_fit_its_name_is_none(page: Page) -> None:
    key = {"kid": OURS.kid, "public": OURS.public}
    made = page.evaluate(MADE, [key, ID, TEXT, SHA256, DEVICE])
    assert OURS.unseal_change(ID, made["change"]["box"], 10_000) == TEXT
    secret = OURS.unseal_key(made["photo"]["box"], photo_purpose(SHA256))
    assert OURS.unseal_key(made["device"]["box"], device_purpose(DEVICE)) == secret
    assert len(secret) == KEY
    assert unbox(secret, base64.b64decode(made["part"]), part_place(SHA256, 3)) == b"sixty kilobytes"
    assert unbox(secret, base64.b64decode(made["kept"]), change_place(ID)) == b"a change"
    assert {made[name]["kid"] for name in ("change", "photo", "device")} == {OURS.kid}
    assert (made["none"], made["fits"]) == (None, [True, False, False, False])


def test_a_browser_proves_itself_as_the_table_says(page: Page) -> None:
    assert page.evaluate(PROOF, TABLE["courier"]["token"]) == TABLE["courier"]["hex"]
