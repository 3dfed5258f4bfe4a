/** A no in WeChat Pay's words: the status, the code and the message that go out, with the field that was at fault. */
export class WechatPayFault extends Error {
  override name = 'WechatPayFault';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly detail?: { field: string; value: string; issue: string; location: 'body' | 'query' | 'header' },
  ) {
    super(message);
  }
}
