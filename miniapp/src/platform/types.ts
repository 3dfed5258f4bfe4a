import type { AlipayWapPayment, JsapiPayment, PaymentChannel, VirtualPayment } from '@suyi/shared-types';

/** What each target's files must offer. Only the files named `*.weapp.ts` and `*.h5.ts` know where they run. */

/** Asks whether the vendor sandbox runs; H5 needs it for everything WeChat would do, a phone never asks. */
export type ProbeSandbox = () => Promise<boolean>;

export interface WechatDoor {
  /** Whether the seller can come in by WeChat here. */
  isOpen: (probe: ProbeSandbox) => Promise<boolean>;
  /** A fresh code of `wx.login`, good for one use. */
  getCode: () => Promise<string>;
  /** Sent along with a phone login, so that both doors lead to one account; null where there is no WeChat. */
  findCodeForPhoneLogin: () => Promise<string | null>;
  /** Whether a button can ask WeChat for the phone number. */
  hasPhoneButton: boolean;
}

/** What there is to pay and the way it is paid, which come as a pair: one way's words do nothing at another's cashier. */
export type Payable =
  | { channel: 'wechat_jsapi'; payment: JsapiPayment }
  | { channel: 'wechat_virtual'; payment: VirtualPayment }
  | { channel: 'alipay_wap'; payment: AlipayWapPayment };

/**
 * What the phone says, which is never more than a hint. `left`: the seller was taken to another page, and the outcome is
 * found when the app is opened again. `unknown`: not even the cashier knows. `session_expired` and `number_used`: the
 * order has to be made anew. `blocked`: the platform does not let this be paid. `ios_closed`: not on an iPhone or iPad.
 */
export type PayOutcome =
  | 'success'
  | 'cancelled'
  | 'failed'
  | 'left'
  | 'unknown'
  | 'session_expired'
  | 'number_used'
  | 'blocked'
  | 'ios_closed';

export interface Cashier {
  /** The ways of paying that are open on this phone, in no order. */
  findWays: (probe: ProbeSandbox) => Promise<PaymentChannel[]>;
  /** Why none of the offered ways can be gone here, and what to do. */
  whyClosed: (offered: PaymentChannel[]) => string;
  /** What the seller calls a way of paying; null where there is nothing to tell apart. */
  nameOf: (channel: PaymentChannel) => string | null;
  /** Success is only what the phone says; whether money moved is for the server to find out. */
  pay: (payable: Payable, returnPath: string) => Promise<PayOutcome>;
}

export interface Connection {
  isOffline: () => Promise<boolean>;
  /** Calls back with every change, for as long as the app runs. */
  onChange: (listener: (isConnected: boolean) => void) => void;
}

export interface Photo {
  path: string;
  byteLength: number;
  /** Upright size in pixels. */
  width: number;
  height: number;
  contentType: string;
}

export type PhotoSource = 'album' | 'camera';

/** Null when the seller changed their mind. */
export type ChoosePhoto = (source: PhotoSource) => Promise<Photo | null>;

/**
 * Asks for one WeChat message about how a task ends, and answers whether it may be sent. Must be called from a tap, before
 * anything is awaited: WeChat opens its question for nothing else.
 */
export type AskToNotify = (templateId: string) => Promise<boolean>;

/** `denied`: album permission was refused earlier and only the settings page can give it back. */
export type SaveOutcome = 'saved' | 'cancelled' | 'denied' | 'failed';

export interface Album {
  save: (filePath: string, fileName: string) => Promise<SaveOutcome>;
  /** Must be called from a tap. Answers whether the permission is there now. */
  openSettings: () => Promise<boolean>;
  /** What a seller can do by hand when saving does not work. */
  fallbackHint: string;
  /** What saving is called here. */
  verb: '保存' | '下载';
  /** Where it goes, behind the verb and its object; empty where that goes without saying. */
  whereTo: string;
  /** Between two pictures of several: a browser that is asked faster loses some. */
  pauseMs: number;
  /** What the seller should know before several go one after the other; null where there is nothing to know. */
  severalHint: string | null;
}

/** Opens the pictures in the platform's own viewer, which zooms; null where the page zooms them itself. */
export type OpenZoom = ((current: string, urls: string[]) => void) | null;

/** Attributes for the field of this id; it is typed into whenever `turn` grows. */
export type UseFocus = (id: string, turn: number) => object;

/** What a screen reader says of an element. */
export interface Spoken {
  role?:
    | 'button'
    | 'checkbox'
    | 'radio'
    | 'link'
    | 'tab'
    | 'img'
    | 'alert'
    | 'status'
    | 'heading'
    | 'slider'
    | 'progressbar';
  label?: string;
  live?: 'polite' | 'assertive';
  isHidden?: boolean;
  isChecked?: boolean;
  isSelected?: boolean;
  isDisabled?: boolean;
  /** 0 to 100. */
  valueNow?: number;
}
