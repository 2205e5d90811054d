// node pouch.cjs MODULES FILE FOLDER: replicates changes between two PouchDB databases on disk, in two shapes.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const [modules, file, folder] = process.argv.slice(2);
const PouchDB = require(path.join(modules, "pouchdb"));
const BATCH = 1000; // faster than its 100

const texts = fs.readFileSync(file, "utf8").split("\n").filter(Boolean);

// Every change a document of its own: the whole history travels, as it does here.
async function fillWithChanges(database) {
  for (let at = 0; at < texts.length; at += BATCH) {
    const some = texts.slice(at, at + BATCH);
    await database.bulkDocs(some.map((text, i) => ({ _id: `${at + i}`.padStart(9, "0"), ...JSON.parse(text) })));
  }
}

// Every record a document with a revision for each change: only the last one travels with its answers.
async function fillWithRecords(database) {
  const docs = new Map();
  for (let at = 0; at < texts.length; ) {
    const changed = new Map();
    while (at < texts.length && changed.size < BATCH) {
      const change = JSON.parse(texts[at]);
      if (changed.has(change.record)) break;
      const before = docs.get(change.record) ?? { _id: change.record };
      changed.set(change.record, { ...before, ...change.answers, author: change.author, stamp: change.stamp });
      at += 1;
    }
    for (const answer of await database.bulkDocs([...changed.values()])) {
      if (!answer.ok) throw new Error(JSON.stringify(answer));
      docs.set(answer.id, { ...changed.get(answer.id), _rev: answer.rev });
    }
  }
}

async function measure(name, fill) {
  const source = new PouchDB(path.join(folder, `${name}-source`));
  const target = new PouchDB(path.join(folder, `${name}-target`));
  await fill(source);
  const start = process.hrtime.bigint();
  await source.replicate.to(target, { batch_size: BATCH });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const docs = (await target.info()).doc_count;
  if (docs !== (await source.info()).doc_count) throw new Error(`${docs} documents arrived`);
  return { seconds, docs };
}

(async () => {
  const changes = await measure("changes", fillWithChanges);
  const records = await measure("records", fillWithRecords);
  console.log(JSON.stringify({ changes, records }));
})();
