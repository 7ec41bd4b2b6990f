// Loads a bundle of dist/, with the code that V8 made of it where the build left that (scripts/code.mjs): compiling takes most of
// the CPU of a short command.
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const before = '(function (exports, require, module, __filename, __dirname) {';

const loaded = new Map();

/** What a bundle has; `path` is its file. */
exports.loadBundle = (path) => {
  if (!loaded.has(path)) loaded.set(path, load(path));
  return loaded.get(path);
};

function load(path) {
  const kept = exports.readKept(exports.codePath(path));
  return kept === undefined ? require(path) : exports.runBundle({ path, ...kept }).exports;
}

/** The file that holds a bundle and V8's code of it, which only the same Node can run. */
exports.codePath = (path) => `${path}.${process.version}-${process.platform}-${process.arch}.code`;

/**
 * Runs the text of a bundle as Node runs a module. V8 compiles it where `cachedData` is absent, or not what this V8 makes of it.
 * `filename` is what stacks of errors name; `loadBeside` loads the bundles that it asks for.
 */
exports.runBundle = ({ path, source, cachedData, filename = path, loadBeside = exports.loadBundle }) => {
  const script = new Script(`${before}${source}\n})`, { filename, columnOffset: -before.length, cachedData });
  const module = { exports: {} };
  const requireHere = (name) => (name.startsWith('./') ? loadBeside(join(dirname(path), name)) : require(name));
  script.runInThisContext()(module.exports, requireHere, module, path, dirname(path));
  return { script, exports: module.exports };
};

/** What such a file holds; undefined where it is absent. One file has both, since V8 does not see that code is of another text. */
exports.readKept = (path) => {
  let bytes;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
  const end = 4 + bytes.readUInt32LE(0);
  return { source: bytes.latin1Slice(4, end), cachedData: bytes.subarray(end) };
};
