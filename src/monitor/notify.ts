import { createHash } from 'node:crypto';
import type { NoticeTarget } from '../config/notify.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import { codeOf } from '../core/file-errors.ts';
import type { Problem } from '../core/problem.ts';
import type { Context } from '../session/context.ts';
import { noticeRequest } from './notice-request.ts';
import { type Notice, newsOf, noticesOf } from './notices.ts';
import { type Recipient, readAddress, sendTo } from './send.ts';
import { openSentBefore, type SentBefore } from './sent-before.ts';
import type { RunFacts } from './types.ts';

/**
 * Sends what each target is to hear; all of them side by side. What a run finds to be over is news again when it comes back.
 *
 * @returns the warnings where a notice did not arrive, or cannot be remembered
 */
export async function notifyAll(context: Context, run: RunFacts, targets: readonly NoticeTarget[]): Promise<Problem[]> {
  const wanted = targets.map((target) => ({ target, notices: noticesOf(run, target) }));
  const over = overBy(run);
  if (targets.length === 0 || (over.length === 0 && wanted.every(({ notices }) => notices.length === 0))) return [];
  const sent = await openSentBefore(context.cacheDirectory);
  for (const news of over) sent.forget(news);
  const problems = await Promise.all(
    wanted.map(({ target, notices }) => notifyOne(context, target, notices, run.endedAt, sent)),
  );
  try {
    await sent.save(run.endedAt);
  } catch (error) {
    const reason = codeOf(error);
    if (reason === undefined) throw error;
    const message = `What was sent cannot be remembered in the cache folder (${reason}): it is sent again.`;
    return [...problems.flat(), { code: 'notify/not-remembered', severity: 'warning', message }];
  }
  return problems.flat();
}

/** What a run about the whole mirror shows to be over: failures of its command, and drift. */
function overBy({ command, scope, exitCode }: RunFacts): string[] {
  if (scope !== 'all' || exitCode === ExitCode.failed || exitCode === ExitCode.usage) return [];
  const isWithoutDrift = command === 'verify' && exitCode === ExitCode.done;
  return [newsOf('failure', command), ...(isWithoutDrift ? [newsOf('drift', command)] : [])];
}

/** Names whom a notice went to, without an address: two rooms have one server. */
function recipientOf({ address, room }: NoticeTarget): string {
  if (room === undefined) return address;
  return `${address}-${createHash('sha256').update(room).digest('hex').slice(0, 12)}`;
}

async function notifyOne(
  context: Context,
  target: NoticeTarget,
  notices: readonly Notice[],
  now: Date,
  sent: SentBefore,
): Promise<Problem[]> {
  const keyOf = ({ event, command, key }: Notice) => `${recipientOf(target)}:${newsOf(event, command)}:${key}`;
  const isNew = (notice: Notice) => !sent.has(keyOf(notice), now, target.repeatMs);
  for (const notice of notices.filter(isNew)) {
    const recipient: Recipient = {
      ...{ variable: target.address, code: 'notify', subject: `The notice of ${notice.event} to ${target.to}` },
      ...defined({ token: target.token }),
    };
    const address = readAddress(context, recipient);
    const problem = address instanceof URL ? await send(context, target, recipient, { notice, address, now }) : address;
    if (problem === undefined) sent.add(keyOf(notice), now);
    // Whoever did not take one does not take the next.
    else return [{ ...problem, place: target.place }];
  }
  return [];
}

function send(
  context: Context,
  target: NoticeTarget,
  recipient: Recipient,
  { notice, address, now }: { readonly notice: Notice; readonly address: URL; readonly now: Date },
): Promise<Problem | undefined> {
  const redact = (text: string) => context.secrets?.redactOutput(text) ?? text;
  const clean = { ...notice, title: redact(notice.title), text: redact(notice.text) };
  const { method, url, body } = noticeRequest(target, clean, address, now);
  return sendTo(context, recipient, { method, url, type: 'application/json', text: JSON.stringify(body) });
}
