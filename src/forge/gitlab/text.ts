/** GitLab carries out lines that begin with `/` and a word, in the name of the token: `/close`, `/merge`, `/assign`. */
const action = /^([^\S\n]*)\/(?=[a-z])/gim;
const escaped = /^([^\S\n]*)\\\/(?=[a-z])/gim;

/** A text for GitLab in which no line is a quick action; Markdown shows it as it was. */
export function withoutQuickActions(text: string): string {
  return text.replace(action, '$1\\/');
}

/** The text that {@link withoutQuickActions} was given. */
export function withQuickActions(text: string): string {
  return text.replace(escaped, '$1/');
}

const draftPrefix = /^\s*(?:\[Draft\]|\(Draft\)|Draft:)\s*/i;

/** GitLab knows a draft by the beginning of its title (documentation, "Draft merge requests"). */
export function draftTitle(title: string, isDraft: boolean): string {
  const bare = bareTitle(title);
  return isDraft ? `Draft: ${bare}` : bare;
}

export function bareTitle(title: string): string {
  return title.replace(draftPrefix, '');
}
