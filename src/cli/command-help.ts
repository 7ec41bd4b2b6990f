import type { CommandHelp } from './help.ts';

/** What the help of each command says besides its options: a test holds that all commands are here, and that examples parse. */
export const commandHelp: Readonly<Record<string, CommandHelp>> = {
  init: {
    group: 'Start',
    examples: [
      ['init -C my-mirror', 'ask for what is needed, and begin a mirror in a folder that it makes'],
      [
        'init -C my-mirror --destination registry.example.com/library --image alpine "debian:12*" --forge github',
        'without a question',
      ],
      ['init -C my-mirror --suggest projects --yes', 'with rules that cover what projects use'],
    ],
  },
  check: {
    group: 'Everyday',
    exits: { 3: 'the lockfile or a rendered file is out of date' },
    examples: [
      ['check', 'check all that is committed, without a network'],
      ['check --against origin/main', 'ask the source for the digests that this branch changes'],
      ['check --json --quiet', 'the same for a program'],
    ],
  },
  expand: {
    group: 'Everyday',
    examples: [
      ['expand', 'list the groups of tags that the rules select'],
      ['expand --strict', 'fail where a rule matches nothing'],
      ['expand --ref 1b8c1a0 --json', 'as of another commit of official-images, in JSON'],
    ],
  },
  explain: {
    group: 'Everyday',
    exits: { 1: 'official-images does not have it, or all or part of the work failed', 3: 'the rules do not want it' },
    examples: [
      ['explain debian:12', 'which rule selects this tag, or leaves it out'],
      ['explain debian', 'all tags of an image'],
      ['explain python:3.13-slim --json', 'the same for a program'],
    ],
  },
  lock: {
    group: 'Everyday',
    exits: {
      3: 'with --check: the lockfile would change',
      4: 'the budget does not cover the indexes to read; nothing is written',
    },
    examples: [
      ['lock', 'write mirrors.lock.yaml'],
      ['lock --check', 'only say whether it is current'],
      ['lock --ref 1b8c1a0', 'lock what official-images was at a commit'],
    ],
  },
  render: {
    group: 'Everyday',
    exits: {
      3: "with --check: a rendered file is out of date; the CI lacks its tool, or publishes at another mirror's site",
    },
    examples: [
      ['render', 'write sync/, registries.conf and the files of the CI'],
      ['render --check', 'show what would change, and write nothing'],
      ['render --json', 'list the files in JSON'],
    ],
  },
  changes: {
    group: 'Everyday',
    examples: [
      ['changes', 'what the lockfile here changes, as its pull request says it'],
      ['changes origin/main HEAD', 'between two revisions'],
      ['changes HEAD~7 --evidence index', 'and which base images moved'],
    ],
  },
  diff: {
    group: 'Everyday',
    examples: [
      ['diff', 'what changed in the lockfile since HEAD'],
      ['diff origin/main HEAD', 'between two revisions'],
      ['diff HEAD~7 --format markdown', 'for a report'],
    ],
  },
  doctor: {
    group: 'Start',
    exits: { 1: 'something is an error' },
    examples: [
      ['doctor', 'try all that a mirror needs, each in a line with its remedy'],
      ['doctor -C my-mirror', 'of a mirror in another folder'],
      ['doctor --json --quiet', 'the same for a program'],
    ],
  },
  budget: {
    group: 'Care',
    exits: { 1: 'the source could not be asked: what is left is not known' },
    examples: [
      ['budget', 'what the source lets this account pull, and what is left'],
      ['budget --json', 'the same for a program'],
      ['budget --config other.yaml', 'of another configuration'],
    ],
  },
  plan: {
    group: 'Everyday',
    exits: { 3: 'with --detailed-exitcode: there is something to do' },
    examples: [
      ['plan', 'what apply would copy, tag and pull'],
      ['plan --image debian,golang', 'of two images alone'],
      ['plan --detailed-exitcode --quiet', 'ask in a script whether there is something to do'],
    ],
  },
  apply: {
    group: 'Everyday',
    exits: { 4: 'groups wait for the budget; it says when to run again' },
    examples: [
      ['apply', 'copy what is absent, and put the tags'],
      ['apply --image "golang" --destination eu', 'one image at one destination'],
      ['apply --at mirrored/2026-11-20T0800Z', 'back to an earlier state'],
    ],
  },
  verify: {
    group: 'Care',
    exits: {
      3: 'a destination differs from the lockfile',
      4: 'with --deep: manifests were not read, for its pull limit',
    },
    examples: [
      ['verify', 'compare each tag by HEAD'],
      ['verify --deep', 'also look for damaged manifests and absent blobs'],
      ['verify --extra --json', 'name the tags that the lockfile does not have, in JSON'],
    ],
  },
  states: {
    group: 'Care',
    examples: [
      ['states', 'what was served when, the newest first'],
      ['states --limit 3', 'the last three'],
      ['states --json', 'the same for a program'],
    ],
  },
  prune: {
    group: 'Care',
    exits: { 4: 'more tags wait than one run may delete' },
    examples: [
      ['prune --dry-run', 'what would be deleted, and what waits until when'],
      ['prune', 'delete what left the lockfile long enough ago'],
      ['prune --destination eu', 'at one destination'],
    ],
  },
  export: {
    group: 'Care',
    exits: { 4: 'groups wait for the budget' },
    examples: [
      ['export /media/usb/mirror', 'write what the lockfile names as an OCI layout'],
      ['export out --since /media/usb/mirror', 'only what an earlier export lacks'],
      ['export out --from eu --image debian', 'read from a destination, which costs no counted pulls'],
    ],
  },
  import: {
    group: 'Care',
    examples: [
      ['import /media/usb/mirror', 'bring an export to the destinations'],
      ['import /media/usb/mirror --destination lab', 'to one destination'],
      ['import /media/usb/mirror --at HEAD~1', 'of an earlier lockfile'],
    ],
  },
  update: {
    group: 'CI',
    exits: {
      3: 'a person has to act, and the forge cannot be told',
      4: 'the budget does not cover the indexes to read; nothing is written',
    },
    examples: [
      ['update', 'keep one pull request of what changes'],
      ['update --dry-run', 'say what it would do, and write nothing'],
      ['update --pull-request 17', 'complete a pull request that edits mirrors.yaml'],
    ],
  },
  simulate: {
    group: 'Start',
    examples: [
      ['simulate --since 2026-05-01', 'what these rules would have cost since May'],
      ['simulate --since 2026-05-01 --compare other.yaml', 'beside other rules'],
      ['simulate --since 2026-05-01 --limit 200 --html report.html', 'as a page, with another limit'],
    ],
  },
  suggest: {
    group: 'Start',
    examples: [
      ['suggest .', 'rules that cover what the projects here use'],
      ['suggest pods.json access.log', 'what a cluster and a registry’s log use'],
      ['suggest . --unused', 'what is mirrored and used by nothing here'],
    ],
  },
  'client-config': {
    group: 'Start',
    examples: [
      ['client-config podman', 'registries.conf with which podman pulls from the mirror'],
      ['client-config containerd --destination eu', 'from one destination'],
      ['client-config docker --json', 'the same for a program'],
    ],
  },
  where: {
    group: 'Everyday',
    exits: { 3: 'the mirror does not have it' },
    examples: [
      ['where debian:12', 'whether it is here, since when, and how to pull it'],
      ['where registry.example.com/library/debian:12', 'as it is pulled from a destination'],
      ['where debian:12 --json', 'the same for a program'],
    ],
  },
  ls: {
    group: 'Everyday',
    exits: { 3: 'the mirror does not have the image' },
    examples: [
      ['ls', 'the images of the mirror'],
      ['ls debian', 'the tags of one'],
      ['ls debian --columns tag,aliases,since --sort since', 'which tags moved last, at the end'],
    ],
  },
  compare: {
    group: 'Care',
    exits: { 1: 'a list of tags could not be read', 4: 'the source asks to wait for minutes' },
    examples: [
      ['compare', 'why the tags of the source become those of the mirror'],
      ['compare debian', 'of one image, with the rules that would add what no rule selects'],
      ['compare --all --json', 'of every official image, for a program'],
    ],
  },
  catalog: {
    group: 'Care',
    examples: [
      ['catalog --out public', 'write a site for searching the mirror'],
      ['catalog --out public --verify verify.json', 'with what verify --report verify.json found'],
      ['catalog --out public --url https://mirror.example.com/', 'with links in its feeds'],
    ],
  },
  completion: {
    group: 'Start',
    examples: [
      ['completion bash', 'print a script; put it where bash-completion finds it'],
      ['completion zsh', 'for zsh: source it, or put it in fpath as _mirrorlock'],
      ['completion fish', 'for fish: ~/.config/fish/completions/mirrorlock.fish'],
    ],
  },
  version: {
    group: 'Start',
    examples: [
      ['version', 'of mirrorlock, Node and git'],
      ['version --json', 'the same for a program'],
      ['version --no-color', 'for the report of a fault'],
    ],
  },
};
