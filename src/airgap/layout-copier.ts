import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt } from '../apply/attempt.ts';
import { contentsOf } from '../apply/contents.ts';
import type { Admission, Gateway } from '../apply/gateway/gateway.ts';
import { copyFrom } from '../apply/skopeo/command.ts';
import { itemName } from '../apply/skopeo/item-name.ts';
import { readSkopeoLog } from '../apply/skopeo/log.ts';
import { type RealNames, withRealNames } from '../apply/skopeo/redact.ts';
import { runSkopeo, type SkopeoProcess } from '../apply/skopeo/run.ts';
import { turns } from '../apply/skopeo/turns.ts';
import type { BlobRef, Copier, CopyItem, CopyResult, SourceManifests } from '../apply/types.ts';
import type { Digest, ImageName } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { isIndex } from '../registry/media-types.ts';
import type { Manifest } from '../registry/types.ts';
import { type BlobFolder, names } from './folder.ts';
import { layoutBlobs, stageArguments, stagedBlob, transportFor } from './skopeo-copy.ts';

export interface LayoutCopyOptions extends SkopeoProcess {
  readonly jobs: number;
  readonly source: RealNames;
  readonly onItem?: (item: string) => void;
}

export interface LayoutCopier extends Copier {
  /** Waits for the processes that still run, and removes what is not whole. */
  close(): Promise<void>;
}

/**
 * A copier that runs `skopeo copy` for each item, from the gateway into a layout of its own, and moves what came into
 * the export once it was checked: blobs before the manifests that name them.
 *
 * @param hadEarlier whether an earlier export had content for an image, so that it is left out
 */
export async function createLayoutCopier(
  gateway: Gateway,
  source: SourceManifests,
  folder: BlobFolder,
  hadEarlier: (image: ImageName, digest: Digest) => boolean,
  options: LayoutCopyOptions,
): Promise<LayoutCopier> {
  const partial = join(folder.path, names.partial);
  await rm(partial, { recursive: true, force: true });
  const inTurn = turns(options.jobs);
  let count = 0;

  const copyItem = async (item: CopyItem, namespace: string): Promise<Problem | undefined> => {
    const { image, blobs } = item;
    const manifests = await manifestsOf(item, source);
    const stage = join(partial, `${++count}`);
    const transport = transportFor(manifests);
    if (transport === 'dir' && manifests.some((one) => contentsOf(one).hasForeign)) return foreignLayers(image);
    const isLeftOut = (blob: BlobRef) => hadEarlier(image, blob.digest) || folder.size(blob.digest) !== undefined;
    try {
      await mkdir(join(stage, layoutBlobs), { recursive: true });
      // Skopeo empties a plain folder before it begins: there it fetches what other images share once more.
      for (const blob of transport === 'oci' ? blobs.filter(isLeftOut) : []) {
        await standIn(join(stage, stagedBlob(transport, blob.digest)), blob);
      }
      const log = readSkopeoLog();
      options.onItem?.(itemName(item));
      const { host, authFile } = gateway;
      const args = [...copyFrom(item, { host, authFile, namespace }), ...stageArguments(transport)];
      const ended = await runSkopeo(args, { ...options, directory: stage }, (line) => {
        const told = withRealNames(line, { host, namespace }, options.source);
        options.onLine?.(told);
        log.read(told);
      });
      const { problem } = log.result(ended);
      if (problem !== undefined) return problem;
      for (const blob of blobs.filter((one) => !isLeftOut(one))) {
        await folder.take(join(stage, stagedBlob(transport, blob.digest)), blob.digest);
      }
      // An index comes last of all, when its tags are noted.
      for (const one of manifests) if (!isIndex(one.mediaType)) await folder.write(one.digest, one.bytes);
      return undefined;
    } finally {
      await rm(stage, { recursive: true, force: true });
    }
  };

  const run = async (items: readonly CopyItem[]): Promise<CopyResult> => {
    const problems = new Map<Digest, Problem>();
    const admission = gateway.admit(items);
    try {
      for (const item of items) {
        options.signal.throwIfAborted();
        const copied = await attempt(() => copyItem(item, admission.namespace));
        const problem = copied.ok ? copied.value : copied.problem;
        if (problem === undefined) inTurn.placed(item.blobs.map((blob) => blob.digest));
        else problems.set(item.digest, causeOf(admission, item) ?? problem);
      }
    } finally {
      admission.end();
    }
    const [first] = problems.values();
    return { itemProblems: problems, ...(first === undefined ? {} : { problem: first }) };
  };

  return {
    copy: (items) =>
      inTurn.take(
        items.flatMap(({ blobs }) => blobs.map((blob) => blob.digest)),
        () => run(items),
      ),
    async close() {
      await inTurn.idle();
      await rm(partial, { recursive: true, force: true });
    },
  };
}

/** The gateway knows more of a failure than skopeo. */
function causeOf(admission: Admission, item: CopyItem): Problem | undefined {
  return admission.problemOf(item);
}

/** Into a plain folder skopeo fetches foreign layers from where they stand (containers/image, directory_dest.go). */
function foreignLayers(image: ImageName): Problem {
  const message = `An image of ${image} has foreign layers (\`urls\`) in Docker's form, which skopeo would fetch from elsewhere.`;
  const hint = 'Leave the platform out by `platforms`, or the tags.';
  return { code: 'airgap/foreign-layers', severity: 'error', message, hint };
}

async function manifestsOf({ image, manifests }: CopyItem, source: SourceManifests): Promise<Manifest[]> {
  const read = await Promise.all(manifests.map((digest) => source.get(image, digest)));
  return read.flatMap((manifest) => manifest ?? []);
}

/** A file of a blob's size and without its content, which makes skopeo take the blob for copied. */
async function standIn(path: string, { size }: BlobRef): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.truncate(size);
  } finally {
    await file.close();
  }
}
