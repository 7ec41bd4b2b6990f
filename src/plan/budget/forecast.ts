import type { BudgetState, Forecast } from './types.ts';

/**
 * In how many windows pulls are done, and when: what is left of this window goes first, then whole windows. A run that
 * starts as soon as pulls come back uses each window wholly, since it begins the next group in part where none fits. Pure.
 *
 * @param now in milliseconds since the epoch
 */
export function forecast(pulls: number, { limit, left, windowMs, freeAt }: BudgetState, now: number): Forecast {
  if (pulls === 0) return { windows: 0, doneAt: now };
  if (pulls <= left) return { windows: 1, doneAt: now };
  const inThis = Math.max(0, left);
  const later = Math.ceil((pulls - inThis) / limit);
  const next = Math.max(now, freeAt ?? now + windowMs);
  return { windows: (inThis > 0 ? 1 : 0) + later, doneAt: next + (later - 1) * windowMs };
}
