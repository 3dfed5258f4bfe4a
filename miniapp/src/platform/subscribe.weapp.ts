import type { AskToNotify } from './types';

/** Taro's type of it wants another platform's parameters too. */
declare const wx: {
  requestSubscribeMessage?: (wish: {
    tmplIds: string[];
    success: (answers: Record<string, unknown>) => void;
    fail: () => void;
  }) => void;
};

/** Accepted is one message; refused, banned, switched off and failed are none, and nothing waits for any of them. */
export const askToNotify: AskToNotify = (templateId) =>
  new Promise((resolve) => {
    if (!wx.requestSubscribeMessage) return resolve(false);
    wx.requestSubscribeMessage({
      tmplIds: [templateId],
      success: (answers) => resolve(answers[templateId] === 'accept'),
      fail: () => resolve(false),
    });
  });
