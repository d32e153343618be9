/**
 * Writes rounds into a store until it is killed: `node write-year.js PATH ROUNDS`. After each commit it prints how many rounds
 * are acknowledged. It is started by arrange-kill.test.ts, on the build.
 */
import { networkYear, publicLike } from '../../../../bench/dist/made-year.js';
import { loadHistory, putFigures, savedHistory, takeEntries } from '../../dist/pipeline/index.js';
import { Batch, openDuckDb } from '../../dist/store/index.js';

const [path = '', count = '0', perCommit = '1'] = process.argv.slice(2);
const store = await openDuckDb({ path });
const [held] = await store.query('heldSpan');
let history = await loadHistory(store, undefined);
let [batch, waiting] = [new Batch(), 0];
let acknowledged = held?.rounds ?? 0;
process.stdout.write(`${acknowledged}\n`);
const network = { ...publicLike, seed: 3, relays: 1500, missing: 0, rounds: Number(count) };
for (const round of networkYear(network)) {
  if (round.validAfter <= (held?.last_round ?? 0)) continue;
  batch.put('rounds', String(round.validAfter), round.row);
  putFigures(round.row, batch);
  await takeEntries(history, round.validAfter, round.routers, store, batch);
  waiting += 1;
  if (waiting < Number(perCommit)) continue;
  // Far more often than it is done by itself.
  batch.arrange({ from: network.start, until: network.start + 30 * 86_400 });
  await store.write(batch);
  acknowledged += waiting;
  [batch, waiting] = [new Batch(), 0];
  history = await loadHistory(store, savedHistory(history));
  process.stdout.write(`${acknowledged}\n`);
}
await store.close();
