import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { prepare } from './lib/prepare.mjs';
import { Stop, runMain } from './lib/stop.mjs';
import { dim, green, red, step } from './lib/terminal.mjs';
import { audit } from './load/audit.mjs';
import { createFigures } from './load/figures.mjs';
import { watchMemory } from './load/memory.mjs';
import { createPhone } from './load/phone.mjs';
import { drawPhotos } from './load/photos.mjs';
import { startProduct } from './load/product.mjs';
import { createSeller } from './load/seller.mjs';

const usage = `npm run load -- --minutes 30 --sellers 50

Sellers log in, buy, upload, clean, order poses and page through their history, on a product started for this alone:
two web processes behind a balancer, workers, a private MySQL, the vendors' simulators. Ends with an audit of
everything that every seller was told; exit code 1 when anything is lost or wrong.

  --minutes 30      how long the sellers are busy
  --sellers 50      how many there are
  --think 40        seconds from one visit of a seller to the next, on average
  --workers 1       worker processes
  --kill            kill -9 of one web process and of a worker, in turns, and each started again
  --kill-every 90   seconds between two kills; in a run of 10 minutes or more the last third is left alone, so that
                    what memory does in one long life can be told`;

async function main() {
  const options = readOptions();
  if (options.help) return void console.log(usage);
  await prepare('server');

  let product;
  let photos;
  await step('Start the product', async () => {
    photos = await drawPhotos();
    product = await startProduct({ workers: options.workers });
    return `${product.origin}, on ${product.databaseVersion}`;
  });
  try {
    return await drive(product, photos, options);
  } finally {
    await product.stop();
  }
}

function readOptions() {
  const options = {
    minutes: { type: 'string', default: '30' },
    sellers: { type: 'string', default: '50' },
    think: { type: 'string', default: '40' },
    workers: { type: 'string', default: '1' },
    kill: { type: 'boolean', default: false },
    'kill-every': { type: 'string', default: '90' },
    help: { type: 'boolean', short: 'h' },
  };
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    throw new Stop(`${error.message}\n\n${usage}`);
  }
  const number = (name) => {
    const value = Number(values[name]);
    if (!(value > 0)) throw new Stop(`--${name} takes a number above 0.\n\n${usage}`);
    return value;
  };
  const [minutes, sellers, workers] = [number('minutes'), Math.ceil(number('sellers')), Math.ceil(number('workers'))];
  const [thinkMs, killEveryMs] = [number('think') * 1_000, number('kill-every') * 1_000];
  return { minutes, sellers, workers, thinkMs, killEveryMs, isKilling: values.kill, help: values.help };
}

async function drive(product, photos, options) {
  const figures = createFigures();
  const endsAt = Date.now() + options.minutes * 60_000;
  const isOver = () => Date.now() > endsAt;
  const sellers = Array.from({ length: options.sellers }, (_, number) => {
    const phone = createPhone({ origin: product.origin, figures });
    const { thinkMs } = options;
    return createSeller({ number, phone, sandbox: product.sandbox, photos, figures, thinkMs, isOver });
  });
  const memory = watchMemory(() => ({
    driver: process.pid,
    ...Object.fromEntries(product.processes.map((each) => [each.name, each.pid()])),
  }));

  const startedAt = Date.now();
  const telling = setInterval(() => tell(figures, startedAt), 60_000);
  const killing = options.isKilling ? killInTurns(product, options, isOver, startedAt) : Promise.resolve([]);
  await Promise.all(sellers.map((seller) => seller.run()));
  const minutes = (Date.now() - startedAt) / 60_000;
  const answers = figures.answers();
  const kills = await killing;
  clearInterval(telling);
  await memory.stop();

  await step('Wait for every task and close the books', async () => {
    await Promise.all(sellers.map((seller) => seller.closeBooks()));
  });
  let verdict;
  await step('Audit', async () => {
    verdict = await audit({ product, sellers });
  });
  return report({ figures, memory, kills, verdict, minutes, answers });
}

function tell(figures, startedAt) {
  const minute = Math.round((Date.now() - startedAt) / 60_000);
  const made = figures.count('clean, order to end');
  console.log(
    dim(`minute ${minute}: ${figures.answers()} answers, ${made} pictures, ${figures.surprises.length} surprises`),
  );
}

/** The second web process and the workers, one after the other; the first web process lives through it all. */
async function killInTurns(product, { minutes, killEveryMs }, isOver, startedAt) {
  const victims = product.processes.filter(({ name }) => name !== 'web-1');
  const isLeftAlone = () => isOver() || (minutes >= 10 && Date.now() - startedAt > minutes * 40_000);
  const kills = [];
  for (let n = 0; ; n += 1) {
    for (let waitedMs = 0; waitedMs < killEveryMs && !isLeftAlone(); waitedMs += 1_000) await sleep(1_000);
    if (isLeftAlone()) return kills;
    const victim = victims[n % victims.length];
    const awayMs = await victim.killAndStart();
    kills.push({ name: victim.name, awayMs });
  }
}

function report({ figures, memory, kills, verdict, minutes, answers }) {
  const { lost, wrong, counts, outcomes, isLedgerWhole, ledgerWords } = verdict;
  const section = (title, lines) => console.log(['', title, ...lines.map((line) => `  ${line}`)].join('\n'));
  const made = figures.count('clean, order to end');

  section('Throughput', [
    `${answers} good answers in ${minutes.toFixed(1)} minutes: ${(answers / minutes / 60).toFixed(1)} a second`,
    `${made} cleaned photos: ${(made / minutes).toFixed(1)} a minute; ${figures.count('poses, order to end')} sets of poses`,
    ...outcomes.map(({ type, status, code, many }) => `${String(many).padStart(6)}  ${type} ${status} ${code ?? ''}`),
  ]);
  section('Times by step', figures.stepLines());
  section('Memory each minute, in MB; | is a new life', memory.lines());
  section('Kills', killLines(kills));
  section('Answers that were no good, by kind; all were asked again', orNone(figures.errorLines()));
  section('Audit', [
    `${counts.tasks} tasks, ${counts.orders} orders, ${counts.entries} entries`,
    ...ledgerWords.split('\n'),
    ...[...lost.map((words) => `LOST ${words}`), ...wrong.map((words) => `WRONG ${words}`)].slice(0, 50),
    ...figures.surprises.slice(0, 50).map((words) => `SURPRISE ${words}`),
  ]);
  const isGood = isLedgerWhole && lost.length + wrong.length + figures.surprises.length === 0;
  const sums = `${lost.length} lost, ${wrong.length} wrong, ${figures.surprises.length} surprises`;
  console.log(
    `\n${isGood ? green('✓') : red('✗')} ${sums}, the ledger ${isLedgerWhole ? 'balances' : 'DOES NOT BALANCE'}`,
  );
  return isGood ? 0 : 1;
}

function killLines(kills) {
  const names = [...new Set(kills.map(({ name }) => name))];
  return orNone(
    names.map((name) => {
      const times = kills.filter((kill) => kill.name === name).map(({ awayMs }) => awayMs);
      return `${name}: ${times.length} × kill -9, away for up to ${(Math.max(...times) / 1_000).toFixed(1)} s`;
    }),
  );
}

const orNone = (lines) => (lines.length > 0 ? lines : ['none']);

await runMain(main);
