import { slot } from '../../lib/slot';

/**
 * Why no job was made. `busy`: the vendor is full, ask again later. `balance`: our account there is empty. `configuration`:
 * our key, app or nodes are wrong. `photo`: it does not take this picture. `moderation`: it may not show this.
 */
export type RefusalKind = 'busy' | 'balance' | 'configuration' | 'photo' | 'moderation';

/** A clear no to an upload or an order: nothing was made and nothing is billed. `code` is the vendor's number, for the log. */
export type NoJob = { refused: true; kind: RefusalKind; code: string };

export type PoseOrder = {
  /** What `upload` gave for the photo. */
  photo: string;
  prompt: string;
  /** Where the vendor reports the end of this very job. */
  webhookUrl: string;
};

/** What a job cost us, as far as the vendor said: thousandths of its coins, thousandths of a yuan, seconds of machine time. */
export type JobCost = { millicoins: number | null; milliyuan: number | null; seconds: number | null };

/**
 * How a job stands. `gone`: the vendor knows no such job, or no more. `succeeded` lists the pictures of the result node alone,
 * in the vendor's order, each once; the list may be empty, and its addresses die after 24 hours.
 */
export type JobView =
  | { state: 'open'; isRunning: boolean }
  | { state: 'succeeded'; pictures: readonly string[]; cost: JobCost }
  | { state: 'failed'; kind: 'vendor' | 'moderation'; code: string; cost: JobCost }
  | { state: 'gone'; code: string };

/** A picture that cannot be had. `host`: its address is not on our list. `gone`: it is not there. `content`: too long, or no picture. */
export type NoPicture = { refused: true; kind: 'host' | 'gone' | 'content'; code: string };

export type VendorAccount = {
  refused: false;
  openJobs: number | null;
  millicoins: number | null;
  milliyuan: number | null;
};

/** The maker of model pictures. Every call throws `VendorUnavailable` when there is no usable answer. */
export type PosePort = {
  /** Leaves the photo with the vendor for a day. No job is made: safe to repeat. */
  upload(photo: { bytes: Buffer; contentType: string }): Promise<{ refused: false; photo: string } | NoJob>;

  /**
   * Orders one job. There is no idempotency key: after `VendorUnavailable` a job may or may not have been made, so the caller
   * must never ask again by itself.
   */
  create(order: PoseOrder): Promise<{ refused: false; jobId: string } | NoJob>;

  query(jobId: string): Promise<JobView>;

  /** Asks the vendor to stop. A job that has ended already, or is not known, is no fault. */
  cancel(jobId: string): Promise<void>;

  account(): Promise<VendorAccount | NoJob>;

  /** The bytes behind an address that `query` gave: from a listed host only, no redirects, a picture by its first bytes. */
  download(url: string): Promise<{ refused: false; bytes: Buffer } | NoPicture>;
};

/** Filled by `main.ts` and tests. */
export const poses = slot<PosePort>('poses');
