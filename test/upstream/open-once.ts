// A process of its own that opens an upstream: node --import tsx open-once.ts REPOSITORY REF CACHE
import { openUpstream } from '../../src/upstream/open.ts';

const [, , repository = '', ref = '', cacheDirectory = ''] = process.argv;
const snapshot = await openUpstream({ repository, ref }, { cacheDirectory, env: process.env });
process.stdout.write(JSON.stringify({ sha: snapshot.commit.sha, files: snapshot.files.length, notes: snapshot.notes }));
