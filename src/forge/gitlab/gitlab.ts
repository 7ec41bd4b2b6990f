import type { ForgeConnection } from '../connection.ts';
import type { Forge } from '../types.ts';
export function openGitLab(_connection: ForgeConnection): Forge {
  throw new Error('TODO');
}
