// The documentation as a site. The pages are the files of docs/ as they are, and docs/README.md is both the first page and the
// side bar. `npm run docs` builds it (scripts/docs.mts), and checks every link of what was built.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { anchorOf, sidebarOf, siteLink } from '../../scripts/docs-links.mts';

const index = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8');

export default defineConfig({
  title: 'mirrorlock',
  description: 'A registry of your own, kept in step with Docker Official Images through pull requests',
  rewrites: { 'README.md': 'index.md' },
  lastUpdated: false,
  markdown: {
    // The default colours of code are too light for axe.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: anchorOf },
    config: (markdown) => {
      markdown.core.ruler.push('links-of-the-repository', ({ tokens, env }) => {
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === 'link_open' ? token.attrGet('href') : null;
          if (href !== null) token.attrSet('href', siteLink(env.relativePath, href));
        }
      });
    },
  },
  themeConfig: {
    sidebar: sidebarOf(index),
    outline: 'deep',
    search: { provider: 'local' },
    docFooter: { prev: false, next: false },
  },
});
