import { errorCodes, Problem, type ErrorCode } from '@suyi/shared-types';

/** What can go wrong before the server has said anything, with the sentence the seller reads. */
const silences = {
  offline: '网络未连接，请检查网络后重试。',
  timeout: '网络有点慢，没有等到回应，请重试。',
  unreachable: '暂时连不上服务器，请稍后重试。',
  bad_answer: '服务器的回应无法识别，请更新后重试。',
} as const;

export type Silence = keyof typeof silences;
export type ProblemCode = ErrorCode | Silence;

type Extras = Partial<Pick<Problem, 'requestId' | 'retryAfterSeconds' | 'fields' | 'quotaEffect'>>;

/** A request that did not work out: `message` is a Chinese sentence, fit to be shown as it is. */
export class ApiProblem extends Error {
  readonly code: ProblemCode;
  /** 0 when no answer came at all. */
  readonly status: number;
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly fields: NonNullable<Problem['fields']>;
  readonly quotaEffect: Problem['quotaEffect'];

  constructor(code: ProblemCode, status: number, detail: string, extras: Extras = {}) {
    super(detail);
    this.name = 'ApiProblem';
    this.code = code;
    this.status = status;
    this.requestId = extras.requestId;
    this.retryAfterSeconds = extras.retryAfterSeconds;
    this.fields = extras.fields ?? [];
    this.quotaEffect = extras.quotaEffect;
  }

  /** No answer came, so whether the server acted is unknown: only the same key may be sent again. */
  get isSilence(): boolean {
    return this.status === 0;
  }

  /** Waiting and asking again may help. */
  get isPassing(): boolean {
    return this.isSilence || this.status === 429 || this.status >= 500;
  }

  /** Signing in again would help. */
  get isSignedOut(): boolean {
    return this.status === 401;
  }
}

export function silence(code: Silence, status = 0): ApiProblem {
  return new ApiProblem(code, status, silences[code]);
}

/** An answer outside 2xx becomes a problem; one that is not `problem+json` (a proxy's page) keeps its status only. */
export function problemOf(status: number, body: unknown): ApiProblem {
  const parsed = Problem.safeParse(body);
  if (!parsed.success) return silence(status >= 500 ? 'unreachable' : 'bad_answer', status);

  const { code, detail, ...extras } = parsed.data;
  // A newer server may know codes this build does not: its sentence is shown all the same.
  const known = errorCodes.find((each) => each === code) ?? 'internal_error';
  return new ApiProblem(known, status, detail, extras);
}

/** Whatever was thrown, as something that can be shown. */
export function toProblem(thrown: unknown): ApiProblem {
  return thrown instanceof ApiProblem ? thrown : silence('bad_answer');
}
