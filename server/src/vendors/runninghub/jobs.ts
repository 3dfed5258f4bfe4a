import { logger } from '../../lib/logger';
import { costOf } from './amounts';
import type { Answer } from './calls';
import { codeFor, meaningOf, noJobIn, unusable } from './classify';
import type { JobView } from './port';
import { readFailure, readQueried, type QueriedReply, type ResultReply } from './replies';

type Asked = { jobId: string; resultNode: string };

const openWords: ReadonlySet<string> = new Set(['CREATE', 'QUEUED', 'RUNNING']);
const failedWords: ReadonlySet<string> = new Set(['FAILED', 'CANCEL', 'CANCELED', 'CANCELLED']);

/** An answer to "how does this job stand?" in our words. Throws `VendorUnavailable` when nothing was learned about it. */
export function viewOf(answer: Answer, asked: Asked): JobView {
  const meaning = meaningOf(answer);
  if (meaning === 'gone') return { state: 'gone', code: codeFor(answer) };
  if (meaning === 'open') return { state: 'open', isRunning: answer.code === '804' };

  const queried = answer.status <= 299 ? readQueried(answer.body) : null;
  const word = queried?.status ?? null;
  // Another job's pictures may be another seller's.
  if (queried && queried.jobId !== null && queried.jobId !== asked.jobId) throw unusable('for another job', answer);
  // A question that was refused may come in the clothes of a failed job, but without an id: a wrong key fails no job.
  if (queried?.jobId === null && meaning !== 'moderation' && noJobIn(answer)) throw unusable('a question', answer);

  if (word !== null && openWords.has(word)) return { state: 'open', isRunning: word === 'RUNNING' };
  if (word !== null && failedWords.has(word)) return failed(answer, queried, asked);
  if (queried && (word === 'SUCCESS' || (word === null && meaning === 'ok'))) return succeeded(queried, asked);

  if (meaning === 'failed' || meaning === 'moderation') return failed(answer, queried, asked);
  // A word that we do not know counts as working, until our own deadline.
  if (word !== null && meaning === 'ok') return { state: 'open', isRunning: false };
  throw unusable('a question', answer);
}

function succeeded({ results, usage }: QueriedReply, { jobId, resultNode }: Asked): JobView {
  if (results === null) return { state: 'open', isRunning: true }; // Done, and still being written down.

  const pictures = picturesOf(results, resultNode);
  if (pictures.length === 0 && results.length > 0) {
    const nodes = [...new Set(results.map((result) => result.nodeId ?? null))].slice(0, 20);
    logger.warn({ jobId, resultNode, nodes }, 'runninghub: a job has results, but no picture of the result node');
  }
  return { state: 'succeeded', pictures, cost: costOf(usage) };
}

function failed(answer: Answer, queried: QueriedReply | null, { jobId }: Asked): JobView {
  const code = answer.code ?? queried?.status?.toLowerCase() ?? codeFor(answer);
  logger.warn({ jobId, code, ...readFailure(answer.body) }, 'runninghub: a job failed');
  const kind = meaningOf(answer) === 'moderation' ? 'moderation' : 'vendor';
  return { state: 'failed', kind, code, cost: costOf(queried?.usage ?? null) };
}

/** An app saves its inputs too, the seller's own photo among them: only the result node's pictures are what was ordered. */
function picturesOf(results: readonly ResultReply[], resultNode: string): string[] {
  const isNamed = results.some((result) => result.nodeId);
  const pictures = results
    .filter((result) => !isNamed || result.nodeId === resultNode)
    .filter((result) => !isOtherThing(result))
    .flatMap((result) => result.url ?? []);
  return [...new Set(pictures)];
}

/** What names itself as something else is none; what does not name itself is fetched, and its bytes decide. */
function isOtherThing({ url, outputType }: ResultReply): boolean {
  const [, ending] = /^[^?#]+\.([0-9a-z]{2,5})([?#]|$)/i.exec(url ?? '') ?? [];
  const kinds = [outputType?.replace(/^image\/?/i, ''), ending].filter((kind) => kind);
  return kinds.length > 0 && !kinds.some((kind) => /^(png|jpe?g|webp)$/i.test(kind ?? ''));
}
