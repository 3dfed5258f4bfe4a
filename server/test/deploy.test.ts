import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readConfig } from '../src/config';
import { ConfigFaulty, type Environment } from '../src/environment';
import { randomHex } from '../src/lib/ids';
import { useWorld } from './world';

/*
 * What lies in deploy/ and beside it is read by programs that are not on every machine: Docker, systemd, nginx, Prometheus,
 * Grafana. Here everything in it that names something of ours is held against what there is.
 */
const root = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const { load } = jest.requireActual<{ load(text: string): unknown }>('js-yaml');

const known = `${read('server/src/config.ts')}\n${read('server/src/vendor-config.ts')}`;
const isKnown = (name: string): boolean => new RegExp(`\\b${name}: `).test(known);

/** `NAME=value` lines, comments left out. */
const settingsIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name, value]) => [name ?? '', value ?? '']),
  );

describe('alarms and the board', () => {
  const world = useWorld({ ROLES: 'web,worker' });
  type Rule = {
    alert: string;
    expr: string;
    labels: { severity: string };
    annotations: { summary: string; runbook: string };
  };
  const rules = (load(read('deploy/prometheus/rules.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
    (group) => group.rules,
  );
  type Panel = { id: number; title: string; targets: { expr: string }[] };
  const board = JSON.parse(read('deploy/grafana/suyi.json')) as { panels: Panel[] };

  /** What PromQL's own words leave over in an expression: the names of metrics. */
  function metricsIn(expr: string): string[] {
    const bare = expr
      .replace(/"(?:[^"\\]|\\.)*"/g, '')
      .replace(/\{[^}]*\}/g, '')
      .replace(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, ' ');
    const words = [...bare.matchAll(/\b[a-z_][a-z0-9_]*\b(?!\s*\()/g)].map(([word]) => word);
    return words.filter((word) => !/^(and|or|unless|bool|[smhdwy]|\d.*)$/.test(word) && word !== 'up');
  }

  it('ask only for metrics that /metrics prints, by labels that they have', async () => {
    const text = await (await fetch(`${world.origin}/metrics`)).text();
    const names = new Set(
      [...text.matchAll(/^# TYPE (\w+) (\w+)/gm)].flatMap(([, name = '', type]) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
      ),
    );
    const page = read('docs/operations.md');
    const labelsOf = (metric: string): string => {
      const name = metric.replace(/_(bucket|count|sum)$/, '');
      return (
        page.split('\n').find((line) => line.startsWith(`| \`${metric}\``) || line.startsWith(`| \`${name}\``)) ?? ''
      );
    };
    const expressions = [
      ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
      ...board.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, expr }))),
    ];

    for (const { where, expr } of expressions) {
      const asked = metricsIn(expr);
      expect({ where, unknown: asked.filter((name) => !names.has(name)) }).toEqual({ where, unknown: [] });
      if (!expr.includes('up{')) expect(asked.length).toBeGreaterThan(0);
      for (const [, metric = '', labels = ''] of expr.matchAll(/(suyi_\w+)\{([^}]*)\}/g))
        for (const [, label = ''] of labels.matchAll(/(\w+)\s*[=!]/g))
          if (label !== 'job')
            expect({ where, metric, row: labelsOf(metric) }).toMatchObject({
              row: expect.stringContaining(`\`${label}\``) as string,
            });
    }
    expect(expressions.length).toBeGreaterThan(40);
  });

  it('name each a runbook that is there, and each runbook an alarm or that it has none', () => {
    const runbooks = readdirSync(join(root, 'docs/runbooks')).map((name) => `docs/runbooks/${name}`);
    const named = rules.map(({ annotations }) => annotations.runbook);

    expect(named.filter((path) => !runbooks.includes(path))).toEqual([]);
    expect(runbooks.filter((path) => !named.includes(path) && !/^Alarm: none/m.test(read(path)))).toEqual([]);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { labels, annotations } of rules) {
      expect(['page', 'look']).toContain(labels.severity);
      expect(annotations.summary).not.toBe('');
    }
  });

  it('stand on the board once each', () => {
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
  });

  it('lead to files that are there, from every page', () => {
    const pages = [
      'docs/operations.md',
      'docs/growing.md',
      ...readdirSync(join(root, 'docs/runbooks')).map((name) => `docs/runbooks/${name}`),
    ];
    const dead = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !existsSync(join(root, page, '..', target)))
        .map((target) => `${page}: ${target}`),
    );

    expect(dead).toEqual([]);
  });
});

describe('deploy/suyi.env.example', () => {
  const example = settingsIn(read('deploy/suyi.env.example'));
  const filledIn: Environment = {
    ...Object.fromEntries(Object.entries(example).map(([name, value]) => [name, value || randomHex(16)])),
    DATABASE_URL: 'mysql://suyi:secret@127.0.0.1:3306/suyi',
    PUBLIC_URL: 'https://suyi.example.com',
    WECHAT_PUSH_TOKEN: randomHex(8),
    WECHAT_PUSH_AES_KEY: 'a'.repeat(43),
    RUNNINGHUB_POSE12_NODES:
      '{"image":{"nodeId":"2","fieldName":"image"},"prompt":{"nodeId":"5","fieldName":"text"},"result":{"nodeId":"9"}}',
    RUNNINGHUB_RESULT_HOSTS: 'pictures.example.com',
  };

  it('names only settings that the server knows', () => {
    expect(Object.keys(example).filter((name) => !isKnown(name))).toEqual([]);
  });

  it('is all that production wants, once it is filled in', () => {
    expect(readConfig(filledIn)).toMatchObject({ isProduction: true, vendors: 'live', storage: { kind: 'cos' } });
  });

  it('starts nothing as it is: no secret in it is anybody’s', () => {
    let faults: string[] = [];
    try {
      readConfig(example);
    } catch (error) {
      if (error instanceof ConfigFaulty) faults = error.faults;
    }

    expect(faults.join('\n')).toMatch(/JWT_SECRET: must be set[^]*ADMIN_PASSWORD: must be set/);
  });
});

describe('compose.yaml', () => {
  type Service = {
    image?: string;
    build?: string;
    command?: string[];
    environment?: Record<string, string>;
    depends_on?: Record<string, { condition: string }>;
    healthcheck?: { test?: string[]; disable?: boolean };
    stop_grace_period?: string;
    ports?: string[];
    volumes?: string[];
  };
  const compose = load(read('compose.yaml')) as { services: Record<string, Service>; volumes: Record<string, unknown> };
  const ours = Object.entries(compose.services).filter(([name]) => name !== 'mysql');

  it('has MySQL 8, the migrations once, two web processes and a worker', () => {
    expect(compose.services.mysql?.image).toMatch(/^mysql:8\./);
    expect(ours.map(([, { environment, command }]) => environment?.ROLES ?? command?.at(-1))).toEqual([
      'server/dist/migrate.js',
      'web',
      'web',
      'worker',
    ]);
  });

  it('starts nothing before what it needs', () => {
    expect(compose.services.migrate?.depends_on).toEqual({ mysql: { condition: 'service_healthy' } });
    for (const name of ['web-a', 'web-b', 'worker'])
      expect(compose.services[name]?.depends_on).toEqual({
        mysql: { condition: 'service_healthy' },
        migrate: { condition: 'service_completed_successfully' },
      });
    expect(compose.services.mysql?.healthcheck?.test?.length).toBeGreaterThan(0);
  });

  it('sets only what the server knows, and opens nothing to the outside', () => {
    for (const [name, { environment, ports = [] }] of ours) {
      expect({ name, unknown: Object.keys(environment ?? {}).filter((each) => !isKnown(each)) }).toEqual({
        name,
        unknown: [],
      });
      expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    }
    expect(compose.services.mysql?.ports).toBeUndefined();
  });

  it('gives all of them the same folder for what the embedded store would hold', () => {
    for (const name of ['web-a', 'web-b', 'worker']) expect(compose.services[name]?.volumes).toContain('data:/data');
    expect(Object.keys(compose.volumes)).toEqual(['mysql', 'data']);
  });
});

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile');
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

  it('builds in one stage and runs in another, as somebody who is not root', () => {
    expect(dockerfile.match(/^FROM /gm)).toHaveLength(3);
    expect(last).toMatch(/^USER node$/m);
    expect(last.indexOf('USER node')).toBeLessThan(last.indexOf('\nCMD '));
    expect(last).not.toMatch(/npm (ci|install)|COPY (?!--from)/);
    expect(last).toMatch(/^STOPSIGNAL SIGTERM$/m);
    expect(last).toMatch(/^CMD \["node", "server\/dist\/main.js"\]$/m);
  });

  it('copies only what there is, and what .dockerignore lets through', () => {
    const lines = read('.dockerignore').split('\n');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, words = '']) =>
      words.split(' ').slice(0, -1),
    );

    expect(lines[1]).toBe('*');
    for (const path of copied) {
      expect({ path, isThere: existsSync(join(root, path)) }).toEqual({ path, isThere: true });
      expect(lines).toContain(`!${path.split('/')[0] ?? ''}`);
    }
  });

  it('sets only what the server knows', () => {
    const [, list = ''] = /^ENV (NODE_ENV.*)$/m.exec(last) ?? [];

    expect(
      list
        .split(' ')
        .map((pair) => pair.split('=')[0] ?? '')
        .filter((name) => !isKnown(name)),
    ).toEqual([]);
  });

  it('asks a web process and a worker at the port that each has', async () => {
    const [, json = ''] = /HEALTHCHECK [^]*?CMD (\[.*\])$/m.exec(dockerfile) ?? [];
    const [, ...words] = JSON.parse(json) as string[];
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/health' ? 200 : 404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const open = String((server.address() as AddressInfo).port);
    const shut = '9';
    const isHealthy = (environment: Record<string, string>): Promise<boolean> =>
      new Promise((resolve) => execFile(process.execPath, words, { env: environment }, (error) => resolve(!error)));

    expect(await isHealthy({ ROLES: 'web', PORT: open, WORKER_PORT: shut })).toBe(true);
    expect(await isHealthy({ PORT: open, WORKER_PORT: shut })).toBe(true);
    expect(await isHealthy({ ROLES: 'worker', PORT: shut, WORKER_PORT: open })).toBe(true);
    expect(await isHealthy({ ROLES: 'worker', PORT: open, WORKER_PORT: shut })).toBe(false);
    server.close();
  });
});

describe('systemd and nginx', () => {
  const units = readdirSync(join(root, 'deploy/systemd'));

  it('start files that the build makes, with settings that the server knows', () => {
    for (const unit of units.filter((name) => name.endsWith('.service'))) {
      const text = read(`deploy/systemd/${unit}`);
      const [, entry = ''] = /server\/dist\/([\w-]+)\.js/.exec(text) ?? [];
      const set = [...text.matchAll(/^Environment=(.*)$/gm)].flatMap(([, pairs = '']) => pairs.split(' '));

      expect({ unit, entry, isThere: existsSync(join(root, 'server/src', `${entry}.ts`)) }).toMatchObject({
        isThere: true,
      });
      expect(set.map((pair) => pair.split('=')[0] ?? '').filter((name) => !isKnown(name))).toEqual([]);
      expect(text).toMatch(/^User=suyi$/m);
      expect(text).toMatch(/^NoNewPrivileges=yes$/m);
    }
    expect(units).toHaveLength(5);
  });

  it('let a photo through, keep strangers out, and say whose address counts', () => {
    const nginx = read('deploy/nginx.conf');

    expect(nginx).toMatch(/client_max_body_size 31m;/);
    for (const path of ['= /metrics', '/health', '/sandbox'])
      expect(nginx).toContain(`location ${path} { return 404; }`);
    expect(nginx).toMatch(/proxy_set_header X-Forwarded-For \$remote_addr;/);
    expect(nginx.match(/\{/g)?.length).toBe(nginx.match(/\}/g)?.length);
  });
});
