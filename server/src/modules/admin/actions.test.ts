import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { logIn, makeAdmin, type Browser } from '../../../test/admin';
import { makeMedia, makeSeller, quotaOf, type Seller } from '../../../test/make';
import { call } from '../../../test/request';
import { useWorld } from '../../../test/world';
import { change, select } from '../../db/sql';
import { clock, days, hours, minutes, startOfShanghaiDay } from '../../lib/clock';
import { driveRefunds, getOrder } from '../payments/service';
import { createTask, forgetPauses } from '../tasks/service';
import { audit } from './audit';
import { countDays, lastDays } from './daily-figures';

const world = useWorld({ ROLES: 'web', TRUST_PROXY: '1' });

let owner: Browser;
let photo: Buffer;
beforeAll(async () => {
  await makeAdmin('olga', 'owner');
  owner = await logIn(world, 'olga');
  photo = Buffer.from('a picture');
});

const reason = '卖家来电要求';
let keys = 0;
const newKey = (): string => `form-key-${(keys += 1)}`;

type Entry = { action: string; subjectId: string; reason: string | null; detail: string; username: string };
const entriesOf = (subjectId: string): Promise<Entry[]> =>
  select<Entry>(
    'SELECT action, subject_id AS subjectId, reason, detail, username FROM admin_audit WHERE subject_id = :subjectId ORDER BY id',
    { subjectId },
  );

async function order(seller: Seller): Promise<string> {
  const body = { planId: 'monthly', channel: 'wechat_jsapi', wxCode: `phone${seller.phone}.1` };
  const ordered = await call(world, 'POST', '/api/membership/orders', { token: seller.token, body });
  expect(ordered.status).toBe(201);
  return (ordered.body.order as { id: string }).id;
}

async function paidOrder(seller: Seller): Promise<string> {
  const id = await order(seller);
  await world.sandbox.pay.pay(id);
  await call(world, 'POST', `/api/membership/orders/${id}/confirm`, { token: seller.token });
  return id;
}

async function waitingTask(seller: Seller): Promise<string> {
  const mediaId = await makeMedia(seller, photo);
  const params = { scene: 'studio', category: 'top', model: 'woman', body: 'average', shouldNotify: false } as const;
  const wish = { key: newKey(), requestHash: mediaId };
  return (await createTask(seller.id, { type: 'model_pose12', mediaId, params }, wish)).id;
}

describe('asking about an order now', () => {
  it('brings the uses of an order that was paid in silence, once, and writes down what came of it', async () => {
    const seller = await makeSeller({});
    const id = await order(seller);
    world.sandbox.pay.notifications.setMode({ kind: 'drop' });
    await world.sandbox.pay.pay(id);
    const path = `/admin/actions/query-order/${id}`;
    expect((await owner.get(path)).text).toContain('待支付');
    const form = { reason, key: newKey() };

    const first = await owner.post(path, form);
    const again = await owner.post(path, form);

    expect(first.status).toBe(303);
    expect(again.location).toBe(first.location);
    expect((await getOrder(seller.id, id)).status).toBe('paid');
    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
    const entries = await entriesOf(id);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ action: 'query_order', reason, username: 'olga' });
    expect(JSON.parse(entries[0]!.detail)).toMatchObject({ before: 'awaiting', after: 'paid' });
    expect((await owner.get(first.location ?? '')).text).toContain(reason);
  });
});

describe('a refund', () => {
  it('says first what it would do, and does nothing', async () => {
    const seller = await makeSeller({});
    const id = await paidOrder(seller);

    const { text } = await owner.get(`/admin/actions/refund-order/${id}?yuan=9.90`);

    expect(text).toContain('¥9.90');
    expect(text).toMatch(/收回没用完的 10 次/);
    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
  });

  it('sends back a part once, however often its form is sent, even after it has ended', async () => {
    const seller = await makeSeller({});
    const id = await paidOrder(seller);
    const path = `/admin/actions/refund-order/${id}`;
    const form = { reason, key: newKey(), yuan: '9.9' };

    const pages = await Promise.all([owner.post(path, form), owner.post(path, form), owner.post(path, form)]);
    clock.advance(minutes(1));
    await driveRefunds(50);
    clock.advance(hours(3));
    await driveRefunds(50);
    clock.reset();
    const later = await owner.post(path, form);

    expect([...pages, later].map(({ status }) => status)).toEqual([303, 303, 303, 303]);
    expect(new Set([...pages, later].map(({ location }) => location)).size).toBe(1);
    const refunds = await select('SELECT refund_fen, status FROM refunds WHERE order_id = :id', { id });
    expect(refunds).toEqual([{ refund_fen: 990, status: 'succeeded' }]);
    expect(await quotaOf(seller)).toEqual({ remaining: 90, held: 0 });
    expect(await entriesOf(id)).toHaveLength(1);
  });

  it.each<[string, Record<string, string>, number]>([
    ['no reason', { reason: '' }, 400],
    ['three characters of a reason', { reason: '就是要' }, 400],
    ['no amount', { reason, yuan: 'much' }, 400],
    ['more than was paid', { reason, yuan: '1000' }, 422],
  ])('with %s is refused, changes nothing and writes nothing', async (_, fields, status) => {
    const seller = await makeSeller({});
    const id = await paidOrder(seller);

    const page = await owner.post(`/admin/actions/refund-order/${id}`, {
      key: newKey(),
      ...fields,
    });

    expect(page.status).toBe(status);
    expect(await quotaOf(seller)).toEqual({ remaining: 100, held: 0 });
    expect(await entriesOf(id)).toEqual([]);
  });
});

describe('ending a task', () => {
  it('returns the use of one whose outcome is unknown, once', async () => {
    const seller = await makeSeller({ uses: 2 });
    const id = await waitingTask(seller);
    await change(`UPDATE tasks SET status = 'uncertain', vendor_asked_at = 1 WHERE id = :id`, { id });
    expect(await quotaOf(seller)).toEqual({ remaining: 1, held: 1 });
    const path = `/admin/actions/end-task/${id}`;

    const pages = await Promise.all([1, 2].map(() => owner.post(path, { reason, key: newKey() })));

    expect(pages.map(({ status }) => status).sort()).toEqual([303, 409]);
    expect(await quotaOf(seller)).toEqual({ remaining: 2, held: 0 });
    const [task] = await select('SELECT status, error_code FROM tasks WHERE id = :id', { id });
    expect(task).toEqual({ status: 'failed', error_code: 'vendor_uncertain' });
    expect(await entriesOf(id)).toHaveLength(1);
  });

  it.each([
    ['past its deadline', `deadline_at = 1`, true],
    ['at work for half an hour', `status = 'running', submitted_at = ${Date.now() - minutes(31)}`, true],
    ['at work for a while', `status = 'running', submitted_at = ${Date.now() - minutes(20)}`, false],
    ['waiting its turn', `progress = 0`, false],
  ])('that is %s: %s', async (_, sets, isEnded) => {
    const seller = await makeSeller({ uses: 1 });
    const id = await waitingTask(seller);
    await change(`UPDATE tasks SET ${sets} WHERE id = :id`, { id });

    const page = await owner.post(`/admin/actions/end-task/${id}`, { reason, key: newKey() });

    expect(page.status).toBe(isEnded ? 303 : 409);
    expect(await entriesOf(id)).toHaveLength(isEnded ? 1 : 0);
    expect((await quotaOf(seller)).held).toBe(isEnded ? 0 : 1);
  });
});

it('does not end a task that has ended', async () => {
  const seller = await makeSeller({ uses: 1 });
  const id = await waitingTask(seller);
  await call(world, 'POST', `/api/tasks/${id}/cancel`, { token: seller.token });

  expect((await owner.post(`/admin/actions/end-task/${id}`, { reason, key: newKey() })).status).toBe(409);
  expect(await quotaOf(seller)).toEqual({ remaining: 1, held: 0 });
});

describe('blocking a seller', () => {
  it('stops their tokens at once, and lifts it again, each once', async () => {
    const seller = await makeSeller({ uses: 1 });
    const me = (): Promise<number> => call(world, 'GET', '/api/auth/me', { token: seller.token }).then((a) => a.status);
    const act = (name: string): Promise<{ status: number }> =>
      owner.post(`/admin/actions/${name}/${seller.id}`, { reason, key: newKey() });
    expect(await me()).toBe(200);

    expect([(await act('block-user')).status, await me()]).toEqual([303, 403]);
    expect((await act('block-user')).status).toBe(409);
    expect([(await act('unblock-user')).status, await me()]).toEqual([303, 200]);
    expect((await act('unblock-user')).status).toBe(409);

    expect((await entriesOf(seller.id)).map(({ action }) => action)).toEqual(['block_user', 'unblock_user']);
    expect(await quotaOf(seller)).toEqual({ remaining: 1, held: 0 });
  });
});

describe('pausing a kind of task', () => {
  afterEach(async () => {
    await change('DELETE FROM task_pauses WHERE 1 = 1', {});
    forgetPauses();
  });

  it.each(['basic_clean', 'model_pose12'])(
    'refuses new %s before anything is held, with the banner, until it is lifted',
    async (type) => {
      const seller = await makeSeller({ uses: 1 });
      const mediaId = await makeMedia(seller, photo);
      const create = async (): Promise<unknown> => {
        const body = { type, mediaId };
        const answer = await call(world, 'POST', '/api/tasks', { token: seller.token, body, key: newKey() });
        return [answer.status, answer.body.code];
      };
      const act = (name: string): Promise<{ status: number }> =>
        owner.post(`/admin/actions/${name}/${type}`, { reason, key: newKey(), banner: '今晚维护到十点' });
      const tool = async (): Promise<unknown> => {
        clock.advance(minutes(1));
        const { body } = await call(world, 'GET', '/api/tools');
        return (body.items as { type: string }[]).find((each) => each.type === type);
      };

      expect((await act('pause-type')).status).toBe(303);
      expect((await act('pause-type')).status).toBe(409);

      expect(await create()).toEqual([503, 'task_type_paused']);
      expect(await quotaOf(seller)).toEqual({ remaining: 1, held: 0 });
      expect(await tool()).toMatchObject({ isOpen: false, pausedReason: '今晚维护到十点' });
      expect((await owner.get('/admin')).text).toContain('今晚维护到十点');

      expect((await act('resume-type')).status).toBe(303);
      expect(await tool()).toMatchObject({ isOpen: true, pausedReason: null });
      expect(await create()).toEqual([202, undefined]);
    },
  );

  it('answers a repeat of an earlier order with the earlier task', async () => {
    const seller = await makeSeller({ uses: 1 });
    const mediaId = await makeMedia(seller, photo);
    const again = (): ReturnType<typeof call> =>
      call(world, 'POST', '/api/tasks', {
        token: seller.token,
        body: { type: 'basic_clean', mediaId },
        key: 'one-wish-1',
      });
    const first = await again();

    await owner.post('/admin/actions/pause-type/basic_clean', { reason, key: newKey(), banner: '今晚维护到十点' });

    expect((await again()).body.id).toBe(first.body.id);
  });
});

describe('the audit log', () => {
  it('is written nowhere but at its end: no statement of ours changes or removes an entry', () => {
    const sources = readdirSync(join(__dirname, '../..'), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.test.ts'))
      .map((name) => readFileSync(join(__dirname, '../..', name), 'utf8'));
    expect(sources.filter((source) => source.includes('admin_audit')).length).toBeGreaterThan(1);

    const changing = /(UPDATE|DELETE\s+FROM|REPLACE\s+INTO|TRUNCATE(\s+TABLE)?|DROP\s+TABLE)\s+`?admin_audit/i;
    expect(sources.filter((source) => changing.test(source))).toEqual([]);
  });

  it('is found by subject, admin, action and day, a page at a time', async () => {
    const seller = await makeSeller({});
    for (const name of ['block-user', 'unblock-user']) {
      await owner.post(`/admin/actions/${name}/${seller.id}`, { reason, key: newKey() });
    }
    const rowsOf = async (query: string): Promise<number> =>
      (await owner.get(`/admin/audit?${query}`)).text.split('href="/admin/audit/aud_').length - 1;

    expect(await rowsOf(`subjectId=${seller.id}`)).toBe(2);
    expect(await rowsOf(`subjectId=${seller.id}&action=block_user&from=&to=`)).toBe(1);
    expect(await rowsOf(`subjectId=${seller.id}&to=2020-01-01`)).toBe(0);
    expect(await rowsOf(`subjectId=${seller.id}&from=2020-01-01`)).toBe(2);
    expect((await owner.get('/admin/audit?nonsense=1')).status).toBe(400);
  });

  it('turns its pages without losing or repeating an entry', async () => {
    const seller = await makeSeller({});
    const actor = { id: 'adm_test', username: 'olga', ip: '127.0.0.1', userAgent: 'jest', requestId: 'r' };
    for (let n = 0; n < 56; n += 1) {
      await audit(actor, { action: 'block_user', subjectType: 'user', subjectId: seller.id, reason });
    }
    const ids = new Set<string>();
    let path: string | undefined = `/admin/audit?subjectId=${seller.id}`;
    let pages = 0;
    while (path !== undefined && pages < 10) {
      const { text }: { text: string } = await owner.get(path.replace(/&amp;/g, '&'));
      for (const [, id = ''] of text.matchAll(/href="\/admin\/audit\/(aud_\w+)"/g)) ids.add(id);
      path = /href="(\/admin\/audit\?[^"]*cursor=[^"]+)"/.exec(text)?.[1];
      pages += 1;
    }

    expect({ pages, ids: ids.size }).toEqual({ pages: 2, ids: 56 });
  });
});

describe('the dashboard', () => {
  it('counts today as it stands, and a finished day once', async () => {
    const start = startOfShanghaiDay(clock.now()) - days(4);
    clock.freeze(start + hours(10));
    const seller = await makeSeller({ uses: 5 });
    await waitingTask(seller);
    expect((await lastDays()).at(-1)).toMatchObject({ new_users: 1, poses_made: 1, uses_spent: 0 });

    clock.freeze(start + days(1) + hours(8));
    await countDays();
    expect(await keptOn(start)).toEqual([]); // Not yet: what was made in its last hour may still be under way.
    clock.freeze(start + days(1) + hours(10));
    await countDays();
    const kept = await keptOn(start);
    clock.advance(hours(1));
    await countDays();

    expect(kept).toHaveLength(9);
    expect(await keptOn(start)).toEqual(kept);
    const yesterday = (await lastDays()).at(-2);
    expect(yesterday).toMatchObject({ new_users: 1, poses_made: 1 });
  });

  const keptOn = (start: number): Promise<object[]> =>
    select('SELECT name, figure FROM daily_figures WHERE day = :day ORDER BY name', {
      day: new Date(start + hours(8)).toISOString().slice(0, 10),
    });

  it('shows its numbers to a viewer, without what a viewer may not do', async () => {
    await makeAdmin('vera', 'viewer');
    const viewer = await logIn(world, 'vera');

    const { status, text } = await viewer.get('/admin');

    expect(status).toBe(200);
    expect(text).toContain('需要留意');
    expect(text).toContain('<svg');
    expect(text).not.toContain('/admin/actions/');
    expect(text).not.toContain('/admin/admins');
  });
});
