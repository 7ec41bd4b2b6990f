import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './programs.ts';

export interface CertificateOptions {
  /** What it is for, as OpenSSL writes it; default: the loopback, `IP:127.0.0.1,IP:::1`. */
  readonly names?: string;
  /** Whether it has expired. */
  readonly expired?: boolean;
}

/**
 * Makes a certificate for the loopback that signs itself: `tls/ca.crt` and `tls.key` in `folder`. Returns the path of the
 * certificate, whose folder holds nothing else, as `--dest-cert-dir` of skopeo wants it.
 */
export async function makeCertificate(
  folder: string,
  { names = 'IP:127.0.0.1,IP:::1', expired = false }: CertificateOptions = {},
): Promise<string> {
  const certificate = join(folder, 'tls', 'ca.crt');
  mkdirSync(join(folder, 'tls'));
  const openssl = (...args: string[]) => promisify(execFile)(findProgram('openssl'), args);
  const keyFile = join(folder, 'tls.key');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', `subjectAltName=${names}`];
  if (!expired) {
    await openssl('req', '-x509', ...key, ...subject, '-days', '2', '-out', certificate);
    return certificate;
  }
  // `openssl req` makes none that has expired.
  const [request, config, issued] = ['request.pem', 'ca.cnf', 'issued.txt'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(issued, '');
  writeFileSync(config, caConfiguration(folder, issued));
  await openssl('req', '-new', ...key, ...subject, '-out', request);
  const dates = ['-startdate', '200101000000Z', '-enddate', '200201000000Z'];
  const signing = ['-batch', '-notext', '-selfsign', '-config', config, '-keyfile', keyFile];
  await openssl('ca', ...signing, ...dates, '-in', request, '-out', certificate);
  return certificate;
}

function caConfiguration(folder: string, issued: string): string {
  return `[ca]
default_ca = one
[one]
new_certs_dir = ${folder}
database = ${issued}
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
`;
}
