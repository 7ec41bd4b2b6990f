import { showAges } from './ages.ts';
import { startImagePage, type TagHistory } from './image.ts';
import { startSearch } from './search.ts';

/** What the data scripts of a page call, each with the name of what it brings. */
type Call = ['names', [image: string, tags: string][]] | ['history', TagHistory];

declare global {
  interface Window {
    mirrorlock?: Call[];
  }
}

const calls = window.mirrorlock ?? [];
const names = calls.flatMap((call) => (call[0] === 'names' ? call[1] : []));
const [history] = calls.flatMap((call) => (call[0] === 'history' ? [call[1]] : []));
startSearch(names);
startImagePage(history);
showAges(Date.now());
