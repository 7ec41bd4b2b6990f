/** The largest library file that is read, in bytes. The largest real one has some 100 KiB. */
export const maxFileBytes = 4 * 1024 * 1024;

/** The largest library that is read, in bytes: the sum of its files. */
export const maxLibraryBytes = 256 * 1024 * 1024;

/** The most entries of the folder `library/` that are read. */
export const maxLibraryFiles = 20_000;

/** The most tags in one file, where a default shared tag counts once for each entry that inherits it. */
export const maxTagsInFile = 1_000_000;

/** The most bytes of files of all commits that are read of a history. A year has some 10 MB. */
export const maxHistoryBytes = 1024 * 1024 * 1024;
