import { z } from 'zod';
import { parseJson } from '../http';

/**
 * The vendor's shapes. A field that we can do without is null when it is missing or strange, so that a whim in one place
 * does not cost us the rest of an answer that was paid for.
 */
const text = z
  .union([z.string(), z.number()])
  .transform((value) => String(value) || null)
  .nullish()
  .catch(null);

const JobId = z
  .union([z.string(), z.int()])
  .transform(String)
  .refine((id) => /^[\w-]{1,64}$/.test(id) && id !== '0')
  .nullish()
  .catch(null);

/**
 * Ids are longer than 2^53 and some schemas of the vendor declare them as numbers: one that comes without quotes gets them
 * before JSON rounds it.
 */
export function readJson(bytes: Buffer): unknown {
  return parseJson(
    Buffer.from(bytes.toString('utf8').replace(/(?<!\\)("taskId"\s*:\s*)(\d{16,})(?=\s*[,}])/g, '$1"$2"')),
  );
}

const Coded = z.object({ errorCode: text, code: text });

/** Whether there is an answer at all: for those of which nothing but the number matters. */
export const isReply = (body: unknown): boolean => z.object({}).safeParse(body).success;

/** The number by which an answer is judged: v2 calls it `errorCode`, v1 and v2's upload `code`. Null for none and for 0. */
export function readCode(body: unknown): string | null {
  const coded = Coded.safeParse(body);
  if (!coded.success) return null;

  const code = [coded.data.errorCode, coded.data.code].map((said) => said?.trim()).find((said) => said && said !== '0');
  if (!code) return null;
  return /^[\w.-]{1,40}$/.test(code) ? code : 'unreadable';
}

const name = z.string().min(1).max(2_000).nullish().catch(null);
const Uploaded = z.object({ data: z.object({ fileName: name, filename: name, download_url: name }) });

/** By which the vendor knows a photo from now on, or null. */
export function readUploaded(body: unknown): string | null {
  const uploaded = Uploaded.safeParse(body);
  if (!uploaded.success) return null;

  const { fileName, filename, download_url: link } = uploaded.data.data;
  return fileName ?? filename ?? link ?? null;
}

const Made = z.object({ taskId: JobId, promptTips: z.string().nullish().catch(null) });
const Created = Made.extend({ data: Made.nullish().catch(null) }); // v1 puts into `data` what v2 has at the top.
const PromptTips = z.object({ node_errors: z.record(z.string(), z.unknown()) });

export type CreatedReply = { jobId: string; faultyNodes: string[] };

/** The job that an order made, and the nodes that the vendor complains about though it made one. Null when there is no job. */
export function readCreated(body: unknown): CreatedReply | null {
  const created = Created.safeParse(body);
  if (!created.success) return null;

  const jobId = created.data.taskId ?? created.data.data?.taskId ?? null;
  if (jobId === null) return null;
  const tips = created.data.promptTips ?? created.data.data?.promptTips ?? '';
  const errors = PromptTips.safeParse(parseJson(Buffer.from(tips))).data?.node_errors ?? {};
  return { jobId, faultyNodes: Object.keys(errors).filter((nodeId) => /^[\w:-]{1,20}$/.test(nodeId)) };
}

/** Why a job failed holds graph and prompt too (traceback, inputs): only these two words of it may be kept. */
const FailedReason = z
  .object({
    exception_type: z
      .string()
      .regex(/^[\w.]{1,80}$/)
      .nullish()
      .catch(null),
    node_name: z.string().max(80).nullish().catch(null),
  })
  .nullish()
  .catch(null);
const Explained = z.object({
  failedReason: FailedReason,
  data: z.object({ failedReason: FailedReason }).nullish().catch(null),
});

/** What may be logged of a failure. */
export function readFailure(body: unknown): { exceptionType: string | null; nodeName: string | null } {
  const explained = Explained.safeParse(body).data;
  const reason = explained?.failedReason ?? explained?.data?.failedReason;
  return { exceptionType: reason?.exception_type ?? null, nodeName: reason?.node_name ?? null };
}

const usageFields = { consumeCoins: text, consumeMoney: text, thirdPartyConsumeMoney: text, taskCostTime: text };
const Usage = z.object(usageFields);
const Result = z.object({ url: text, nodeId: text, outputType: text }).catch({ url: null });
const Queried = z.object({
  taskId: JobId,
  status: z
    .string()
    .transform((word) => word.trim().toUpperCase())
    .pipe(z.string().min(1)),
  results: z.array(Result).nullish(),
  usage: Usage.nullish().catch(null),
});

const Output = z.object({ ...usageFields, fileUrl: text, nodeId: text, fileType: text });
const Outputs = z.object({ code: z.union([z.string(), z.number()]), data: z.array(Output).nullish() });

export type UsageReply = z.infer<typeof Usage>;
export type ResultReply = z.infer<typeof Result>;
export type QueriedReply = {
  /** Null when the answer does not say whose it is. */
  jobId: string | null;
  /** In capitals. Null in v1's shape, which tells by number alone. */
  status: string | null;
  /** Null while the vendor has not written them down yet. */
  results: readonly ResultReply[] | null;
  usage: UsageReply | null;
};

/** How a job stands, in v2's shape or in that of v1's `outputs`; null when it is in neither. */
export function readQueried(body: unknown): QueriedReply | null {
  const queried = Queried.safeParse(body);
  if (queried.success) {
    const { taskId, status, results, usage } = queried.data;
    return { jobId: taskId ?? null, status, results: results ?? null, usage: usage ?? null };
  }

  const outputs = Outputs.safeParse(body);
  if (!outputs.success) return null;
  const { data } = outputs.data;
  return {
    jobId: null,
    status: null,
    results: data?.map(({ fileUrl, nodeId, fileType }) => ({ url: fileUrl, nodeId, outputType: fileType })) ?? null,
    usage: data?.[0] ?? null, // Each output repeats what the job as a whole has used.
  };
}

const accountFields = { currentTaskCounts: text, remainCoins: text, remainMoney: text, currency: text };
const Account = z.object(accountFields);
const AccountReply = z.object({ ...accountFields, data: Account.nullish().catch(null) });

export type AccountReply = z.infer<typeof Account>;

/** The account's state, which stands in `data`; null when nothing of it is there. */
export function readAccount(body: unknown): AccountReply | null {
  const reply = AccountReply.safeParse(body);
  if (!reply.success) return null;

  const account = reply.data.data ?? reply.data;
  return account.currentTaskCounts || account.remainCoins || account.remainMoney ? account : null;
}
