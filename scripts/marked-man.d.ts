/** The extension of marked that writes pages for man(1); the package brings no types. */
declare module 'marked-man' {
  const extension: import('marked').MarkedExtension;
  export default extension;
}
