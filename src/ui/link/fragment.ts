// The focus in a link. The fragment is the worker's (scenario, patches, inputs, position); what the user looks at is
// the page's and rides along as `focus=`.

/** The fragment with the focus added; a fragment that has one keeps it. */
export function withFocus(link: string, focus: string): string {
  if (link === '' || focus === '' || focusOf(link) !== '') return link;
  return `${link}&focus=${encodeURIComponent(focus).replaceAll('%2F', '/')}`;
}

/** The focus named by a fragment, '' if none. Only letters, digits, '_', '.' and '/' make an entity path. */
export function focusOf(fragment: string): string {
  const focus = new URLSearchParams(fragment).get('focus') ?? '';
  return /^[\w./]+$/.test(focus) ? focus : '';
}
