// What an interrupt still has to pass at its target, from left to right: the line or KVM's queue, LPCR[MER], MSR[EE].
import { type Gate, gatesOf, type IrqServer } from './facts.ts';

const HEIGHT = 16;
const GAP = 8;
/** Width of a character of the gates' mono font, and what a gate has around its text. */
const CHARACTER = 6.1;
const PADDING = 8;

const widthOf = ({ text }: Gate): number => text.length * CHARACTER + PADDING;

/** Gates side by side; an open one has a thick edge, and a closed one a dashed edge. */
export function Gates(props: { readonly row: IrqServer; readonly x: number; readonly y: number }) {
  const { row, y } = props;
  const gates = gatesOf(row);
  const starts = gates.map((_, i) =>
    gates.slice(0, i).reduce((x, gate) => x + widthOf(gate) + GAP, props.x),
  );
  return (
    <g className="irq-gates">
      {gates.map((gate, i) => {
        const x = starts[i] ?? 0;
        return (
          <g key={gate.name} className={gate.open ? 'is-open' : ''}>
            {i > 0 && <path d={`M${x - GAP} ${y + HEIGHT / 2}h${GAP}`} />}
            <rect x={x} y={y} width={widthOf(gate)} height={HEIGHT} />
            <text x={x + PADDING / 2} y={y + 12}>
              {gate.text}
            </text>
          </g>
        );
      })}
    </g>
  );
}
