import type { SessionDto } from '@suyi/shared-types';
import { chromium, type Browser } from 'playwright-core';
import { drawGarmentPhoto, drawNoGarment } from '../../../server/test/draw';
import { startProduct, type Product } from '../product';
import { openPhone, type ChosenFile, type Phone } from './phone';

export type World = {
  product: Product;
  garment: ChosenFile;
  noGarment: ChosenFile;
  /** A phone for this test; when it ends, an error in its console that the test did not expect is a failure. */
  phone(session?: SessionDto): Promise<Phone>;
};

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * The product and a Chromium for one test file, a new profile for each phone, and photos drawn once. `settings` are
 * environment variables of this product.
 */
export function useWorld(settings: Record<string, string> = {}): World {
  const world = {} as World;
  let browser: Browser | null = null;
  let phones: Phone[] = [];

  beforeAll(async () => {
    const executablePath = process.env.SUYI_CHROMIUM;
    if (!executablePath) throw new Error('SUYI_CHROMIUM must name a Chromium; `npm test -- --only=browser` finds one');
    const opened = chromium.launch({ executablePath, args: flags });
    world.product = await startProduct(settings);
    world.garment = { name: 'shirt.jpg', type: 'image/jpeg', bytes: await drawGarmentPhoto() };
    world.noGarment = { name: 'wall.jpg', type: 'image/jpeg', bytes: await drawNoGarment('gradient') };
    browser = await opened;

    const ready = browser;
    world.phone = async (session) => {
      const phone = await openPhone(ready, world.product.origin, session);
      phones.push(phone);
      return phone;
    };
  }, 90_000);

  afterEach(async () => {
    const troubles = phones.flatMap((phone) => phone.troubles());
    await Promise.all(phones.map((phone) => phone.context.close()));
    phones = [];
    expect(troubles).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await world.product.stop();
  }, 60_000);

  return world;
}
