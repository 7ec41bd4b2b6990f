import { afterAll } from 'vitest';
import { cleanUp } from './cleanup.ts';

// What a test file started ends with it, whether its tests pass or not.
afterAll(cleanUp);
