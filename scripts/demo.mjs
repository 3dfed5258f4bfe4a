import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { requireNode } from './lib/install.mjs';
import { inRoot } from './lib/paths.mjs';
import { readPhoto, writeBeside } from './lib/photos.mjs';
import { prepare } from './lib/prepare.mjs';
import { isSuyiAt, startServer } from './lib/running-server.mjs';
import { createSeller } from './lib/seller.mjs';
import { Stop, explain, runMain } from './lib/stop.mjs';
import { step } from './lib/terminal.mjs';

const usage = `npm run demo -- photo.jpg [more photos]

Does with the running product what a seller's phone does: logs in, buys, uploads, cleans, downloads.
The result lies beside the photo as photo.white.jpg.

  --url http://host:port   where the product runs (or SUYI_URL; default http://127.0.0.1:3000)
  --phone 13800000000      be this seller
  --fresh                  be a new seller; otherwise the one of the last run comes back`;

async function main() {
  requireNode();
  const { values: options, positionals } = readArguments();
  if (options.help) return void console.log(usage);
  if (positionals.length === 0) throw new Stop(`Name a photo: npm run demo -- photo.jpg`);
  if (positionals.length === 1) readPhoto(positionals[0]); // A wrong name must not cost a start of the product.

  const { base, stop } = await findProduct(options.url ?? process.env.SUYI_URL);
  try {
    const seller = await signIn(base, options);
    if (positionals.length > 1) return await cleanAll(seller, positionals);

    const target = await cleanOne(seller, positionals[0]);
    console.log(`\n${target}`);
  } finally {
    await stop();
  }
}

function readArguments() {
  const options = {
    url: { type: 'string' },
    phone: { type: 'string' },
    fresh: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  };
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new Stop(`${error.message}\n\n${usage}`);
  }
}

/** The running product; when none runs and none was named, one of our own for as long as the demo lasts. */
async function findProduct(named) {
  const base = named ?? `http://127.0.0.1:${process.env.PORT ?? 3000}`;
  if (await isSuyiAt(base)) {
    console.log(`Using the product at ${base}`);
    return { base, stop: async () => {} };
  }
  if (named) throw new Stop(`Suyi does not answer at ${base}.`);

  console.log(`Suyi does not run at ${base}; starting one for this demo, on the ordinary data in .data.`);
  await prepare('server');
  let server;
  await step('Start the product', async () => {
    server = await startServer();
    return server.base;
  });
  return server;
}

/** Logs in, or comes back as the seller of the last run; a phone keeps its login, too. */
async function signIn(base, { url, phone: asked, fresh }) {
  const seller = createSeller(base);
  const place = url ?? process.env.SUYI_URL ?? 'here'; // Of our own data it does not matter which port shows it.
  const earlier = fresh ? null : readEarlier(place, asked);
  const phone = earlier?.phone ?? asked ?? `138${String(randomInt(1e8)).padStart(8, '0')}`;

  await step('Log in', async () => {
    if (earlier && (await seller.resume(earlier.token))) return `${phone}, still logged in from the last run`;
    remember({ place, phone, token: await seller.logIn(phone) });
    return `${phone}, by SMS code`;
  });
  return { ...seller, phone };
}

const memory = inRoot('.cache/demo-seller.json');

function readEarlier(place, phone) {
  try {
    const earlier = JSON.parse(readFileSync(memory, 'utf8'));
    return earlier.place === place && (!phone || phone === earlier.phone) ? earlier : null;
  } catch {
    return null; // The first run, or a file that somebody else wrote: a new seller will do.
  }
}

function remember(seller) {
  mkdirSync(dirname(memory), { recursive: true });
  writeFileSync(memory, JSON.stringify(seller), { mode: 0o600 });
}

/** One photo from the disk to its white-background picture beside it. Resolves with that picture's path. */
async function cleanOne(seller, path) {
  const photo = readPhoto(path);
  await step('Buy a membership', async () => {
    const uses = await seller.usesLeft();
    if (uses > 0) return `already a member, ${uses} uses left`;

    const order = await seller.buy(seller.phone);
    return `${order.planName}, ¥${(order.priceFen / 100).toFixed(2)}, ${order.uses} uses`;
  });

  let media, task, picture, target;
  await step('Upload the photo', async () => {
    media = await seller.upload(photo);
    return `${media.width} × ${media.height}, ${kilobytes(photo.bytes.length)}`;
  });
  await step('Clean it', async () => {
    task = await seller.clean(media.id);
    return task.type;
  });
  await step('Download the result', async () => {
    picture = await seller.download(task);
    target = writeBeside(photo.file, picture.bytes);
    return `${picture.width} × ${picture.height}, ${kilobytes(picture.bytes.length)}`;
  });
  return target;
}

const kilobytes = (bytes) => `${Math.ceil(bytes / 1024)} KB`;

/** Every photo in turn, then a table of what became of each. Resolves with the exit code. */
async function cleanAll(seller, paths) {
  const rows = [];
  for (const path of paths) {
    console.log(`\n${path}`);
    const row = await cleanOne(seller, path).then(
      (target) => ({ isDone: true, outcome: target }),
      (error) => ({ isDone: false, outcome: explain(error).trim() }),
    );
    rows.push({ path, ...row });
  }

  const width = Math.max(...paths.map((path) => path.length));
  console.log('');
  for (const { path, isDone, outcome } of rows) console.log(`${isDone ? '✓' : '✗'}  ${path.padEnd(width)}  ${outcome}`);
  return rows.every(({ isDone }) => isDone) ? 0 : 1;
}

await runMain(main);
