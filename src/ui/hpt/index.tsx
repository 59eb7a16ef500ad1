// The HPT view in the page: takes its section from the store, says what it looks at, sends through it.
import { useCallback } from 'react';
import type { HptWindow } from '../../workers/protocol.ts';
import { hptePath } from '../entity.ts';
import { useUi } from '../store.ts';
import { HptView } from './HptView.tsx';

export default function Hpt() {
  const hpt = useUi((s) => s.sections.hpt);
  const look = useUi((s) => s.hpt);
  const embed = useUi((s) => s.embed);
  const lookAtHpt = useUi((s) => s.lookAtHpt);
  const setFocus = useUi((s) => s.setFocus);
  const openInject = useUi((s) => s.openInject);
  const send = useUi((s) => s.send);
  const onWindow = useCallback((window: HptWindow) => lookAtHpt({ window }), [lookAtHpt]);
  if (!hpt) return <p className="hpt-empty">The machine is being built.</p>;
  return (
    <HptView
      hpt={hpt}
      look={look}
      modestWheel={embed}
      onLook={lookAtHpt}
      onWindow={onWindow}
      onFocus={(slot) => setFocus(hptePath(look.vm, slot))}
      onInject={(slot, x, y) => openInject(hptePath(look.vm, slot), x, y)}
      onEdit={(slot, edit) => send.inject({ kind: 'hpte', vm: look.vm - 1, slot, edit })}
    />
  );
}
