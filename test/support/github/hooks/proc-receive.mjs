// git's proc-receive hook (githooks(5)): decides over each update, and says why not in GitHub's own words, which then
// stand where GitHub's stand: `! [remote rejected] branch -> branch (WHY)`. What it accepts, git carries out.
// Plain JavaScript, since git runs it by node itself.
import { execFileSync } from 'node:child_process';
import { readSync, writeSync } from 'node:fs';

/** How GitHub words the refusal of a changed workflow `PATH` to this token; empty: allowed. */
const workflowRule = process.env.GITHUB_STAND_IN_WORKFLOWS ?? '';
const protectedBranches = (process.env.GITHUB_STAND_IN_PROTECTED ?? '').split('\n').filter(Boolean);
/** Whether a ruleset asks for signed commits. */
const isSigned = process.env.GITHUB_STAND_IN_SIGNED === 'yes';
/** What the address of every committer ends with, by a ruleset. */
const committerEnd = process.env.GITHUB_STAND_IN_COMMITTER ?? '';

/** Reads `length` bytes of standard input. */
function read(length) {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const size = readSync(0, buffer, filled, length - filled, null);
    if (size === 0) break;
    filled += size;
  }
  return buffer.subarray(0, filled).toString();
}

/** The packets (gitprotocol-common(5)) up to the next flush. */
function readPackets() {
  const lines = [];
  for (;;) {
    const length = Number.parseInt(read(4), 16);
    if (!(length > 4)) return lines;
    lines.push(read(length - 4).trimEnd());
  }
}

function writePacket(line) {
  const text = `${line}\n`;
  writeSync(1, (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text);
}

function flush() {
  writeSync(1, '0000');
}

function git(...args) {
  return execFileSync('git', args, { encoding: 'utf8' });
}

/** The first workflow file that new commits change. */
function changedWorkflow(tip) {
  if (/^0+$/.test(tip)) return undefined;
  const commits = git('rev-list', tip, '--not', '--all').split('\n').filter(Boolean);
  const options = ['-r', '-m', '--root', '--no-commit-id', '--name-only'];
  const paths = commits.map((commit) => git('diff-tree', ...options, commit, '--', '.github/workflows'));
  return paths.join('\n').split('\n').find(Boolean);
}

function whyNot(tip, ref) {
  if (protectedBranches.some((branch) => ref === `refs/heads/${branch}`)) {
    process.stderr.write(`error: GH006: Protected branch update failed for ${ref}.\n`);
    return 'protected branch hook declined';
  }
  if (!/^0+$/.test(tip) && isSigned) {
    const commits = git('rev-list', tip, '--not', '--all').split('\n').filter(Boolean);
    if (!commits.every((commit) => git('cat-file', 'commit', commit).includes('\ngpgsig '))) {
      process.stderr.write(`error: GH013: Repository rule violations found for ${ref}.\n`);
      process.stderr.write('- Commits must have verified signatures.\n');
      return 'push declined due to repository rule violations';
    }
  }
  if (!/^0+$/.test(tip) && committerEnd !== '') {
    const emails = git('log', '--format=%ce', tip, '--not', '--all').split('\n').filter(Boolean);
    if (!emails.every((email) => email.endsWith(committerEnd))) {
      process.stderr.write(`error: GH013: Repository rule violations found for ${ref}.\n`);
      process.stderr.write(`- Committer email must end with a given pattern: ${committerEnd}\n`);
      return 'push declined due to repository rule violations';
    }
  }
  const path = workflowRule === '' ? undefined : changedWorkflow(tip);
  return path === undefined ? undefined : workflowRule.replace('PATH', `\`${path}\``);
}

readPackets();
writePacket('version=1');
flush();
for (const line of readPackets()) {
  const [, tip, ref] = line.split(' ');
  const reason = whyNot(tip, ref);
  writePacket(reason === undefined ? `ok ${ref}` : `ng ${ref} ${reason}`);
  if (reason === undefined) writePacket('option fall-through');
}
flush();
