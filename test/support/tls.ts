import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './programs.ts';

/**
 * Makes a certificate for 127.0.0.1 that signs itself: `tls/ca.crt` and `tls.key` in `folder`. Returns the path of the
 * certificate, whose folder holds nothing else, as `--dest-cert-dir` of skopeo wants it.
 */
export async function makeCertificate(folder: string): Promise<string> {
  const certificate = join(folder, 'tls', 'ca.crt');
  mkdirSync(join(folder, 'tls'));
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(folder, 'tls.key')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  await promisify(execFile)(findProgram('openssl'), ['req', '-x509', ...key, ...subject, '-out', certificate]);
  return certificate;
}
