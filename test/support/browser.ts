import { type Browser, chromium, type Page } from 'playwright-core';
import { findProgram } from './programs.ts';

/** A page in a real browser, and every address that it asked for besides its own. */
export interface OpenedPage {
  readonly page: Page;
  readonly requests: readonly string[];
  /** What the browser complained of. */
  readonly complaints: readonly string[];
}

/** Starts Debian's chromium without a window. Close it when done. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findProgram('chromium'), args: ['--no-sandbox'] });
}

/** Opens a text as a page; the scheme of a person's dark or light screen is followed. */
export async function openPage(
  browser: Browser,
  html: string,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<OpenedPage> {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1000, height: 800 } });
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.setContent(html, { waitUntil: 'load' });
  return { page, requests, complaints };
}
