import { seconds } from '../../lib/clock';
import { vendorHttp } from '../http';
import type { Head } from './classify';
import { multipart, type FormFile } from './multipart';
import { readCode, readJson } from './replies';
import type { RunningHubSettings } from './settings';

/** `body` is undefined when what came is no JSON. */
export type Answer = Head & { body: unknown };

/** An order moves a photo or makes a job; a question is asked again soon, and does not wait as long. */
type Pace = 'order' | 'question';

export type RunningHubCalls = {
  /** Any HTTP status is an answer; a missing, late, cut or too long one is `VendorUnavailable`. Nothing is sent twice. */
  post(path: string, body: Record<string, unknown>, pace: Pace): Promise<Answer>;
  postForm(path: string, fields: Record<string, string>, file: FormFile): Promise<Answer>;
};

/** The key travels in a header, and in v1's bodies because v1 wants it there: never in an address, a log or an error. */
export function runningHubCalls({ apiBase, apiKey, timeoutMs }: RunningHubSettings): RunningHubCalls {
  const http = vendorHttp('runninghub', apiBase);
  const orderMs = timeoutMs ?? seconds(30);
  const limitsMs: Record<Pace, number> = { order: orderMs, question: Math.min(orderMs, seconds(10)) };

  async function send(path: string, content: { contentType: string; body: string | Buffer }, ms: number) {
    const { status, body } = await http.send({
      method: 'POST',
      path,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${apiKey}`,
        'content-type': content.contentType,
      },
      body: content.body,
      timeoutMs: ms,
    });
    const json = readJson(body);
    return { status, code: readCode(json), body: json };
  }

  return {
    post: (path, body, pace) =>
      send(path, { contentType: 'application/json', body: JSON.stringify(body) }, limitsMs[pace]),
    postForm: (path, fields, file) => send(path, multipart(fields, file), limitsMs.order),
  };
}
