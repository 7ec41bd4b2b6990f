import packageFile from '../../package.json' with { type: 'json' };

/** Where whoever runs a registry or forge reads what this is that asks. */
const about = 'https://github.com/mirrorlock/mirrorlock';

/** The `User-Agent` of every request (RFC 9110, section 10.1.5). */
export const userAgent = `mirrorlock/${packageFile.version} (+${about})`;
