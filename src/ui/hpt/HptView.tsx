// The HPT view: the map of a VM's hashed page table, and below it the entry, search, walk, SLB, TLB or last changes.
import { useState } from 'react';
import type { HpteEdit } from '../../sim/trace/hpt.ts';
import type { HptLook, HptWindow } from '../../workers/protocol.ts';
import { type Section, slotName } from '../../workers/sections.ts';
import { TwinButton, TwinTable } from '../marks/TwinTable.tsx';
import { vmColor, vmLetter } from '../theme/vm.ts';
import { Entry } from './Entry.tsx';
import { Find } from './Find.tsx';
import { HptMap } from './HptMap.tsx';
import { Slb, Tlb } from './Lookaside.tsx';
import { Tces } from './Tces.tsx';
import { Walk } from './Walk.tsx';
import { dword, type HptVm, hex, orderSize, stateText } from './words.ts';
import './hpt.css';

export interface HptViewProps {
  readonly hpt: Section<'hpt'>;
  readonly look: HptLook;
  readonly modestWheel: boolean;
  readonly onLook: (part: Partial<HptLook>) => void;
  readonly onWindow: (window: HptWindow) => void;
  readonly onFocus: (slot: number) => void;
  readonly onInject: (slot: number, x: number, y: number) => void;
  readonly onEdit: (slot: number, edit: HpteEdit) => void;
}

/** What is below the map. */
const PARTS = {
  entry: 'Entry',
  walk: 'Walk',
  find: 'Find',
  slb: 'SLB',
  tlb: 'TLB',
  tce: 'TCE',
  recent: 'Changes',
} as const;
type Part = keyof typeof PARTS;
/** The table twin lists the entries in use. */
const ALL_USED = { by: 'used', value: 0n } as const;

export function HptView(props: HptViewProps) {
  const { hpt, look, onLook } = props;
  const [asTable, setAsTable] = useState(false);
  const [part, setPart] = useState<Part>('entry');
  const [at, setAt] = useState(0);
  const vm = hpt.vms.find((row) => row.vm === look.vm) ?? hpt.vms[0];
  const [cells] = hpt.cells;
  if (!vm || !cells) {
    return <p className="hpt-empty">No VM has a hashed page table yet: run on.</p>;
  }
  const step = hpt.steps[Math.min(at, hpt.steps.length - 1)];
  const walk = part === 'walk' && step && step.slot >= 0 ? step : null;
  const toSlot = (slot: number) => onLook({ slot });
  return (
    <div className="hpt">
      <div className="hpt-head">
        <VmChoice {...props} vm={vm} />
        <TwinButton
          on={asTable}
          onChange={(on) => {
            setAsTable(on);
            onLook({ find: on ? ALL_USED : null });
          }}
        />
      </div>
      {asTable ? (
        <Twin hpt={hpt} vm={vm} />
      ) : (
        <HptMap
          key={`${vm.vm} ${vm.order}`}
          vm={vm}
          cells={cells}
          slot={look.slot}
          found={part === 'find' ? hpt.found.map((row) => row.slot) : []}
          walk={walk}
          changed={hpt.changed}
          modestWheel={props.modestWheel}
          onWindow={props.onWindow}
          onSlot={(slot) => {
            toSlot(slot);
            setPart('entry');
          }}
          onFocus={props.onFocus}
          onInject={props.onInject}
        >
          <Counts vm={vm} />
        </HptMap>
      )}
      <fieldset className="hpt-parts" aria-label="Below the map">
        {Object.entries(PARTS).map(([name, title]) => (
          <button
            key={name}
            type="button"
            aria-pressed={part === name}
            onClick={() => setPart(name as Part)}
          >
            {title}
          </button>
        ))}
      </fieldset>
      <div className="hpt-part">
        {part === 'entry' && (
          <Entry
            slots={hpt.slots}
            fields={hpt.fields}
            slot={look.slot}
            layout={vm.layout}
            onSlot={toSlot}
            onFocus={props.onFocus}
            onEdit={props.onEdit}
          />
        )}
        {part === 'walk' && (
          <Walk
            look={look.walk}
            thread={hpt.thread[0]}
            walk={hpt.walk[0]}
            steps={hpt.steps}
            at={Math.min(at, hpt.steps.length - 1)}
            onWalk={(asked) => {
              setAt(0);
              onLook({ walk: asked });
            }}
            onStep={setAt}
          />
        )}
        {part === 'find' && (
          <Find
            find={look.find}
            search={hpt.search}
            found={hpt.found}
            slot={look.slot}
            onFind={(find) => onLook({ find })}
            onSlot={toSlot}
            onWalk={(ea) => {
              setAt(0);
              setPart('walk');
              onLook({ walk: { of: 'ea', ea, access: 'load' } });
            }}
          />
        )}
        {part === 'slb' && <Slb thread={hpt.thread[0]} slb={hpt.slb} />}
        {part === 'tlb' && <Tlb thread={hpt.thread[0]} tlb={hpt.tlb} onSlot={toSlot} />}
        {part === 'tce' && <Tces tables={hpt.tces} entries={hpt.tce} />}
        {part === 'recent' && <Recent hpt={hpt} onSlot={toSlot} />}
      </div>
    </div>
  );
}

function VmChoice({ hpt, vm, onLook }: HptViewProps & { readonly vm: HptVm }) {
  const about = `order ${vm.order}, ${orderSize(vm.order)} at ${hex(vm.base)}, ${vm.entries / 8} PTEGs`;
  return (
    <>
      {hpt.vms.length > 1 ? (
        <select
          aria-label="Virtual machine"
          value={vm.vm}
          onChange={(event) => onLook({ vm: Number(event.target.value), slot: -1 })}
        >
          {hpt.vms.map((row) => (
            <option key={row.vm} value={row.vm}>
              VM {vmLetter(row.vm)}
            </option>
          ))}
        </select>
      ) : (
        <b>VM {vmLetter(vm.vm)}</b>
      )}
      <span className="hpt-dim">{about}</span>
    </>
  );
}

const COUNTS = [
  ['valid', 'the hardware uses it'],
  ['absent', 'HPTE_V_ABSENT: the guest has it, the hardware must not see it'],
  ['bolted', 'HPTE_V_BOLTED'],
  ['large', 'HPTE_V_LARGE: a page larger than 4 KB'],
  ['secondary', 'HPTE_V_SECONDARY: placed by the secondary hash'],
  ['locked', 'HPTE_V_HVLOCK: an hcall works on it'],
  ['referenced', 'R'],
  ['dirty', 'C'],
] as const;

/** How many entries are in each state, with the mark of the state on the map. */
function Counts({ vm }: { readonly vm: HptVm }) {
  return (
    <dl className="hpt-counts">
      {COUNTS.map(([name, about]) => (
        <div key={name} title={about}>
          <dt>
            <Swatch name={name} color={vmColor(vm.vm)} />
            {name === 'dirty' ? 'changed' : name}
          </dt>
          <dd>{vm[name].toLocaleString('en')}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The mark that the map has for a state, in a cell of 12. */
function Swatch(props: { readonly name: (typeof COUNTS)[number][0]; readonly color: string }) {
  const { name, color } = props;
  const filled = name !== 'absent' && name !== 'locked' && name !== 'large';
  return (
    <svg className="hpt-swatch" viewBox="0 0 12 12" aria-hidden="true">
      <rect
        width="12"
        height="12"
        fill={filled ? color : name === 'locked' ? 'var(--text)' : 'var(--panel)'}
        stroke="var(--line-strong)"
      />
      <g className={filled ? 'is-on-hue' : name === 'locked' ? 'is-on-ink' : ''}>
        {name === 'absent' && <rect className="is-dashed" x="2" y="2" width="8" height="8" />}
        {name === 'bolted' && <rect x="4.5" y="2" width="3" height="3" />}
        {name === 'secondary' && <path d="M0 0H5L0 5Z" />}
        {name === 'large' && <path d="M4 2V10H9" className="is-line" />}
        {name === 'locked' && <path d="M4 6H8V10H4ZM4.6 6V4A1.4 1.4 0 0 1 7.4 4V6" />}
        {name === 'referenced' && <rect x="1.5" y="9" width="3.5" height="1.5" />}
        {name === 'dirty' && <rect x="7" y="9" width="3.5" height="1.5" />}
      </g>
    </svg>
  );
}

function Recent(props: { readonly hpt: Section<'hpt'>; readonly onSlot: (slot: number) => void }) {
  const { recent } = props.hpt;
  if (recent.length === 0) {
    return <p className="hpt-dim">Nothing has changed in the table since it is looked at.</p>;
  }
  return (
    <table className="hpt-table">
      <caption className="hpt-hidden">Last changes, newest first</caption>
      <thead>
        <tr>
          <th scope="col">seen at step</th>
          <th scope="col">entry</th>
          <th scope="col">what</th>
        </tr>
      </thead>
      <tbody>
        {recent.map((row) => (
          <tr key={`${row.step} ${row.slot} ${row.what}`}>
            <td>{row.step.toLocaleString('en')}</td>
            <th scope="row">
              <button type="button" onClick={() => props.onSlot(row.slot)}>
                {slotName(row.slot)}
              </button>
            </th>
            <td>{row.what}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The map as tables: the counts, the entries in use, the group looked at. */
export function Twin({ hpt, vm }: { readonly hpt: Section<'hpt'>; readonly vm: HptVm }) {
  return (
    <>
      <TwinTable
        caption={`Hashed page table of VM ${vm.vm}`}
        columns={['state', 'entries', 'meaning']}
        rows={COUNTS.map(([name, about]) => [
          name === 'dirty' ? 'changed' : name,
          vm[name].toLocaleString('en'),
          about,
        ])}
      />
      <TwinTable
        caption={`Entries in use${hpt.found.length < vm.valid + vm.absent ? `, the first ${hpt.found.length}` : ''}`}
        columns={['entry', 'doubleword 0', 'doubleword 1']}
        rows={hpt.found.map((row) => [slotName(row.slot), dword(row.v), dword(row.r)])}
      />
      <TwinTable
        caption="Entries of the PTEG looked at"
        columns={['entry', 'state', 'doubleword 0', 'doubleword 1', 'guest_rpte', 'page']}
        rows={hpt.slots.map((row) => [
          slotName(row.slot),
          stateText(row.bits),
          dword(row.v),
          dword(row.r),
          dword(row.guest_rpte),
          row.bits === 0 ? '' : row.page,
        ])}
      />
    </>
  );
}
