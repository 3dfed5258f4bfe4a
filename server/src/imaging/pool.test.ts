import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { drawGarmentPhoto } from '../../test/draw';
import { createImagingPool, type ImagingPoolOptions } from './pool';
import { ImagingRefused, type ImagingEngine } from './port';

jest.setTimeout(60_000);

const whiteMain = { preset: 'main', hasShadow: false } as const;
const aiLabel = { producer: '苏衣', produceId: 'task-1', isVisible: true };
const pools: ImagingEngine[] = [];

function makePool(options: Partial<ImagingPoolOptions> = {}): ImagingEngine {
  const pool = createImagingPool({ processes: 1, timeoutMs: 30_000, jobsPerChild: 200, ...options });
  pools.push(pool);
  return pool;
}

afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.stop())));

/** Process ids of this process's children that run the engine. */
function childrenOf(parent = process.pid): number[] {
  try {
    const found = execFileSync('pgrep', ['-P', String(parent), '-f', 'imaging/child'], { encoding: 'utf8' });
    return found.trim().split('\n').map(Number);
  } catch {
    return []; // pgrep exits 1 when there is none.
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries += 1) {
    if (tries > 400) throw new Error('waited 20 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// What ten photos at once cost the caller's event loop is measured by `npm run bench`: a busy machine has no say here.
it('cleans ten photos of 12 megapixels that come at once, each with both its images', async () => {
  const photo = await drawGarmentPhoto({ width: 3000, height: 4000 });
  const pool = makePool();

  const cleaned = await Promise.all(Array.from({ length: 10 }, () => pool.clean(photo, whiteMain)));

  expect(cleaned.map(({ images }) => images.map(({ role }) => role))).toEqual(Array(10).fill(['main', 'thumbnail']));
});

it('refuses with a clear code, and the same child goes on', async () => {
  const pool = makePool();

  await expect(pool.inspect(Buffer.alloc(0))).rejects.toMatchObject({ code: 'empty' });
  const [first] = childrenOf();
  await expect(pool.clean(Buffer.from('<svg/>'), whiteMain)).rejects.toBeInstanceOf(ImagingRefused);

  expect(await pool.inspect(await drawGarmentPhoto())).toEqual({ contentType: 'image/jpeg', width: 900, height: 1200 });
  expect(childrenOf()).toEqual([first]);
});

it('prepares and labels in a child, and refuses there what is no picture', async () => {
  const photo = await drawGarmentPhoto();
  const pool = makePool();

  const prepared = await pool.prepare(photo);
  const labelled = await pool.label(photo, aiLabel);

  expect(prepared).toMatchObject({ contentType: 'image/jpeg', width: 900, height: 1200 });
  expect(await pool.inspect(prepared.bytes)).toMatchObject({ width: 900, height: 1200 });
  expect(labelled.map(({ role, width, height }) => [role, width, height])).toEqual([
    ['frame', 900, 1200],
    ['thumbnail', 300, 400],
  ]);
  expect(labelled.every(({ bytes }) => bytes.includes('tc260.org.cn') && bytes.includes('苏衣'))).toBe(true);

  await expect(pool.prepare(Buffer.from('<svg/>'))).rejects.toBeInstanceOf(ImagingRefused);
  await expect(pool.label(Buffer.from('no picture'), aiLabel)).rejects.toMatchObject({ code: 'unsupported_type' });
  await expect(pool.label(photo.subarray(0, 30_000), aiLabel)).rejects.toMatchObject({ code: 'unreadable' });
});

describe('with one child for all', () => {
  async function namesAsDone(jobs: [name: string, job: Promise<unknown>][]): Promise<string[]> {
    const done: string[] = [];
    await Promise.all(jobs.map(([name, job]) => job.then(() => done.push(name))));
    return done;
  }

  it('looks first, cleans then, and last does what nobody stands waiting for', async () => {
    const photo = await drawGarmentPhoto({ width: 400, height: 500 });
    const pool = makePool();

    const order = await namesAsDone([
      ['first', pool.inspect(photo)],
      ['label', pool.label(photo, aiLabel)],
      ['prepare', pool.prepare(photo)],
      ['clean', pool.clean(photo, whiteMain)],
      ['inspect', pool.inspect(photo)],
    ]);

    expect(order).toEqual(['first', 'inspect', 'clean', 'label', 'prepare']);
  });

  it('leaves no job waiting for ever behind those that go before it', async () => {
    const photo = await drawGarmentPhoto({ width: 400, height: 500 });
    const pool = makePool();
    const look = (): [string, Promise<unknown>] => ['inspect', pool.inspect(photo)];

    const order = await namesAsDone([
      look(),
      ['label', pool.label(photo, aiLabel)],
      ...Array.from({ length: 19 }, look),
    ]);

    expect(order).toHaveLength(21);
    expect(order.indexOf('label')).toBeLessThan(20);
  });
});

it('kills a job that takes too long, and the next one finds a fresh child', async () => {
  const photo = await drawGarmentPhoto({ width: 3000, height: 4000 });
  const pool = makePool({ timeoutMs: 30 });

  await expect(pool.clean(photo, whiteMain)).rejects.toMatchObject({ name: 'ImagingRefused', code: 'timed_out' });
  await expect(pool.inspect(Buffer.alloc(0))).rejects.toMatchObject({ code: 'empty' });
});

it('does a job again when its child dies, once; a second death is an outage and no refusal', async () => {
  const photo = await drawGarmentPhoto();
  const pool = makePool();
  await pool.inspect(photo);

  const [first] = childrenOf();
  const survivor = pool.clean(photo, whiteMain);
  process.kill(first!, 'SIGKILL');
  expect((await survivor).images).toHaveLength(2);

  const [second] = childrenOf();
  const victim = pool.clean(photo, whiteMain).catch((error: unknown) => error);
  process.kill(second!, 'SIGKILL');
  await until(() => childrenOf().some((pid) => pid !== second));
  childrenOf().forEach((pid) => process.kill(pid, 'SIGKILL'));
  const reason = await victim;
  expect(reason).toBeInstanceOf(Error);
  expect(reason).not.toBeInstanceOf(ImagingRefused);

  expect((await pool.clean(photo, whiteMain)).images).toHaveLength(2);
});

it('replaces a child after its share of jobs', async () => {
  const photo = await drawGarmentPhoto();
  const pool = makePool({ jobsPerChild: 2 });

  await pool.inspect(photo);
  const [first] = childrenOf();
  await pool.inspect(photo);
  await until(() => !childrenOf().includes(first!));

  expect(await pool.inspect(photo)).toMatchObject({ width: 900 });
  expect(childrenOf()).toHaveLength(1);
});

it('lets so many wait and no more', async () => {
  const photo = await drawGarmentPhoto();
  const pool = makePool({ queueMax: 2 });

  const answers = await Promise.allSettled(Array.from({ length: 5 }, () => pool.inspect(photo)));

  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
});

it('leaves nothing behind when it stops: neither a process nor a job without an answer', async () => {
  const photo = await drawGarmentPhoto();
  const pool = makePool({ processes: 2 });
  const jobs = Promise.allSettled(Array.from({ length: 4 }, () => pool.clean(photo, whiteMain)));
  await until(() => childrenOf().length === 2);

  await pool.stop();

  expect((await jobs).map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
  expect(childrenOf()).toEqual([]);
  await expect(pool.inspect(photo)).rejects.toThrow('stopped');
});

it('ends its children when their parent is killed', async () => {
  const script = `
    const { createImagingPool } = require(${JSON.stringify(join(__dirname, 'pool.ts'))});
    createImagingPool({ processes: 1, timeoutMs: 30000, jobsPerChild: 200 }).inspect(Buffer.alloc(0)).catch(() => {});
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
    cwd: join(__dirname, '../..'),
    stdio: 'inherit',
  });
  await until(() => childrenOf(parent.pid).length === 1);
  const [orphan] = childrenOf(parent.pid);

  parent.kill('SIGKILL');

  await until(() => !isAlive(orphan!));
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
