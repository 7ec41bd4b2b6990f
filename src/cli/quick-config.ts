/** What a quick answer loads where it has to read mirrors.yaml: a bundle of its own beside `quick.cjs`. */
export { default as writeFileAtomic } from 'write-file-atomic';
export { loadConfig } from '../config/load.ts';
export { parseConfig } from '../config/parse.ts';
export { judgeTag, rulesForImage } from '../select/select.ts';
