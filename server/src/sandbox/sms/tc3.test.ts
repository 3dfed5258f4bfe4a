import { tencentSms } from '../../vendors/sms/tencent-sms';
import { listenOnLoopback } from '../listen';
import { readBody } from '../read-body';
import { findTc3Problem, type Tc3Request } from './tc3';

const keys = { secretId: 'AKIDrecorded', secretKey: 'recorded-secret-key' };
const minute = 60_000;
let recorded: Tc3Request;
let signedAtMs: number;

// One request of the vendor's own package, as it came over the wire: what holds for it is what the vendor would accept.
beforeAll(async () => {
  const vendor = await listenOnLoopback((request, response) => {
    void readBody(request, 64 * 1024).then((body) => {
      const { method = '', headers } = request;
      recorded = { method, path: '/', query: '', headers, body: body ?? Buffer.alloc(0) };
      response.end('{}');
    });
  });
  const account = { ...keys, region: 'ap-guangzhou', sdkAppId: '1', signName: '素衣', templateId: '2' };
  const sms = tencentSms({ ...account, endpoint: vendor.origin });
  await sms.sendCode({ phone: '13800138000', code: '123456', validMinutes: 5 }).catch(() => undefined);
  await vendor.stop();
  signedAtMs = Number(recorded.headers['x-tc-timestamp']) * 1_000;
});

const signature = (): string => String(recorded.headers.authorization);
const withHeaders = (headers: Record<string, string>): Tc3Request => ({
  ...recorded,
  headers: { ...recorded.headers, ...headers },
});

it('accepts what the vendor’s own package signed, for five minutes either way', () => {
  expect(findTc3Problem(recorded, keys, signedAtMs)).toBeNull();
  expect(findTc3Problem(recorded, keys, signedAtMs + 5 * minute)).toBeNull();
  expect(findTc3Problem(recorded, keys, signedAtMs - 5 * minute)).toBeNull();
  expect(findTc3Problem(recorded, keys, signedAtMs + 5 * minute + 1)).toBe('AuthFailure.SignatureExpire');
  expect(findTc3Problem(recorded, keys, signedAtMs - 5 * minute - 1)).toBe('AuthFailure.SignatureExpire');
});

it.each<[string, () => Tc3Request, string]>([
  ['another body', () => ({ ...recorded, body: Buffer.concat([recorded.body, Buffer.from(' ')]) }), 'SignatureFailure'],
  ['another path', () => ({ ...recorded, path: '/other' }), 'SignatureFailure'],
  ['a query added', () => ({ ...recorded, query: 'a=1' }), 'SignatureFailure'],
  ['another method', () => ({ ...recorded, method: 'PUT' }), 'SignatureFailure'],
  ['another host', () => withHeaders({ host: 'sms.example' }), 'SignatureFailure'],
  ['another content type', () => withHeaders({ 'content-type': 'text/plain' }), 'SignatureFailure'],
  ['another second', () => withHeaders({ 'x-tc-timestamp': String(signedAtMs / 1_000 + 1) }), 'SignatureFailure'],
  ['another day', () => withHeaders({ authorization: signature().replace(/\/\d{4}-/, '/1999-') }), 'SignatureFailure'],
  ['another service', () => withHeaders({ authorization: signature().replace('/127/', '/cvm/') }), 'SignatureFailure'],
  ['no host signed', () => withHeaders({ authorization: signature().replace(';host', '') }), 'InvalidAuthorization'],
  ['no signature', () => withHeaders({ authorization: '' }), 'InvalidAuthorization'],
  ['no time', () => withHeaders({ 'x-tc-timestamp': '' }), 'SignatureExpire'],
])('refuses %s', (_name, request, problem) => {
  expect(findTc3Problem(request(), keys, signedAtMs)).toBe(`AuthFailure.${problem}`);
});

it('refuses the keys of another account', () => {
  expect(findTc3Problem(recorded, { ...keys, secretKey: 'other' }, signedAtMs)).toBe('AuthFailure.SignatureFailure');
  expect(findTc3Problem(recorded, { ...keys, secretId: 'AKIDother' }, signedAtMs)).toBe('AuthFailure.SecretIdNotFound');
});
