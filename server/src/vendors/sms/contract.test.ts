import { inspect } from 'node:util';
import { clock } from '../../lib/clock';
import { VendorUnavailable } from '../../lib/errors';
import { listenOnLoopback, type Listening } from '../../sandbox/listen';
import { createSmsSimulator, type SmsSimulator } from '../../sandbox/sms/sms';
import { tencentSms, type TencentSmsSettings } from './tencent-sms';

const keys = { secretId: 'AKIDcontract', secretKey: 'contract-secret-key' };
const account = { ...keys, sdkAppId: '1400000001', signName: '素衣', templateId: '2000001' };
const message = { phone: '13800138000', code: '048213', validMinutes: 5 };

let vendor: SmsSimulator;
let listening: Listening;

beforeEach(async () => {
  vendor = createSmsSimulator(account);
  listening = await listenOnLoopback(vendor.app.callback());
});
afterEach(async () => {
  clock.reset();
  await listening.stop();
});

const adapter = (changes: Partial<TencentSmsSettings> = {}) =>
  tencentSms({ ...account, endpoint: listening.origin, region: 'ap-guangzhou', timeoutMs: 500, ...changes });

const failureOf = (sending: Promise<unknown>): Promise<unknown> =>
  sending.then(
    () => Promise.reject(new Error('it was sent')),
    (error: unknown) => error,
  );

it('sends the code, whole, to the number with its country code', async () => {
  const answer = await adapter().sendCode(message);

  expect(answer).toEqual({ refused: false });
  expect(vendor.messages()).toEqual([{ phone: '13800138000', code: '048213', at: expect.any(Number) }]);
  expect(vendor.latestCode('13800138000')).toBe('048213');
});

it('still signs rightly when a test has moved our clock: the vendor lives in its own time', async () => {
  clock.advance(3_600_000);

  expect(await adapter().sendCode(message)).toEqual({ refused: false });
});

it('goes straight to the vendor, whatever proxy the process was given: only config reads variables', async () => {
  const before = process.env.http_proxy;
  process.env.http_proxy = 'http://127.0.0.1:1';
  const answer = await adapter()
    .sendCode(message)
    .finally(() => {
      if (before === undefined) delete process.env.http_proxy;
      else process.env.http_proxy = before;
    });

  expect(answer).toEqual({ refused: false });
});

it.each<[string, Partial<TencentSmsSettings>, Partial<typeof message>, string]>([
  ['a wrong secret key', { secretKey: 'another' }, {}, 'AuthFailure.SignatureFailure'],
  ['an unknown secret id', { secretId: 'AKIDother' }, {}, 'AuthFailure.SecretIdNotFound'],
  ['another application', { sdkAppId: '1499999999' }, {}, 'UnauthorizedOperation.SmsSdkAppIdVerifyFail'],
  ['an unapproved signature', { signName: '别家' }, {}, 'FailedOperation.SignatureIncorrectOrUnapproved'],
  ['an unapproved template', { templateId: '9' }, {}, 'FailedOperation.TemplateIncorrectOrUnapproved'],
  ['a number that is none', {}, { phone: '12345' }, 'InvalidParameterValue.IncorrectPhoneNumber'],
  ['a code longer than six digits', {}, { code: '1234567' }, 'InvalidParameterValue.TemplateParameterFormatError'],
  ['a code that is not digits', {}, { code: 'abcdef' }, 'InvalidParameterValue.TemplateParameterFormatError'],
])('answers %s with a refusal, and no message leaves', async (_name, settings, changes, code) => {
  const answer = await adapter(settings).sendCode({ ...message, ...changes });

  expect(answer).toMatchObject({ refused: true, code });
  expect(vendor.messages()).toEqual([]);
});

it('takes a refused number for what it is, though the call itself succeeds', async () => {
  vendor.refuseNumber(message.phone);
  expect(await adapter().sendCode(message)).toMatchObject({
    refused: true,
    code: 'FailedOperation.PhoneNumberInBlacklist',
  });

  vendor.acceptNumber(message.phone);
  expect(await adapter().sendCode(message)).toEqual({ refused: false });
});

it("passes on the vendor's own limit for a number, and is heard again after it", async () => {
  clock.freeze();
  vendor.limitEachNumber(30_000);
  await adapter().sendCode(message);

  const tooSoon = await adapter().sendCode(message);
  clock.advance(30_000);
  const later = await adapter().sendCode(message);

  expect(tooSoon).toMatchObject({ refused: true, code: 'LimitExceeded.PhoneNumberThirtySecondLimit' });
  expect(later).toEqual({ refused: false });
});

const errorAnswer = (Code: string, Message = 'x') => ({ Response: { Error: { Code, Message }, RequestId: 'r' } });
const statusAnswer = (Code: string) => ({
  Response: { SendStatusSet: [{ Code, Message: 'x', PhoneNumber: '+8613800138000' }], RequestId: 'r' },
});

it.each(['LimitExceeded.PhoneNumberDailyLimit', 'RequestLimitExceeded', 'InvalidParameterValue'])(
  'reads the error %s as a clear no',
  async (code) => {
    vendor.faults.plan({ path: '/', times: 1, fault: { kind: 'status', status: 200, body: errorAnswer(code) } });

    expect(await adapter().sendCode(message)).toMatchObject({ refused: true, code });
  },
);

it('leaves the number out of the reason, where the vendor repeats it', async () => {
  const body = errorAnswer('InvalidParameterValue.IncorrectPhoneNumber', 'number +8613800138000 is wrong');
  vendor.faults.plan({ path: '/', times: 1, fault: { kind: 'status', status: 200, body } });

  expect(await adapter().sendCode(message)).toMatchObject({ reason: 'number +**** is wrong' });
});

it.each<[string, Parameters<SmsSimulator['faults']['plan']>[0]['fault']]>([
  ['an error inside the vendor', { kind: 'status', status: 200, body: errorAnswer('InternalError.Timeout') }],
  ['an error it has no word for', { kind: 'status', status: 200, body: errorAnswer('Surprise') }],
  ['a number it failed on by itself', { kind: 'status', status: 200, body: statusAnswer('InternalError.Timeout') }],
  ['a 500', { kind: 'status', status: 500, body: 'oops' }],
  ['text that is no JSON', { kind: 'status', status: 200, body: '13800138000 048213 <html>' }],
  ['JSON of another shape', { kind: 'status', status: 200, body: { Response: { RequestId: 'r' } } }],
  ['JSON without a response', { kind: 'status', status: 200, body: {} }],
  ['silence', { kind: 'delay', ms: 1_500 }],
  ['a connection that is reset', { kind: 'reset' }],
  ['an answer that is lost', { kind: 'lost' }],
  ['an answer that is cut', { kind: 'cut', afterBytes: 20 }],
])('takes %s for no answer, once, and says neither number nor code', async (_name, fault) => {
  vendor.faults.plan({ path: '/', times: 1, fault });

  const error = await failureOf(adapter().sendCode(message));

  expect(error).toBeInstanceOf(VendorUnavailable);
  expect(inspect(error, { depth: 10 })).not.toMatch(/13800138000|048213|contract-secret-key/);
  expect(vendor.messages().length).toBeLessThanOrEqual(1);
});

it('takes an address where nobody listens for no answer', async () => {
  await listening.stop();

  expect(await failureOf(adapter().sendCode(message))).toBeInstanceOf(VendorUnavailable);
});
