import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { assert } from '../../lib/assert';
import { clock, hours } from '../../lib/clock';
import type { BillLine } from '../payment/port';
import type { VendorHttp } from '../http';
import { refusalCode, unusable } from './answers';
import { parseBill } from './bill-csv';
import { userAgent } from './certificates';
import type { SignedCalls } from './signed-calls';

const unpack = promisify(gunzip);

const Statement = z.object({
  hash_type: z.literal('SHA1'),
  hash_value: z.string().regex(/^[0-9a-f]{40}$/i),
  download_url: z.url({ protocol: /^https?$/ }).max(2_048),
});

// About 90,000 lines of 350 bytes, which is far above a good day of this product and far below our memory.
const packedBytesMax = 8 * 1024 * 1024;
const unpackedBytesMax = 32 * 1024 * 1024;

const hostsOfWechatPay = ['api.mch.weixin.qq.com', 'api2.mch.weixin.qq.com'];

type Caller = { http: VendorHttp; pay: SignedCalls; apiBase: string; appid: string };

/**
 * The bill of one Shanghai day, of our app's payments and refunds alone, though the merchant's number may serve other apps too. The
 * answer that names the file is signed; the file is not, so it is believed by the SHA-1 that the signed answer gives.
 */
export async function fetchBill(caller: Caller, day: string): Promise<readonly BillLine[] | 'not_ready'> {
  assert(/^\d{4}-\d{2}-\d{2}$/.test(day), 'a bill is asked for by its day');

  const answer = await caller.pay.tradebill({ bill_date: day, bill_type: 'ALL', tar_type: 'GZIP' });
  if (answer.status !== 200) {
    const code = refusalCode(answer);
    if (code === 'STATEMENT_CREATING') return 'not_ready';
    if (code === 'NO_STATEMENT_EXIST') return clock.now() < readyAt(day) ? 'not_ready' : [];
    throw unusable(`refused a bill: ${answer.status} ${code}`);
  }

  const statement = Statement.safeParse(answer.data);
  if (!statement.success) throw unusable('answered a bill in another shape', statement.error);
  const rows = parseBill(await download(caller, statement.data));

  // The signature does not cover the question: a genuine answer about another day must not pass for this one's.
  const payments = rows.filter((row) => row.line.kind === 'payment');
  const isOfTheDay = payments.length === 0 || payments.some((row) => row.day === day);
  if (!isOfTheDay) throw unusable('answered with the bill of another day');
  return rows.filter((row) => row.appid === caller.appid).map((row) => row.line);
}

/** WeChat Pay writes a day's bill from nine o'clock of the next day on, and asks merchants to come after ten. */
const readyAt = (day: string): number => Date.parse(`${day}T00:00:00+08:00`) + hours(34);

async function download(caller: Caller, statement: z.infer<typeof Statement>): Promise<string> {
  const path = pathHere(statement.download_url, caller.apiBase);
  const reply = await caller.http.send({
    method: 'GET',
    path,
    headers: {
      accept: 'application/json', // As for every call of theirs, though what comes is a file.
      authorization: caller.pay.authorizationFor('GET', path),
      'user-agent': userAgent,
    },
    timeoutMs: 60_000,
    bytesMax: packedBytesMax,
  });
  if (reply.status !== 200) throw unusable(`answered ${reply.status} for a bill's file`);

  const bill = await unpack(reply.body, { maxOutputLength: unpackedBytesMax }).catch((error: unknown) => {
    throw unusable("sent a bill's file that cannot be unpacked", error);
  });
  // Their digest is of the bill itself, not of the packed file.
  const digest = createHash('sha1').update(bill).digest('hex');
  if (digest !== statement.hash_value.toLowerCase()) throw unusable('sent another bill than the one it announced');
  return bill.toString('utf8');
}

/** Of the address only path and query are used, at our own base: a signature of ours goes to no host that an answer names. */
function pathHere(downloadUrl: string, apiBase: string): string {
  const url = new URL(downloadUrl);
  const isKnown = hostsOfWechatPay.includes(url.host) || url.origin === new URL(apiBase).origin;
  if (!isKnown) throw unusable('answered a bill that lies at a stranger');
  return url.pathname + url.search;
}
