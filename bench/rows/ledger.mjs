import { startAgent } from '../lib/agents.mjs';
import { addSellers, insertRows, makeDatabase, onDatabase, sellerId } from '../lib/database.mjs';
import { median } from '../lib/rounds.mjs';
import { ofServer } from '../lib/server-build.mjs';

/** How long verify:ledger takes for 100,000 entries, which it reads and hashes one by one. */
export async function ledgerRows({ serverUrl, dataDir, isQuick }) {
  const url = await makeDatabase(serverUrl, 'bench_ledger');
  const ours = await startAgent('ours', { DATABASE_URL: url, DATA_DIR: dataDir });
  const entries = isQuick ? 20_000 : 100_000;
  await addLives(url, entries / 100);

  const takes = [];
  for (let round = 0; round < 4; round += 1) {
    const verdict = await ours.verify();
    if (!verdict.isWhole || verdict.entries !== entries)
      throw new Error(`the ledger is not whole: ${verdict.faults.join('; ')}`);
    if (round > 0) takes.push(verdict.ms);
  }
  await ours.stop();
  const per = median(takes) * (100_000 / entries);
  return [
    {
      what: 'verify:ledger, 100,000 entries',
      peer: '',
      ours: `${(per / 1_000).toFixed(2)} s`,
      theirs: '',
      note: `${Math.round(100_000_000 / per).toLocaleString('en')} entries a second`,
    },
  ];
}

/** Accounts of 100 entries each: one grant, then holds and captures. The hash is the ledger's own. */
async function addLives(url, sellers) {
  const { genesisHash, hashEntry } = ofServer('modules/quota/ledger.js');
  await addSellers(url, sellers);
  const now = Date.now();
  const expireAt = now + 20 * 86_400_000;
  await onDatabase(url, async (connection) => {
    for (let n = 0; n < sellers; n += 1) {
      const rows = [];
      const account = { remaining: 0, held: 0, head: genesisHash };
      for (let position = 1; position <= 100; position += 1) {
        const kind = position === 1 ? 'grant' : position % 2 === 0 ? 'hold' : 'capture';
        const uses = kind === 'grant' ? 100 : 1;
        account.remaining += kind === 'grant' ? uses : kind === 'hold' ? -1 : 0;
        account.held += kind === 'hold' ? 1 : kind === 'capture' ? -1 : 0;
        const entry = {
          id: `qen_${String(n).padStart(8, '0')}${String(position).padStart(8, '0')}`,
          user_id: sellerId(n),
          position,
          kind,
          uses,
          cause_type: kind === 'grant' ? 'order' : 'task',
          cause_id: kind === 'grant' ? `ord_${n}` : `tsk_${n}_${position >> 1}`,
          remaining_after: account.remaining,
          held_after: account.held,
          expire_at: expireAt,
          grace_until: null,
          previous_hash: account.head,
          created_at: now,
        };
        account.head = hashEntry(entry);
        rows.push({ ...entry, hash: account.head });
      }
      await insertRows(connection, 'quota_entries', rows);
      await connection.query(
        'UPDATE quota_accounts SET remaining = ?, held = ?, expire_at = ?, entry_count = 100, head_hash = ?, updated_at = ? WHERE user_id = ?',
        [account.remaining, account.held, expireAt, account.head, now, sellerId(n)],
      );
    }
  });
}
