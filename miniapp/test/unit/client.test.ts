import { phone, resetPhone, type SentRequest } from '../stand-ins/taro';
import { createOrder, getMembership } from '../../src/api/membership';
import { createTask } from '../../src/api/tasks';
import { sendCode } from '../../src/api/auth';
import { signRequestsFor } from '../../src/api/client';
import { ApiProblem } from '../../src/api/problem';
import { problemBody, sampleMembership, sampleOrder, samplePayment, sampleTask } from './samples';

const signedOut: string[] = [];

beforeEach(() => {
  resetPhone();
  signedOut.length = 0;
  signRequestsFor({ token: () => 'token-1', onSignedOut: ({ code }) => signedOut.push(code) });
  // Pauses between attempts pass at once.
  jest.spyOn(globalThis, 'setTimeout').mockImplementation((act) => {
    queueMicrotask(() => typeof act === 'function' && act());
    return 0 as unknown as NodeJS.Timeout;
  });
});

afterEach(() => jest.restoreAllMocks());

/** Gives the replies one after the other; an Error breaks the connection. */
function answerInTurn(...replies: ({ statusCode: number; data: unknown } | Error)[]): void {
  phone.answer = () => {
    const reply = replies.shift();
    if (reply === undefined) throw new Error('asked more often than expected');
    if (reply instanceof Error) throw reply;
    return reply;
  };
}

const brokenConnection = () => Object.assign(new Error('request:fail'), { errMsg: 'request:fail ' });
const orderBody = { planId: 'month', channel: 'wechat_jsapi' as const };

async function problemOf(promise: Promise<unknown>): Promise<ApiProblem> {
  const thrown: unknown = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof ApiProblem)) throw new Error('expected a problem');
  return thrown;
}

it('sends a create again under the same key when the connection breaks', async () => {
  answerInTurn(brokenConnection(), brokenConnection(), {
    statusCode: 201,
    data: { order: sampleOrder('awaiting'), payment: samplePayment() },
  });

  await createOrder(orderBody, 'key-12345678');

  expect(phone.sent.map((each) => each.header['Idempotency-Key'])).toEqual([
    'key-12345678',
    'key-12345678',
    'key-12345678',
  ]);
  expect(new Set(phone.sent.map((each) => each.data)).size).toBe(1);
});

it('sends a post without a key only once', async () => {
  answerInTurn(brokenConnection());

  expect((await problemOf(sendCode('13800138000', 'device-of-a-test'))).code).toBe('unreachable');
  expect(phone.sent).toHaveLength(1);
});

it.each([
  ['a broken connection', brokenConnection(), 'unreachable'],
  ['a time-out on a phone', Object.assign(new Error(), { errMsg: 'request:fail timeout' }), 'timeout'],
  ['a time-out in a browser', new Error('The user aborted a request.'), 'timeout'],
])('tells %s from the rest', async (_name, error, code) => {
  answerInTurn(error, error, error);

  const problem = await problemOf(getMembership());

  expect(problem).toMatchObject({ code, isSilence: true, isPassing: true });
});

it('does not wait and retry when the phone has no network', async () => {
  phone.networkType = 'none';
  answerInTurn(brokenConnection());

  expect((await problemOf(getMembership())).code).toBe('offline');
});

it('carries the sentence, the request id and the fields of a refusal', async () => {
  const fields = [{ path: 'phone', message: '格式不对' }];
  answerInTurn(problemBody(400, 'invalid_request', '提交的内容不符合要求。', { fields }));

  const problem = await problemOf(sendCode('13800138000', 'device-of-a-test'));

  expect(problem).toMatchObject({
    code: 'invalid_request',
    message: '提交的内容不符合要求。',
    requestId: 'req_1',
    fields,
  });
});

it('takes a page of a proxy for a server out of reach, not for an answer', async () => {
  const page = { statusCode: 502, data: '<html>Bad Gateway</html>' };
  answerInTurn(page, page, page);

  expect(await problemOf(getMembership())).toMatchObject({ code: 'unreachable', status: 502 });
});

it('refuses a 200 of the wrong shape', async () => {
  answerInTurn({ statusCode: 200, data: { isMember: 'yes' } });

  expect((await problemOf(getMembership())).code).toBe('bad_answer');
});

it('does not retry a clear no', async () => {
  answerInTurn(problemBody(402, 'quota_insufficient', '可用次数不足，请续费后再试。', { quotaEffect: 'none' }));
  const body = { type: 'basic_clean', mediaId: 'media_1', params: {} };

  expect(await problemOf(createTask(body, 'key-12345678'))).toMatchObject({ status: 402, quotaEffect: 'none' });
});

it('leaves a long wait the server asks for to the seller', async () => {
  answerInTurn(problemBody(429, 'rate_limited', '操作太频繁了，请稍后再试。', { retryAfterSeconds: 40 }));

  expect((await problemOf(getMembership())).retryAfterSeconds).toBe(40);
});

it('waits longer for an answer than it asks the server to hold it', async () => {
  answerInTurn({ statusCode: 200, data: sampleTask('queued') });

  await createTask({ type: 'basic_clean', mediaId: 'media_1', params: {} }, 'key-12345678');

  const [sent] = phone.sent;
  expect(sent?.header.Prefer).toBe('wait=15');
  expect(sent?.timeout).toBeGreaterThan(15_000);
});

it('reports a refused token, and only while it is still the one in use', async () => {
  const refusal = problemBody(401, 'token_expired', '登录已过期，请重新登录。');
  answerInTurn(refusal, refusal);

  await problemOf(getMembership());
  expect(signedOut).toEqual(['token_expired']);

  let token = 'token-1';
  signRequestsFor({ token: () => token, onSignedOut: ({ code }) => signedOut.push(code) });
  phone.answer = (_request: SentRequest) => {
    token = 'token-2';
    return refusal;
  };
  await problemOf(getMembership());
  expect(signedOut).toHaveLength(1);
});

it('parses what the server means', async () => {
  answerInTurn({ statusCode: 200, data: { ...sampleMembership(7), extra: 'of a newer server' } });

  expect((await getMembership()).quotaRemaining).toBe(7);
});
