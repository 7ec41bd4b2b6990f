import fc from 'fast-check';

// The same few cases each time: what becomes of a mutant does not change from run to run.
fc.configureGlobal({ seed: 1, numRuns: 30 });
