import type { LookupFunction } from 'node:net';
import { connect } from 'node:tls';

/** What a user can do about a failure of TLS: by Node's code of it, and by what OpenSSL says. */
export function tlsHint(code: string | undefined, reason: string, host: string): string {
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return `Renew the certificate of ${host}; where it is valid, put the clock of this machine right.`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return `Write a name that the certificate has, or give ${host} a certificate with its name.`;
  if (/wrong version number|packet length too long|http request/i.test(reason))
    return `${host} does not answer in TLS here: check the port; for a registry that speaks plain HTTP say \`insecure: true\`.`;
  if (/alert.*certificate|certificate required/i.test(reason))
    return `${host} wants a certificate of its clients: put one into ~/.config/containers/certs.d/${host}/ as client.cert and client.key.`;
  return (
    `Put the authority's certificate into ~/.config/containers/certs.d/${host}/ca.crt, or name it in NODE_EXTRA_CA_CERTS ` +
    'or SSL_CERT_FILE.'
  );
}

/** How servers answer that speak TLS and were asked in plain HTTP (Go's net/http; nginx). */
const tlsExpected = /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS/i;

/** Whether the body of an answer says that TLS is spoken here. */
export function saysTlsIsSpoken(body: Uint8Array): boolean {
  return tlsExpected.test(new TextDecoder().decode(body));
}

const longestHandshake = 5_000;

/** Whether a server, which closed a connection of plain HTTP without an answer, speaks TLS. Nothing is sent to it. */
export function speaksTls({ hostname, port }: URL, lookup: LookupFunction): Promise<boolean> {
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    // Nothing is believed that comes this way: it is only asked whether there is TLS at all.
    const socket = connect({
      host,
      port: Number(port || 80),
      lookup,
      rejectUnauthorized: false,
      timeout: longestHandshake,
    });
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .once('secureConnect', end(true))
      .once('error', end(false))
      .once('timeout', end(false))
      .once('close', end(false));
  });
}
