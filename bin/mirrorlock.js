#!/usr/bin/env node
const { join } = require('node:path');
const { loadBundle } = require('./bundle.js');

const { answerQuickly } = loadBundle(join(__dirname, '../dist/quick.cjs'));
answerQuickly(process.argv.slice(2)).then((isDone) => isDone || import('../dist/main.js'));
