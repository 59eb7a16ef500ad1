// The Machine view in the page: takes its section from the store and measures its panel.
import { useEffect, useRef, useState } from 'react';
import { runsFast, useUi } from '../store.ts';
import { MachineView } from './MachineView.tsx';

export default function Machine() {
  const machine = useUi((s) => s.sections.machine);
  const catalogue = useUi((s) => s.catalogue);
  const focus = useUi((s) => s.focus);
  const hover = useUi((s) => s.hover);
  const setFocus = useUi((s) => s.setFocus);
  const setHover = useUi((s) => s.setHover);
  const openInject = useUi((s) => s.openInject);
  const fast = useUi(runsFast);
  const counters = useUi((s) => s.sections.checks?.counters);
  const { ref, size } = usePanel();
  return (
    <div className="mach-panel" ref={ref}>
      {machine && catalogue && size ? (
        <MachineView
          machine={machine}
          catalogue={catalogue}
          focus={focus}
          hover={hover}
          {...size}
          fast={fast}
          counters={counters ?? []}
          onFocus={setFocus}
          onHover={setHover}
          onInject={openInject}
        />
      ) : (
        <p className="mach-empty">The machine is being built.</p>
      )}
    </div>
  );
}

interface PanelSize {
  readonly width: number;
  readonly height: number;
  readonly unit: number;
}

/** Size of the panel in user units, and the user unit in CSS pixels: 1/12 of the font size. */
function usePanel() {
  const ref = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<PanelSize | null>(null);
  useEffect(() => {
    const panel = ref.current;
    if (!panel) return;
    const measure = () => {
      const style = getComputedStyle(panel);
      const unit = Number.parseFloat(style.fontSize) / 12;
      if (!(unit > 0)) return; // in a frame that is not displayed there are no styles
      const width = panel.clientWidth - Number.parseFloat(style.paddingLeft) * 2;
      const height = panel.clientHeight - Number.parseFloat(style.paddingTop) * 2;
      setSize({ width: Math.floor(width / unit), height: Math.floor(height / unit), unit });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(panel);
    return () => observer.disconnect();
  }, []);
  return { ref, size };
}
