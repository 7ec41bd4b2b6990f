import type { ServerResponse } from 'node:http';
import type { Answer } from './scripted-server.ts';

const partEveryMs = 20;

/** Sends a part over and over, until the other side leaves. */
function drip(response: ServerResponse, send: () => void): void {
  const timer = setInterval(send, partEveryMs);
  response.on('close', () => clearInterval(timer));
}

/** Answers of a server that accepts a request and never comes to an end, by what it does. */
export const slowAnswers = {
  'never answers': () => undefined,
  'sends headers drop by drop': (response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\n');
    drip(response, () => response.socket?.write('x-a: b\r\n'));
  },
  'sends headers and no body': (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.flushHeaders();
  },
  'sends a body drop by drop': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    drip(response, () => response.write(' '));
  },
} satisfies Readonly<Record<string, Answer>>;
