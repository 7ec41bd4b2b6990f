#!/usr/bin/env node
const { answerQuickly } = require('../dist/quick.cjs');

answerQuickly(process.argv.slice(2)).then((isDone) => isDone || import('../dist/main.js'));
