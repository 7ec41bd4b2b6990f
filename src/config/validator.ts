import { Ajv2020 } from 'ajv/dist/2020.js';
import schema from '../../schema/mirrors.schema.json' with { type: 'json' };
import options from './validator-options.json' with { type: 'json' };

/**
 * Checks data against the schema of mirrors.yaml, and notes all that is wrong with it. In the built command ready code
 * stands in this module's place: compiling the schema takes a quarter of the time in which a command starts
 * (scripts/validator.mjs).
 */
export const validate = new Ajv2020(options).compile(schema);
