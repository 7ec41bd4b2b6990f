import { describe, expect, it } from 'vitest';
import { engineOf } from '../../src/runs/apply/machine.ts';
import { briefs, parse, problemsOf, yaml } from './support.ts';

describe('what apply copies with', () => {
  it.each([
    [[], 'direct'],
    [['apply: {}'], 'direct'],
    [['apply: {engine: direct}'], 'direct'],
    [['apply: {engine: skopeo}'], 'skopeo'],
  ])('%s: %s', (lines, engine) => {
    expect(engineOf(parse(yaml(...lines)), {})).toBe(engine);
  });

  it('is what the command line says, for one run', () => {
    expect(engineOf(parse(yaml('apply: {engine: skopeo}')), { engine: 'direct' })).toBe('direct');
    expect(engineOf(parse(yaml()), { engine: 'skopeo' })).toBe('skopeo');
  });

  it('is one of two', () => {
    expect(briefs(yaml('apply: {engine: crane}'))).toEqual([expect.stringContaining('«crane»')]);
    expect(problemsOf(yaml('engine: skopeo'))[0]?.hint).toContain('`apply`');
  });
});
