import { defined } from '../core/defined.ts';
import { parseDuration } from '../core/duration.ts';
import { didYouMean, nearest } from '../core/nearest.ts';
import type { Place } from '../core/problem.ts';
import { type Fault, type Findings, startFindings } from '../yaml/findings.ts';
import type { Locator, Path } from '../yaml/locate.ts';
import { defaults } from './defaults.ts';
import type { MirrorsYaml } from './schema.gen.ts';
import { readSections } from './sections.ts';
import { checkShape, type PartialData } from './shape.ts';
import { isOwnSecret } from './variables.ts';

/** `metrics` of mirrors.yaml, with all that was left out filled in. */
export interface MetricsSettings {
  /** The environment variable with the push gateway's address. Absent: `--metrics-push` names one. */
  readonly push?: string;
  readonly job: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a notice is about. */
export type NoticeEvent = 'failure' | 'drift' | 'waiting-pull-request' | 'end-of-life';

/** Whom notices go to. */
export interface NoticeTarget {
  readonly place: Place;
  readonly to: 'generic' | 'slack' | 'teams' | 'matrix';
  /** Environment variables. */
  readonly address: string;
  readonly token?: string;
  /** Present with `matrix`, and only then. */
  readonly room?: string;
  readonly on: readonly NoticeEvent[];
  /** How long a pull request may be open. */
  readonly waitsMs: number;
  /** How long the same notice is not sent again. */
  readonly repeatMs: number;
  readonly template: string;
}

/** Who watches the mirror, and how. */
export interface Watchers {
  readonly metrics?: MetricsSettings;
  /** Where the file says `metrics.push`. */
  readonly pushPlace?: Place;
  readonly notify?: readonly NoticeTarget[];
}

/**
 * What a mirrors.yaml says of those who watch the mirror, whatever else is wrong with it: they are to hear of just that. A section that
 * is itself wrong is left out. Undefined where the text is not YAML.
 */
export function watchersOf(text: string, file: string): Watchers | undefined {
  const sections = readSections(text, file);
  if (sections === undefined) return undefined;
  const { at, locate } = sections;
  const section = <Value>(
    key: 'metrics' | 'notify',
    read: (data: PartialData<MirrorsYaml>, findings: Findings) => Value | undefined,
  ): Value | undefined => {
    const findings = startFindings();
    // A file that is right but for what stands here: only this part is checked.
    const value = at(key);
    const only = { version: 1, images: { include: ['*'] }, ...(value !== undefined && { [key]: value }) };
    const found = read(checkShape(only, locate, findings), findings);
    return findings.hasErrors ? undefined : found;
  };
  const metrics = section('metrics', (data, findings) => readMetrics(data.metrics, locate, findings));
  return defined({
    metrics,
    pushPlace: metrics?.push === undefined ? undefined : locate.value(['metrics', 'push']),
    notify: section('notify', (data, findings) => readNotify(data.notify, locate, findings)),
  });
}

/** Labels that metrics have, or that Prometheus and its push gateway set. */
const takenLabels = ['command', 'scope', 'destination', 'kind', 'place', 'job', 'instance'];

/** Reads `metrics`, and checks what the schema cannot say. What is wrong goes to `findings`. */
export function readMetrics(
  data: PartialData<MirrorsYaml>['metrics'],
  locate: Locator,
  findings: Findings,
): MetricsSettings | undefined {
  if (data === undefined) return undefined;
  const { push, job = defaults.metricsJob, labels = [] } = data;
  checkVariable(push, ['metrics', 'push'], locate, findings);
  const names = labels.map((label) => label?.name);
  const given = labels.flatMap(({ name, value } = {}, index): [string, string][] => {
    if (name === undefined || value === undefined) return [];
    const isTaken = takenLabels.includes(name) || name.startsWith('__');
    if (!isTaken && names.indexOf(name) === index) return [[name, value]];
    const message = isTaken ? 'This label is set by mirrorlock or Prometheus.' : 'Each label must have another name.';
    const place = locate.value(['metrics', 'labels', index, 'name']);
    findings.error(place, { code: 'metric-label', message, value: name, hint: 'Such as `mirror`.' });
    return [];
  });
  return { ...defined({ push }), job, labels: Object.fromEntries(given) };
}

const noticeEvents: readonly NoticeEvent[] = ['failure', 'drift', 'waiting-pull-request', 'end-of-life'];

/** What a template of a notice may name. */
const noticeWords = ['title', 'text', 'event', 'command', 'url'] as const;

const usualTemplate = '{{title}}\n{{text}}\n{{url}}';

type Written = NonNullable<NonNullable<PartialData<MirrorsYaml>['notify']>[number]>;

/** Reads `notify`, and checks what the schema cannot say. What is wrong goes to `findings`. */
export function readNotify(
  data: PartialData<MirrorsYaml>['notify'],
  locate: Locator,
  findings: Findings,
): NoticeTarget[] | undefined {
  return data?.flatMap((written, index): NoticeTarget[] => {
    const path: Path = ['notify', index];
    const { to, address, token, room, on, template = usualTemplate } = written ?? {};
    checkVariable(address, [...path, 'address'], locate, findings);
    checkVariable(token, [...path, 'token'], locate, findings);
    checkMatrix(written ?? {}, path, locate, findings);
    checkTemplate(template, path, locate, findings);
    if (to === undefined || address === undefined) return [];
    const events = on?.flatMap((event) => event ?? []) ?? noticeEvents;
    return [
      {
        place: locate.value(path),
        ...{ to, address, ...defined({ token, room }), on: events, template },
        waitsMs: parseDuration(written?.waits ?? defaults.notice.waits) ?? 0,
        repeatMs: parseDuration(written?.repeat ?? defaults.notice.repeat) ?? 0,
      },
    ];
  });
}

/** The tokens of the forge and the CI are for nobody else. */
function checkVariable(name: string | undefined, path: Path, locate: Locator, findings: Findings): void {
  if (name === undefined || !isOwnSecret(name)) return;
  const message = 'This variable holds a secret of mirrorlock, git or the CI, which is sent to nobody else.';
  const hint = 'Use a variable of another name.';
  findings.error(locate.value(path), { code: 'variable-secret', message, value: name, hint });
}

function checkMatrix({ to, token, room }: Written, path: Path, locate: Locator, findings: Findings): void {
  if (to === undefined) return;
  const fault = (key: string, message: string, hint: string): void =>
    findings.error(locate.key([...path, key]), { code: 'notice-target', message, hint });
  if (to === 'matrix' && (room === undefined || token === undefined)) {
    const lacking = room === undefined ? 'room' : 'token';
    const hint =
      room === undefined ? 'Add `room: "!ID:SERVER"`.' : 'Add `token: NAME`, a variable with an access token.';
    fault('to', `\`to: matrix\` needs \`${lacking}\`.`, hint);
  }
  if (to !== 'matrix' && room !== undefined) fault('room', '`room` only applies with `to: matrix`.', 'Leave it out.');
  if ((to === 'slack' || to === 'teams') && token !== undefined) {
    fault('token', '`token` only applies with `to: matrix` and `to: generic`.', 'Leave it out.');
  }
}

function checkTemplate(template: string, path: Path, locate: Locator, findings: Findings): void {
  const names = [...template.matchAll(/\{\{(.*?)\}\}/gs)].map(([, name = '']) => name);
  const unknown = names.find((name) => !noticeWords.some((word) => word === name));
  const isBroken = /\{\{|\}\}/.test(template.replace(/\{\{.*?\}\}/gs, ''));
  const value = unknown === undefined ? (isBroken ? template : undefined) : `{{${unknown}}}`;
  if (value === undefined) return;
  const known = noticeWords.map((word) => `\`{{${word}}}\``).join(', ');
  const hint = unknown === undefined ? undefined : didYouMean(nearest(unknown.trim(), noticeWords, 1));
  const fault: Fault = {
    code: 'notice-template',
    message: `A template may name ${known}.`,
    value,
    ...defined({ hint }),
  };
  findings.error(locate.value([...path, 'template']), fault);
}
