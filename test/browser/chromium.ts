/** Chromium, where this machine has one, and pages of a loopback server in it. Tests that need it skip, loudly, elsewhere. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const VARIABLE = 'CHROMIUM';
const DEBIAN = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser's path; undefined, and a warning on standard error, where there is none. */
export function findChromium(
  environment: NodeJS.ProcessEnv = process.env,
  debian: string = DEBIAN,
): string | undefined {
  const path = environment[VARIABLE] ?? debian;
  if (existsSync(path)) return path;
  process.stderr.write(
    `\nWARNING: tests in a browser are SKIPPED: no ${path}; apt-get install chromium, or set ${VARIABLE} to its path\n`,
  );
  return undefined;
}

export interface OpenPage {
  readonly page: Page;
  /** What the page complained of so far: errors, and what its policy blocked. */
  readonly complaints: readonly string[];
}

/** Pages with one script, from an own server; closes with everything it started. */
export class ScriptedBrowser {
  readonly #context: BrowserContext;
  readonly #profile: string;
  readonly #server: PageServer;

  private constructor(context: BrowserContext, profile: string, server: PageServer) {
    this.#context = context;
    this.#profile = profile;
    this.#server = server;
  }

  static async start(executablePath: string, script: string): Promise<ScriptedBrowser> {
    const profile = mkdtempSync(join(tmpdir(), 'blindflag-chromium-'));
    const context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: FLAGS });
    return new ScriptedBrowser(context, profile, await servePages(script));
  }

  /** A new page that may run the script, what `scriptSources` adds, and WebSockets to this machine: nothing else. */
  async open(scriptSources: string): Promise<OpenPage> {
    const page = await this.#context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => void complaints.push(error.message));
    page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
    await page.goto(`${this.#server.url}/?${new URLSearchParams({ scriptSources }).toString()}`);
    return { page, complaints };
  }

  async close(): Promise<void> {
    await this.#context.close();
    await this.#server.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }
}

interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

async function servePages(script: string): Promise<PageServer> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (pathname === '/script.js') {
      response.setHeader('content-type', 'text/javascript; charset=utf-8').end(script);
    } else if (pathname === '/') {
      const sources = `'self' ${searchParams.get('scriptSources') ?? ''}`;
      const policy = `default-src 'none'; script-src ${sources}; connect-src ws://127.0.0.1:*`;
      response
        .setHeader('content-security-policy', policy)
        .setHeader('content-type', 'text/html; charset=utf-8')
        .end('<!doctype html><title>party</title><script src="/script.js"></script>');
    } else response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
