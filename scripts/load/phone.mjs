import { setTimeout as sleep } from 'node:timers/promises';

const answerWithinMs = 60_000;
const goesOnForMs = 180_000;

/** An answer that was not expected, in words for the report. */
export class Refused extends Error {
  name = 'Refused';
  constructor(status, code, problem) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = problem?.retryAfterSeconds ?? null;
  }
}

/**
 * A phone's line to the product: it asks again when no answer comes or the balancer has nobody, waits when told to, and
 * measures every answer. What a sound product never says is noted as a surprise.
 */
export function createPhone({ origin, figures }) {
  let token = null;

  async function once(method, path, { body, form, key, prefer }) {
    const answer = await fetch(new URL(path, origin), {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key && { 'idempotency-key': key }),
        ...(prefer && { prefer }),
      },
      body: form ? form() : body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
    return { status: answer.status, bytes, json: isJson ? JSON.parse(bytes.toString('utf8')) : null };
  }

  /** The JSON of a good answer, or its bytes. Throws `Refused` for a clear no, and when the line stays dead for minutes. */
  async function ask(step, method, path, options = {}) {
    const deadline = Date.now() + goesOnForMs;
    for (let pauseMs = 200; ; pauseMs = Math.min(pauseMs * 1.6, 3_000)) {
      const startedAt = performance.now();
      const answer = await once(method, path, options).catch((error) => ({ status: 0, kind: kindOf(error) }));
      const { status, json } = answer;
      if (status >= 200 && status < 400) {
        figures.answered(step, performance.now() - startedAt);
        return json ?? answer.bytes;
      }
      const kind = answer.kind ?? `${status} ${json?.code ?? 'of the balancer'}`;
      figures.error(step, kind);
      if (status === 500) figures.surprise(`${step} was answered with ${kind}, request ${json?.requestId}`);
      const isWorthARetry = status === 0 || status >= 500 || json?.code === 'rate_limited';
      if (!isWorthARetry || Date.now() > deadline) throw new Refused(status, json?.code ?? kind, json);
      await sleep(json?.retryAfterSeconds ? json.retryAfterSeconds * 1_000 : pauseMs * (0.5 + Math.random()));
    }
  }

  return { ask, signIn: (given) => void (token = given) };
}

function kindOf(error) {
  if (error.name === 'TimeoutError') return 'no answer in a minute';
  return error.cause?.code ?? error.cause?.message ?? error.message;
}
