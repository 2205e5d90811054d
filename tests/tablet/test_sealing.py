"""Sealing on the tablet gives the same bytes as on the server; waits after wrong PINs; a store whose key is gone."""

from __future__ import annotations

import json

from tests.sync import cases
from tests.tablet.conftest import Tablet

SEAL_ALL = """async (table) => {
  const base = document.querySelector("script[type=module]").src.replace("shell/start.js", "");
  const [{ sealWith, isKey }, { unbase64, base64 }, { Vault, waitOf, tried, weakness }, { courierProof }, { Store }] =
    await Promise.all(["twins/seal.js", "ground/bytes.js", "store/vault.js", "person/session.js", "store/store.js"]
      .map((name) => import(base + name)));
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const pairOf = async ({ d, ...open }) => ({
    privateKey: await crypto.subtle.importKey("jwk", { ...open, d }, curve, true, ["deriveBits"]),
    publicKey: await crypto.subtle.importKey("jwk", open, curve, true, []),
  });
  const sealed = [];
  for (const { ephemeral, iv, data, purpose } of table.sealed) {
    const pair = await pairOf(ephemeral);
    sealed.push(await sealWith(pair, unbase64(iv), table.recipient.public, unbase64(data), purpose));
  }
  const { part } = table;
  const key = await Vault.of(unbase64(part.key));
  const opened = await key.unbox(unbase64(part.sealed).buffer, `${part.sha256}|${part.i}`);
  let lock = { tries: 0, until: 0 };
  const waits = [];
  for (let i = 0; i < 14; i += 1) waits.push(waitOf((lock = tried(lock, 1e12)), 1e12) / 1000);
  const store = new Store({ name: "fieldapp-99", vault: await Vault.create() });
  const record = { id: "r", survey_area: "s a", values: { a: 1 } };
  const change = { id: "c", seq: 1, record: "r", text: "t" };
  const named = (error) => error.constructor.name;
  await store.write(["records", "changes"], (rows) => {
    rows("records").put(record);
    rows("changes").put(change);
  });
  const back = [await store.get("records", "r"), await store.get("changes", "c")];
  store.vault = await Vault.create(); // nothing opens any more, as if all had been damaged
  const damaged = [await store.all("records"), await store.count("records")];
  const lost = await store.get("changes", "c").catch((error) => error.name);
  store.vault = null;
  const locked = await store.get("changes", "c").catch(named);
  const refused = await store.write(["changes"], (rows) => rows("changes").put(change)).catch(named);
  return {
    store: { back, damaged, lost, locked, refused, bare: await store.bare("changes") },
    sealed,
    keys: [await isKey(table.recipient), await isKey({ ...table.recipient, kid: "0".repeat(16) })],
    part: base64(opened),
    courier: await courierProof(table.courier.token),
    waits: [...waits, waitOf({ ...lock, until: 9e12 }, 1e12) / 1000],
    spaced: ["2846 1937", "28 46", "2846 1937 5041"].map(weakness),
    weak: ["1234567", "12345678", "11111111", "28461937", "mật khẩu", "một câu dễ nhớ"].map(weakness),
    phrase: await (async () => { // as some have chosen before
      const vault = await Vault.create();
      const lock = await vault.wrap("2846 1937 5550");
      return [weakness("2846 1937 5550"), lock.digits, await Vault.open(lock, "2846 1937 5550").then(() => true),
        await Vault.open(lock, "284619375550").catch(named)];
    })(),
  };
}"""


def test_the_tablet_seals_as_the_server_does_and_waits_grow_but_never_for_ever(locked: Tablet) -> None:
    table = cases.load("sealing.json")
    locked.open()
    locked.page.locator("#code").wait_for()
    told = locked.page.evaluate(SEAL_ALL, json.loads(json.dumps(table)))
    assert told["sealed"] == [row["sealed"] for row in table["sealed"]]
    assert told["keys"] == [True, False]
    record, change = {"id": "r", "survey_area": "s a", "values": {"a": 1}}, {"id": "c", "seq": 1, "record": "r"}
    assert told["store"] == {
        "back": [record, {**change, "text": "t"}],
        "damaged": [[], 0],  # the server has it as well: it is forgotten, and comes again
        "lost": None,  # nobody else has it: it stays as it lies, is marked, and is never taken for nothing
        "locked": "Locked",
        "refused": "Locked",
        "bare": [{**change, "damaged": True}],
    }
    assert told["part"] == table["part"]["part"]
    assert told["courier"] == table["courier"]["hex"]
    assert told["waits"] == [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert told["weak"] == ["short", "easy", "easy", None, "short", None]
    assert told["spaced"] == ["spaced", "short", None]
    assert told["phrase"] == [None, False, True, "WrongPin"]
