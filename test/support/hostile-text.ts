import fc from 'fast-check';

const fragments = [
  ...[
    '@octocat',
    '@acme/team',
    '#1',
    'GH-1',
    'gh-12',
    'acme/mirror#1',
    'acme/mirror@deadbeef',
    '!1',
    '$1',
    '%1',
    '~bug',
  ],
  ...['&1', '^alert#1', ':smile:', 'https://evil.example/x', 'http://e', 'www.evil.example', 'a@b.example', 'JIRA-1'],
  ...['mailto:a@b.example', 'xmpp:a@b.example', 'ftp://e', '<https://evil.example>', '[vulnerability:1]', 'closes #1'],
  ...['<script>', '</script>', '<b>', '<img src=x onerror=alert(1)>', '<!--', '-->', '<!-- mirrorlock:update -->'],
  ...[
    '<?php',
    '<![CDATA[',
    '</code>',
    '</pre>',
    '</details>',
    '<details>',
    '</summary>',
    '<a href="http://e">',
    '<pre>',
  ],
  ...['[x](http://e)', '![x](http://e)', '[x][y]', '[y]: http://e', '[^1]', '[^1]: note', '[[wiki]]', '{+a+}', '[-a-]'],
  ...['`', '``', '```', '~~~', '$$', '$`1`$', '|', '\\', '\\`', '*', '**', '__', '~~', '>', '> [!NOTE]', '# h', '#'],
  ...['- [x] ', '- [ ] ', '- [x] Let', '1. ', '1)', '+ ', '- ', '---', '===', '    ', '\t', ' ', ' ', ' '],
  ...['\n', '\r', '\r\n', '\n\n', '\n/close\n', '/close', '\n# h\n', '\u2028', '\u0085', '\u0000', '\u202e', '\u200b'],
  ...[
    '\ud800',
    'deadbeef',
    'c0ffee'.repeat(7),
    '&lt;',
    '&#64;',
    '&#x40;',
    '&amp',
    '&copy;',
    'latest',
    '1.2',
    'ä',
    '＠x',
  ],
];

/** Text that tries to get out of its place in Markdown, HTML and what forges make of text. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...fragments), { maxLength: 8 }).map((parts) => parts.join('')),
  fc.array(fc.constantFrom(...fragments), { maxLength: 8 }).map((parts) => parts.join(' ')),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'`<>[]()!#@$|\\*_~-+=.:/&;1ax \n'), maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('x', '`', '<', '@'), minLength: 300, maxLength: 1_500 }),
);
