// Help: what this is, the keys, and the legend drawn with the marks the views use.
import type { ReactNode } from 'react';
import { THREAD_MODES, type ThreadMode } from '../../workers/sections.ts';
import { KEY_GROUPS, KEYS } from '../keys/keys.ts';
import { ModeField } from '../marks/marks.tsx';
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
        <ul className="help-legend">
          <li>
            <MarkShape shape="violation" /> triangle: an invariant does not hold
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

function Item(props: { readonly says: string; readonly children: ReactNode }) {
  return (
    <li>
      <svg className="help-swatch" viewBox="0 0 32 20" aria-hidden="true">
        {props.children}
      </svg>
      {props.says}
    </li>
  );
}
