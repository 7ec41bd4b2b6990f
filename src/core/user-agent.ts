import tool from '../../package.json' with { type: 'json' };

const address = 'https://www.npmjs.com/package/mirrorlock';

/** How requests to registries and forges name their sender (RFC 9110, section 10.1.5). */
export const userAgent: string = `mirrorlock/${tool.version} (+${address})`;
