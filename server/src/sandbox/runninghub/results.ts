import type { Context } from 'koa';
import { clock, days } from '../../lib/clock';
import type { Desk } from './desk';
import type { Frames } from './frames';
import { writePrompt } from './metadata';
import { picturesOf } from './replies';

export type Results = {
  answer(ctx: Context): Promise<void>;
  /** Every link of a job that has ended by now is dead. */
  expire(): void;
};

type Served = { bytes: Buffer; contentType: string };

const lifeMs = days(1);
const contentTypes = { jpg: 'image/jpeg', png: 'image/png' } as const;

/** What the vendor's links lead to: no key is asked for, and after a day they are gone. */
export function createResults(desk: Desk, frames: Frames): Results {
  const expired = new WeakSet<object>();

  async function findPicture(jobId: string, name: string): Promise<Served | null> {
    const job = desk.jobs.find(jobId);
    const picture = job && picturesOf(job, desk.wire).find((each) => `${each.number}.${each.extension}` === name);
    const photo = job && desk.photoOf(job);
    if (!job || !picture || !photo) return null;
    if (expired.has(job) || clock.now() - (job.endedAt ?? 0) >= lifeMs) return null;

    const { number, extension } = picture;
    const drawn = await frames.draw({ photo, prompt: job.prompt, number, extension });
    const bytes = job.hasMetadata ? writePrompt(drawn, extension, job.prompt) : drawn;
    return { bytes: spoilt(bytes), contentType: contentTypes[extension] };
  }

  function spoilt(bytes: Buffer): Buffer {
    const mode = desk.mishaps.state().pictures;
    if (mode === 'text') return Buffer.from('<html><body>not a picture</body></html>');
    return mode === 'broken' ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes;
  }

  return {
    async answer(ctx) {
      const [, input] = /^\/input\/(.+)$/.exec(ctx.path) ?? [];
      const [, jobId, name] = /^\/results\/(\d{19})\/(\d{1,2}\.(?:jpg|png))$/.exec(ctx.path) ?? [];
      const served = jobId && name ? await findPicture(jobId, name) : desk.uploads.find(input ?? '');
      ctx.status = served ? 200 : 404;
      ctx.type = served?.contentType ?? 'application/xml';
      ctx.body = served?.bytes ?? '<Error><Code>NoSuchKey</Code></Error>';
    },
    expire() {
      for (const job of desk.jobs.list()) expired.add(job);
    },
  };
}
