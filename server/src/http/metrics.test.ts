import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { call } from '../../test/request';
import { useWorld } from '../../test/world';
import { config } from '../config';

const world = useWorld({ ROLES: 'web,worker' });

afterEach(() => config.fill(world.running.config));

const printed = async (headers?: Record<string, string>): Promise<string> => {
  const response = await fetch(`${world.origin}/metrics`, { headers });
  return response.text();
};

/** Every metric by name, with what stands in brackets behind its samples' names. */
const namesIn = (text: string): string[] => [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name ?? '');

describe('/metrics', () => {
  it('prints what docs/operations.md lists, and lists what it prints', async () => {
    const page = readFileSync(join(__dirname, '../../../docs/operations.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `(suyi_\w+)`/gm)].map(([, name]) => name ?? '');

    const ours = namesIn(await printed()).filter((name) => name.startsWith('suyi_'));

    expect(ours.length).toBeGreaterThan(20);
    expect(new Set(listed)).toEqual(new Set(ours));
    expect(listed).toHaveLength(ours.length);
  });

  it('lists the labels that each metric really has', async () => {
    const page = readFileSync(join(__dirname, '../../../docs/operations.md'), 'utf8');
    await call(world, 'GET', '/api/tasks');

    for (const [, name = '', labels = ''] of (await printed()).matchAll(
      /^(suyi_\w+?)(?:_bucket|_sum|_count)?\{(.*?)\} /gm,
    )) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` `) || line.startsWith(`| \`${name}_`));
      for (const [, label] of labels.matchAll(/(\w+)="/g))
        if (label !== 'le')
          expect({ name, row }).toMatchObject({ row: expect.stringContaining(`\`${label}\``) as string });
    }
  });

  it('counts requests by route pattern and never by an id, whatever strangers send', async () => {
    await call(world, 'GET', '/api/tasks/tsk_000000000000000000000000');
    await call(world, 'GET', '/wp-login.php?tsk_1');
    await fetch(`${world.origin}/api/tasks`, { method: 'PROPFIND' });

    const text = await printed();

    expect(text).toContain('route="/api/tasks/:id",method="GET",status="4xx"');
    expect(text).toContain('route="(static)"');
    expect(text).toContain('method="other"');
    expect(text).not.toMatch(/tsk_|wp-login/);
  });

  it('leaves out what is not known instead of calling it 0', async () => {
    expect(await printed()).not.toMatch(/^suyi_backup_last_success_timestamp_seconds /m);
    expect(await printed()).toContain('# TYPE suyi_backup_last_success_timestamp_seconds gauge');
  });

  it('wants the token where there is one, and nothing less', async () => {
    const metricsToken = 'a-token-of-more-than-32-characters!';
    config.fill({ ...world.running.config, metricsToken });

    const without = await call(world, 'GET', '/metrics');
    const wrong = await call(world, 'GET', '/metrics', { headers: { authorization: `Bearer ${metricsToken}?` } });
    const right = await fetch(`${world.origin}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } });

    expect([without.status, wrong.status, right.status]).toEqual([401, 401, 200]);
    expect(without.body.code).toBe('unauthorized');
  });

  it('is not there in production without a token', async () => {
    config.fill({ ...world.running.config, isProduction: true, metricsToken: null });

    expect(await call(world, 'GET', '/metrics')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('tells of each job of the worker when it last went well', async () => {
    const text = await printed();

    expect(text).toMatch(/suyi_job_last_success_timestamp_seconds\{job_name="drive-refunds"\} 1\d{9}/);
    expect(text).toMatch(/suyi_job_interval_seconds\{job_name="drive-refunds"\} 1\n/);
    expect(text).toMatch(/suyi_job_failures_total\{job_name="drive-refunds"\} 0\n/);
  });
});
