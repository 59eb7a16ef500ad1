import { useUi } from '../store.ts';
import { InspectorView } from './InspectorView.tsx';

const NONE: readonly never[] = [];

/** Inspector of the page's focus. */
export default function Inspector() {
  const catalogue = useUi((s) => s.catalogue);
  const fields = useUi((s) => s.sections.inspect?.fields);
  const focus = useUi((s) => s.focus);
  const onFocus = useUi((s) => s.setFocus);
  if (!catalogue) return null;
  return <InspectorView catalogue={catalogue} fields={fields ?? NONE} {...{ focus, onFocus }} />;
}
