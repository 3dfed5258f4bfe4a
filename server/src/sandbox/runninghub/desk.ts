import { RunningHubFault } from './fault';
import { createJobBook, isOpen, type JobBook, type SandboxJob } from './jobs';
import { createMishaps, type CreateLuck, type Mishaps } from './mishaps';
import type { CreateRequest } from './requests';
import { v1OutputsReply, type Wire } from './replies';
import { createUploads, type UploadedPhoto, type Uploads } from './uploads';
import { createWebhooks, type WebhookDesk } from './webhooks';

export type NodePlace = { nodeId: string; fieldName: string };

export type DeskOptions = {
  apiKey: string;
  webappId: string;
  nodes: { image: NodePlace; prompt: NodePlace; result: { nodeId: string } };
  slots: number;
  paceMs: number;
  ladderScale: number;
  /** How its own links begin where nobody else's address is known. */
  resultOrigin: string | null;
};

export type CallCounts = {
  uploads: number;
  creates: number;
  createsMade: number;
  /** Refused because every slot was taken: the caller counted wrong. */
  createsOverSlots: number;
  queries: number;
  cancels: number;
};

/** What both versions of the API share: who asks, what was uploaded, which jobs there are. */
export type Desk = {
  counts: CallCounts;
  uploads: Uploads;
  jobs: JobBook;
  webhooks: WebhookDesk;
  mishaps: Mishaps;
  wire: Wire;
  slots(): number;
  setSlots(slots: number): void;
  isKey(key: unknown): boolean;
  /** The key of the header; throws `code` when it is not ours. */
  checkBearer(authorization: string, code: number): void;
  /** Makes a job, or throws the vendor's no. `origin` is where the caller found us. */
  create(request: CreateRequest, luck: CreateLuck, origin: string): SandboxJob;
  /** Throws `code` for a job that the vendor does not know. */
  get(id: string, code: number): SandboxJob;
  cancel(id: string): void;
  /** The photo of a job, which outlives its name; null for one of the long past. */
  photoOf(job: SandboxJob): UploadedPhoto | null;
  coinsLeft(): number;
};

type Made = { photo: UploadedPhoto; origin: string };

const coinsAtStart = 100_000;
const madeMax = 10_000;

export function createDesk(options: DeskOptions): Desk {
  const { nodes } = options;
  const counts = { uploads: 0, creates: 0, createsMade: 0, createsOverSlots: 0, queries: 0, cancels: 0 };
  const uploads = createUploads();
  const mishaps = createMishaps();
  const webhooks = createWebhooks({ ladderScale: options.ladderScale, isLost: () => mishaps.drawWebhookLoss() });
  const made = new Map<string, Made>();
  const wire: Wire = {
    resultNode: nodes.result.nodeId,
    lookingNode: nodes.result.nodeId === '3' ? '4' : '3',
    originOf: (job) => made.get(job.id)?.origin ?? '',
  };
  let slots = options.slots;

  const jobs = createJobBook({
    paceMs: options.paceMs,
    onEnded(job) {
      const { id: taskId, webhookUrl } = job;
      if (webhookUrl === null) return;
      webhooks.announce({ taskId, webhookUrl, eventData: JSON.stringify(v1OutputsReply(job, wire)) });
    },
  });

  const coinsSpent = (): number => jobs.list().reduce((sum, { coins }) => sum + coins, 0);

  function readNodes(request: CreateRequest): { photo: UploadedPhoto; prompt: string } {
    const valueAt = (place: NodePlace): string | null =>
      request.nodeInfoList.find((node) => node.nodeId === place.nodeId && node.fieldName === place.fieldName)
        ?.fieldValue ?? null;
    const known = [nodes.image.nodeId, nodes.prompt.nodeId];
    const isForeign = request.nodeInfoList.some((node) => !known.includes(node.nodeId));
    const photo = uploads.find(valueAt(nodes.image) ?? '');
    const prompt = valueAt(nodes.prompt);
    if (isForeign || photo === null || prompt === null) throw new RunningHubFault(803);
    return { photo, prompt };
  }

  function get(id: string, code: number): SandboxJob {
    const job = jobs.find(id);
    if (!job) throw new RunningHubFault(code);
    return job;
  }

  return {
    counts,
    uploads,
    jobs,
    webhooks,
    mishaps,
    wire,
    slots: () => slots,
    setSlots: (next) => {
      slots = next;
    },
    isKey: (key) => key === options.apiKey,
    checkBearer(authorization, code) {
      if (authorization !== `Bearer ${options.apiKey}`) throw new RunningHubFault(code);
    },
    create(request, luck, origin) {
      if (luck.refusal) throw new RunningHubFault(luck.refusal.code, undefined, luck.refusal.status);
      if (request.webappId !== options.webappId) throw new RunningHubFault(901);
      const { photo, prompt } = readNodes(request);
      if (mishaps.state().isBalanceEmpty) throw new RunningHubFault(416);
      if (jobs.open() >= slots) {
        counts.createsOverSlots += 1;
        throw new RunningHubFault(421);
      }
      const { webhookUrl = null, addMetadata: hasMetadata = true } = request;
      const job = jobs.add({ photo: photo.name, prompt, webhookUrl, hasMetadata }, luck.settle());
      made.set(job.id, { photo, origin: options.resultOrigin ?? origin });
      const [oldest] = made.keys();
      if (made.size > madeMax && oldest !== undefined) made.delete(oldest);
      counts.createsMade += 1;
      return job;
    },
    get,
    cancel(id) {
      counts.cancels += 1;
      if (!isOpen(get(id, 807))) throw new RunningHubFault(423);
      jobs.end(id, { state: 'CANCEL' });
    },
    photoOf: (job) => made.get(job.id)?.photo ?? null,
    coinsLeft: () => (mishaps.state().isBalanceEmpty ? 0 : Math.max(0, coinsAtStart - coinsSpent())),
  };
}
