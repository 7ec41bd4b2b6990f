/** Two images, small enough that a test of a whole run takes little: two entries of alpine with shared tags, and busybox. */
export const tinyLibrary = {
  alpine: `Maintainers: Nobody in Particular (@nobody)
GitRepo: https://example.invalid/alpine.git

Tags: 3.24.1-x
SharedTags: 3.24.1, 3.24, 3, latest
Architectures: amd64, arm64v8
GitCommit: ${'1'.repeat(40)}
Directory: 3.24

Tags: 3.23.5, 3.23
Architectures: amd64
GitCommit: ${'2'.repeat(40)}
Directory: 3.23
`,
  busybox: `Maintainers: Nobody in Particular (@nobody)
GitRepo: https://example.invalid/busybox.git

Tags: 1.38.0, 1.38, 1, latest
Architectures: amd64
GitCommit: ${'3'.repeat(40)}
Directory: latest
`,
};

/** The rules that take all of it. */
export const everything = '{include: ["*"]}';
