/** The environment variables of the process, or those that a test makes up. */
export type Environment = Readonly<Record<string, string | undefined>>;
