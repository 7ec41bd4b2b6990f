import type { MachineFiles } from '../../../src/apply/policy/machine.ts';

/** The home of who runs it. */
export const home = '/home/me';

/** A machine that has these files only (path → text); a text that is an error is thrown when the file is read. */
export function machineWith(files: Readonly<Record<string, string | Error>>): MachineFiles {
  return {
    async read(path) {
      const text = files[path];
      if (text instanceof Error) throw text;
      return text;
    },
    async list(folder) {
      const names = Object.keys(files).filter((path) => path.startsWith(`${folder}/`));
      return names.map((path) => path.slice(folder.length + 1)).filter((name) => !name.includes('/'));
    },
  };
}
