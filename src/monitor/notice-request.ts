import { createHash } from 'node:crypto';
import type { NoticeTarget } from '../config/notify.ts';
import { defined } from '../core/defined.ts';
import { type Notice, noticeText } from './notices.ts';

/** A request that carries a notice. */
export interface NoticeRequest {
  readonly method: 'POST' | 'PUT';
  readonly url: URL;
  readonly body: object;
}

/**
 * The request by which a target hears of a notice. What comes from outside is text to each of them: never markup, a link or
 * a mention. Pure.
 */
export function noticeRequest(
  { to, room = '', template }: Pick<NoticeTarget, 'to' | 'room' | 'template'>,
  notice: Notice,
  address: URL,
  at: Date,
): NoticeRequest {
  switch (to) {
    case 'generic':
      return { method: 'POST', url: address, body: genericBody(notice, noticeText(notice, template), at) };
    case 'slack':
      // docs.slack.dev, "Formatting message text": three characters are escaped, and then nothing is a mention or a link.
      return { method: 'POST', url: address, body: { text: noticeText(notice, template, slackEscaped) } };
    case 'teams':
      return { method: 'POST', url: address, body: teamsBody(noticeText(notice, template), notice.url) };
    case 'matrix':
      return {
        method: 'PUT',
        url: matrixUrl(address, room, notice, at),
        // `m.mentions` without a name: no text wakes anybody (Matrix client-server API 1.7, "User and room mentions").
        body: { msgtype: 'm.notice', body: noticeText(notice, template), 'm.mentions': {} },
      };
  }
}

function genericBody({ event, command, title, text, url }: Notice, message: string, at: Date): object {
  return {
    schema: 'mirrorlock/notice/v1',
    ...{ event, command, title, lines: text.split('\n'), message },
    ...defined({ url }),
    time: at.toISOString(),
  };
}

function slackEscaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** An Adaptive Card 1.4 of text runs, which know no Markdown (adaptivecards.io, "TextRun"). */
function teamsBody(message: string, url: string | undefined): object {
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: lines.map((text, nth) => ({
      type: 'RichTextBlock',
      inlines: [{ type: 'TextRun', text, ...(nth === 0 && { weight: 'bolder' }) }],
    })),
    ...(url !== undefined && { actions: [{ type: 'Action.OpenUrl', title: 'Open the pull request', url }] }),
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

/** A second request with the same transaction is the same message (Matrix client-server API, "Transaction identifiers"). */
function matrixUrl(server: URL, room: string, { key }: Notice, at: Date): URL {
  const transaction = createHash('sha256').update(`${key} ${at.toISOString()}`).digest('hex').slice(0, 32);
  const base = server.pathname.replace(/\/+$/, '');
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${transaction}`;
  return new URL(`${base}${path}`, server.origin);
}
