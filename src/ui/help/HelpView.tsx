// Help: what this is, the keys, and the legend drawn with the marks the views use.
import type { ReactNode } from 'react';
import { THREAD_MODES, type ThreadMode } from '../../workers/sections.ts';
import { KEY_GROUPS, KEYS } from '../keys/keys.ts';
import { ModeField, Moon, Pending, Token } from '../marks/marks.tsx';
import { vmLetter } from '../theme/vm.ts';
import { MarkShape } from '../transport/Scrubber.tsx';
import './help.css';

export interface HelpProps {
  readonly keysOn: boolean;
  readonly onKeys: (on: boolean) => void;
}

/** Keys that act while the focus is in one view. */
const VIEW_KEYS = [
  {
    view: 'In the guest code of the Code path',
    keys: [
      ['Enter', 'explain the instruction: form, RTL, values'],
      ['F9', 'breakpoint: a run stops before it'],
      ['Esc', 'close the explanation'],
    ],
  },
  {
    view: 'In the editor of the Program view',
    keys: [
      ['Ctrl/Cmd+Enter', 'assemble and restart with the text'],
      ['F9', 'breakpoint at the line'],
      ['F8', 'next mistake'],
      ['Esc', 'leave the editor; Tab then goes on'],
    ],
  },
] as const;

const MODE_WORDS: Readonly<Record<ThreadMode, string>> = {
  guest: 'guest code: solid',
  real: 'hypervisor, real mode: hatch',
  virt: 'hypervisor, virtual mode: outline',
  host: 'host, not in KVM: grey',
  nap: 'idle in nap or stop: hollow, moon',
  offline: 'offline: crossed',
  dead: 'dead after an Oops: filled, cross',
};

export function HelpView({ keysOn, onKeys }: HelpProps) {
  return (
    <div className="help">
      <section>
        <p>
          Vcore is a live model of the Linux KVM hypervisor on POWER (Book3S HV): real Power ISA
          machine code runs on modelled cores under a hypervisor whose every routine is a list of
          titled steps with its kernel name. Run, pause, step forwards and backwards at any grain,
          inject events, and switch the patch of a scenario off to see what it was for. The address
          of the page is the position: copy it, and whoever opens it sees exactly this.
        </p>
        <p className="help-dim">
          Costs and times are illustrative model cycles, not measurements of hardware. Stops of a
          story do not exist yet; PageUp and PageDown step by phase.
        </p>
      </section>
      <section aria-labelledby="help-keys">
        <h3 id="help-keys">Keys</h3>
        <label className="help-switch">
          <input
            type="checkbox"
            checked={keysOn}
            onChange={(event) => onKeys(event.target.checked)}
          />
          single-key shortcuts (never act while you type)
        </label>
        <div className="help-keys">
          {KEY_GROUPS.map((group) => (
            <dl key={group} aria-label={group}>
              {KEYS.filter((row) => row.group === group).map((row) => (
                <div key={row.shown}>
                  <dt>
                    <kbd>{row.shown}</kbd>
                  </dt>
                  <dd>{row.does}</dd>
                </div>
              ))}
            </dl>
          ))}
        </div>
        <p className="help-dim">
          Inside a view: one Tab stop, arrow keys move, Enter focuses what is under them, i injects
          there.
        </p>
        <div className="help-keys">
          {VIEW_KEYS.map(({ view, keys }) => (
            <section key={view} aria-label={view}>
              <p className="help-dim">{view}:</p>
              <dl>
                {keys.map(([shown, does]) => (
                  <div key={shown}>
                    <dt>
                      <kbd>{shown}</kbd>
                    </dt>
                    <dd>{does}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </section>
      <section aria-labelledby="help-legend">
        <h3 id="help-legend">Legend</h3>
        <ul className="help-legend">
          {[...THREAD_MODES].reverse().map((mode) => (
            <Item key={mode} says={MODE_WORDS[mode]}>
              <ModeField x={1} y={1} w={30} h={18} mode={mode} vm={1} />
            </Item>
          ))}
          <Item says="pre-empted vcpu: dotted">
            <rect className="help-box" x="1" y="1" width="30" height="18" />
            <rect x="1" y="1" width="30" height="18" fill="url(#pat-preempted)" />
          </Item>
          {[1, 2, 3, 4, 5, 6].map((vm) => (
            <Item key={vm} says={`partition ${vmLetter(vm)}: hue, hatch and letter`}>
              <rect x="1" y="1" width="30" height="18" fill={`url(#pat-vm${vm - 1})`} />
            </Item>
          ))}
        </ul>
        <VcoreLegend />
        <ul className="help-legend">
          <li>
            <MarkShape shape="violation" /> triangle: broken, a check or an invariant
          </li>
          <li>
            <MarkShape shape="input" /> diamond: an injected input
          </li>
          <li>
            <MarkShape shape="fork" /> fork: another branch starts here
          </li>
          <li>
            <u>underlined</u>: changed by the last step
          </li>
          <li>
            <svg className="mark-shape" viewBox="0 0 14 14" aria-hidden="true">
              <path d="M4.5 1H9.5L13 4.5V9.5L9.5 13H4.5L1 9.5V4.5Z" />
            </svg>{' '}
            octagon: a run stops here
          </li>
          <li>▷ where the focus stands, ▶ when it acts next</li>
        </ul>
      </section>
    </div>
  );
}

/** What the Machine view draws around threads and vcpus. */
function VcoreLegend() {
  const token = { x: 0, y: 0, vm: 1, vcpu: 2, thr: 2 };
  return (
    <ul className="help-legend">
      <Item says="second edge: its task executes the vcore" box="-4 -4 56 34">
        <Token {...token} state="guest" />
        <rect className="mach-runner" x="-3" y="-3" width="54" height="32" />
      </Item>
      <Item says="moon: the vcpu has ceded" box="-4 -4 56 34">
        <Token {...token} state="ceded" />
      </Item>
      <Item says="dashed: the vcpu has never run" box="-4 -4 56 34">
        <Token {...token} state="created" />
      </Item>
      <Item says="vcore, by thread: entered, began to leave, naps">
        <path className="mach-pip is-on" d="M6 1h4v4h-4ZM14 1h4v4h-4ZM22 1h4v4h-4ZM6 7h4v4h-4Z" />
        <path className="mach-pip" d="M14 7h4v4h-4ZM22 7h4v4h-4ZM6 16h4M14 16h4" />
        <Moon x={20} y={12} size={8} />
      </Item>
      <Item says="band of a thread: its LPIDR, hue of the partition">
        <rect x="1" y="1" width="9" height="18" fill="url(#pat-vm0)" />
        <rect className="help-box" x="1" y="1" width="30" height="18" />
      </Item>
      <Item says="pending interrupt: place in the order, vector; dashed: masked" box="-2 -4 52 23">
        <Pending x={0} y={0} pending="500" order={1} />
      </Item>
      <Item says="double arrow: IPI">
        <g className="mach-arrow is-ipi">
          <path className="mach-arrow-line" d="M1 10H22" />
          <path className="mach-arrow-core" d="M1 10H22" />
          <path className="mach-arrow-head" d="M31 10L21 5V15Z" />
        </g>
      </Item>
      <Item says="open arrow: interrupt or move; dashed: of the step before">
        <g className="mach-arrow">
          <path className="mach-arrow-line" d="M1 10H31" />
          <path className="mach-arrow-head" d="M23 5L31 10L23 15" />
        </g>
      </Item>
      <Item says="hourglass: waits for what follows">
        <path className="mach-wait" d="M12 6h8l-8 9h8Z" />
      </Item>
    </ul>
  );
}

function Item(props: {
  readonly says: string;
  readonly box?: string;
  readonly children: ReactNode;
}) {
  return (
    <li>
      <svg className="help-swatch" viewBox={props.box ?? '0 0 32 20'} aria-hidden="true">
        {props.children}
      </svg>
      {props.says}
    </li>
  );
}
