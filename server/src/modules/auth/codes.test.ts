import { newPhone } from '../../../test/make';
import { call } from '../../../test/request';
import { useWorld } from '../../../test/world';
import { database, dialectOf } from '../../db/database';
import { change, select } from '../../db/sql';
import { clock, days, hours, minutes } from '../../lib/clock';
import { networkOf } from './codes';

// The limits that an operator starts with; the first address of the header counts.
const world = useWorld({ ROLES: 'web', TRUST_PROXY: '1', SMS_PER_IP_HOUR: '20' });

// So early that no Shanghai day ends during a test.
beforeEach(() => clock.freeze(Date.parse('2026-11-22T01:00:00Z') + days((round += 1))));
let round = 0;
afterEach(() => change('DELETE FROM verification_codes', {}));

type From = { ip: string; device?: string; phone?: string };

async function ask({ ip, device, phone = newPhone() }: From): Promise<string> {
  const headers = { 'x-forwarded-for': ip, ...(device !== undefined && { 'x-device-id': device }) };
  const { status, body } = await call(world, 'POST', '/api/auth/send-code', { body: { phone }, headers });
  return status === 200 ? 'sent' : String(body.code);
}

async function askAndLogIn(ip: string): Promise<void> {
  const phone = newPhone();
  expect(await ask({ ip, phone })).toBe('sent');
  const body = { phone, code: world.sandbox.sms.latestCode(phone) };
  expect((await call(world, 'POST', '/api/auth/login', { body })).status).toBe(200);
}

/** What `times` askings came to, in the order of asking: `sent`, or the code of the refusal. */
async function askings(times: number, from: (n: number) => From): Promise<string[]> {
  const answers: string[] = [];
  for (let n = 0; n < times; n += 1) answers.push(await ask(from(n)));
  return answers;
}

const sentOf = (answers: string[]): number => answers.filter((answer) => answer === 'sent').length;

describe('of one address', () => {
  it('twenty codes an hour are sent, used or not', async () => {
    const answers = await askings(22, () => ({ ip: '203.0.113.9' }));

    expect(answers.slice(0, 20)).toEqual(Array(20).fill('sent'));
    expect(answers.slice(20)).toEqual(['code_too_often', 'code_too_often']);
    clock.advance(hours(1));
    expect(await ask({ ip: '203.0.113.9' })).toBe('sent');
  });
});

describe('of one network in which nobody types a code in', () => {
  it.each([
    ['the 256 addresses of an IPv4 /24', (n: number) => `198.51.100.${n}`],
    ['the many /64 of an IPv6 /48', (n: number) => `2001:db8:77:${n.toString(16)}::1`],
  ])('no more codes are sent than to two addresses: %s', async (_, addressOf) => {
    const answers = await askings(60, (n) => ({ ip: addressOf(n) }));

    expect(sentOf(answers)).toBe(40);
    expect(answers.at(-1)).toBe('code_too_often');
  });

  it('says when to come again, and sends again then', async () => {
    await askings(41, (n) => ({ ip: `198.51.100.${n}` }));
    clock.advance(minutes(20));

    const headers = { 'x-forwarded-for': '198.51.100.200' };
    const refused = await call(world, 'POST', '/api/auth/send-code', { body: { phone: newPhone() }, headers });

    expect(refused).toMatchObject({ status: 429, body: { code: 'code_too_often', retryAfterSeconds: 2_400 } });
    clock.advance(minutes(40));
    expect(await ask({ ip: '198.51.100.200' })).toBe('sent');
  });

  it('the neighbours of that network are not touched', async () => {
    await askings(41, (n) => ({ ip: `198.51.100.${n}` }));

    for (const ip of ['198.51.10.7', '198.51.101.7', '198.51.99.7', '2001:db8:7:1::1'])
      expect(await ask({ ip })).toBe('sent');
  });
});

describe('of one network in which sellers log in', () => {
  it('a street full of them never notices, even when every other code is not used', async () => {
    for (let n = 0; n < 60; n += 1) {
      await askAndLogIn(`192.0.2.${n}`);
      expect(await ask({ ip: `192.0.2.${n}` })).toBe('sent');
    }
  });
});

describe('of one phone that says which it is', () => {
  it('twenty codes a day are sent, whatever network it is in', async () => {
    const answers = await askings(22, (n) => ({ ip: `10.${n}.1.1`, device: 'device-of-one-phone' }));

    expect(answers.slice(0, 20)).toEqual(Array(20).fill('sent'));
    expect(answers.slice(20)).toEqual(['code_daily_limit', 'code_daily_limit']);
    expect(await ask({ ip: '10.200.1.1', device: 'device-of-another' })).toBe('sent');
    expect(await ask({ ip: '10.201.1.1' })).toBe('sent');
    clock.advance(days(1));
    expect(await ask({ ip: '10.202.1.1', device: 'device-of-one-phone' })).toBe('sent');
  });

  it.each(['short', 'x'.repeat(65), 'what is this; DROP TABLE', '设备设备设备设备'])(
    'a name of another form counts as none: %p',
    async (device) => {
      const headers = { 'x-forwarded-for': '10.9.9.9', 'x-device-id': encodeURI(device) };
      const { status } = await call(world, 'POST', '/api/auth/send-code', { body: { phone: newPhone() }, headers });

      expect(status).toBe(200);
      expect(await select('SELECT device FROM verification_codes', {})).toEqual([{ device: null }]);
    },
  );

  it('its name is kept as an HMAC alone', async () => {
    await ask({ ip: '10.9.9.9', device: 'device-of-one-phone' });

    const rows = await select<{ device: string }>('SELECT * FROM verification_codes', {});

    expect(JSON.stringify(rows)).not.toContain('device-of-one-phone');
    expect(rows[0]?.device).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('looking at a network', () => {
  it('reads along the index of addresses', async () => {
    const sql = `SELECT COUNT(*), COUNT(used_at), MIN(created_at) FROM verification_codes
      WHERE ip >= '198.51.100.' AND ip < '198.51.100/' AND created_at > 0`;
    const isMysql = dialectOf(database.current) === 'mysql';

    const plan = JSON.stringify(await select(isMysql ? `EXPLAIN ${sql}` : `EXPLAIN QUERY PLAN ${sql}`, {}));

    expect(plan).toMatch(isMysql ? /"possible_keys":"[^"]*ip/ : /SEARCH verification_codes USING INDEX \w*ip\w*/);
  });

  it.each([
    ['198.51.100.7', { first: '198.51.100.', last: '198.51.100/' }],
    ['2001:db8:1:2::/64', { first: '2001:db8:1:', last: '2001:db8:1;' }],
    ['0:0:0:0::/64', { first: '0:0:0:', last: '0:0:0;' }],
    ['unknown', null],
    ['', null],
  ])('takes %p for %j', (ip, network) => {
    expect(networkOf(ip)).toEqual(network);
  });
});
