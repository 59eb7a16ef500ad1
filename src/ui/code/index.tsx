import { useEffect, useState } from 'react';
import { routineOf } from '../entity.ts';
import { useUi } from '../store.ts';
import { CodeView } from './CodeView.tsx';

const NONE: readonly never[] = [];

/** Code path view of the page's focus. */
export default function Code() {
  const catalogue = useUi((s) => s.catalogue);
  const code = useUi((s) => s.sections.code);
  const threads = useUi((s) => s.sections.machine?.threads);
  const focus = useUi((s) => s.focus);
  const hover = useUi((s) => s.hover);
  const onFocus = useUi((s) => s.setFocus);
  const onHover = useUi((s) => s.setHover);
  const insn = useUi((s) => s.insn);
  const explained = useUi((s) => s.sections.insn);
  const onInsn = useUi((s) => s.setInsn);
  const send = useUi((s) => s.send);
  const lastAgent = useLastAgent(focus);
  if (!catalogue) return null;
  return (
    <CodeView
      catalogue={catalogue}
      stack={code?.stack ?? NONE}
      cursors={code?.cursors ?? NONE}
      disasm={code?.disasm ?? NONE}
      threads={threads ?? NONE}
      {...{ focus, hover, lastAgent, onFocus, onHover, insn, explained, onInsn }}
      onBreakpoint={send.setBreakpoint}
    />
  );
}

/** The last focus that was not a routine. */
function useLastAgent(focus: string): string {
  const [agent, setAgent] = useState('core0/t0');
  useEffect(() => {
    if (routineOf(focus) === '') setAgent(focus);
  }, [focus]);
  return agent;
}
