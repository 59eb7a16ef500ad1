// The Doorbells view: targets, matrix, route, hardware bits and reads, drawn from one frame.
import { useState } from 'react';
import type { Catalogue } from '../../workers/protocol.ts';
import type { Section } from '../../workers/sections.ts';
import { vcpuPath, vmOf } from '../entity.ts';
import { type Place, useRoving } from '../marks/roving.ts';
import { TwinButton, TwinTable } from '../marks/TwinTable.tsx';
import { hex } from '../marks/text.ts';
import { type Domain, useDomain } from './domains.ts';
import { nameOf, placeOf, ringingWords, stateOf, truthOf } from './facts.ts';
import { Matrix } from './Matrix.tsx';
import { HardwareBits, Reads } from './Reads.tsx';
import { Route } from './Route.tsx';
import { type RowMarks, Targets } from './Targets.tsx';
import './doorbells.css';

export interface DoorbellsViewProps extends RowMarks {
  readonly doorbells: Section<'doorbells'>;
  readonly catalogue: Catalogue;
  /** Injects a doorbell from one vcpu to another. */
  readonly onSend: (from: number, to: number) => void;
  readonly onStep: (step: number) => void;
  readonly onInject: (path: string, x: number, y: number) => void;
}

export function DoorbellsView(props: DoorbellsViewProps) {
  const { doorbells, catalogue } = props;
  const [asTable, setAsTable] = useState(false);
  if (!catalogue.topology.doorbells) {
    return (
      <div className="bells">
        <p className="bells-dim">
          The {catalogue.topology.cpu} has no doorbells: msgsndp and DPDES came with POWER8. Its
          threads send each other interrupts through the interrupt controller.
        </p>
      </div>
    );
  }
  return (
    <div className="bells">
      <div className="bells-head">
        <b>Where a doorbell is</b>
        <span className="bells-dim">{ringingWords(catalogue)}</span>
        <TwinButton on={asTable} onChange={setAsTable} />
      </div>
      {asTable ? <Twin doorbells={doorbells} catalogue={catalogue} /> : <Picture {...props} />}
    </div>
  );
}

function Picture(props: DoorbellsViewProps) {
  const { doorbells, catalogue, focus, onSend, onInject } = props;
  const { domains, shown, choose } = useDomain(doorbells.vcpus, catalogue, focus);
  const { vcpus } = shown;
  const roving = useRoving(cellsOf(vcpus.map((v) => v.vcpu)), {
    focus: () => {}, // cells are buttons: they send
    inject: (path, box) => {
      const to = Number(path.split('>')[1]);
      onInject(vcpuPath(vmOf(to, catalogue), to), box.x + box.width / 2, box.y + box.height);
    },
  });
  if (vcpus.length === 0) return <p className="bells-dim">No VM has a vcpu yet: run on.</p>;
  return (
    <>
      {domains.length > 1 && <DomainPicker domains={domains} shown={shown} onChoose={choose} />}
      <Targets {...props} vcpus={vcpus} />
      <div className="bells-middle">
        <div className="bells-left">
          <fieldset aria-label="Doorbells sent" onKeyDown={roving.onKeyDown}>
            <Matrix
              {...props}
              vcpus={vcpus}
              matrix={doorbells.matrix}
              active={roving.active}
              onSend={onSend}
            />
          </fieldset>
          <HardwareBits {...props} threads={doorbells.threads} />
        </div>
        <Route path={doorbells.path} vcpus={doorbells.vcpus} catalogue={catalogue} />
      </div>
      <div className="bells-below">
        <Reads reads={doorbells.reads} catalogue={catalogue} onStep={props.onStep} />
      </div>
    </>
  );
}

/** Of a machine with many vcpus: which virtual core is shown. */
function DomainPicker(props: {
  readonly domains: readonly Domain[];
  readonly shown: Domain;
  readonly onChoose: (name: string) => void;
}) {
  const { domains, shown, onChoose } = props;
  return (
    <label className="bells-domain">
      <span className="bells-dim">doorbells stay within</span>
      <select value={shown.name} onChange={(event) => onChoose(event.target.value)}>
        {domains.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

/** Cells of the matrix as places for the arrow keys. */
export const cellsOf = (vcpus: readonly number[]): Place[] =>
  vcpus.flatMap((from, y) => vcpus.map((to, x) => ({ path: `${from}>${to}`, x, y, w: 1, h: 1 })));

/** Everything as plain tables. */
export function Twin({
  doorbells,
  catalogue,
}: Pick<DoorbellsViewProps, 'doorbells' | 'catalogue'>) {
  const name = (vcpu: number) => (vcpu < 0 ? '–' : nameOf(vcpu, catalogue));
  const bit = (value: number) => (value < 0 ? '–' : String(value));
  return (
    <>
      <TwinTable
        caption="Targets"
        columns={TARGET_COLUMNS}
        rows={doorbells.vcpus.map((v) => [
          name(v.vcpu),
          stateOf(v),
          placeOf(v, catalogue),
          String(v.doorbell_request),
          String(v.saved_dpdes),
          bit(v.hw_dpdes),
          String(v.pending),
          String(v.tir),
          String(v.hfscr_msgp),
          String(v.ee),
          String(v.sent),
          String(v.delivered),
          String(v.coalesced),
          String(v.cleared),
          String(v.lost),
        ])}
      />
      <TwinTable
        caption="Sent"
        columns={['from and to', 'times', 'last at step']}
        rows={doorbells.matrix.map((c) => [
          `${name(c.from)} to ${name(c.to)}`,
          String(c.sent),
          c.sent > 0 ? String(c.last_step) : '–',
        ])}
      />
      <TwinTable
        caption="Route of a msgsndp"
        columns={['stage', 'what happens', 'vcpu on it', 'thread']}
        rows={doorbells.path.map((p) => [p.stage, p.detail, name(p.active), bit(p.thread)])}
      />
      <TwinTable
        caption="Hardware threads"
        columns={['thread', 'DPDES', 'DHDES', 'vcpu', 'TIR', 'HFSCR']}
        rows={doorbells.threads.map((t) => [
          String(t.thread),
          String(t.dpdes),
          String(t.dhdes),
          name(t.vcpu),
          String(t.tir),
          hex(t.hfscr),
        ])}
      />
      <TwinTable
        caption="Reads of DPDES"
        columns={['step', 'by', 'value', 'IPIs', 'model cycles', 'was true']}
        rows={doorbells.reads.map((r) => [
          String(r.step),
          name(r.vcpu),
          hex(r.value),
          String(r.ipis),
          String(r.cycles),
          truthOf(r),
        ])}
      />
    </>
  );
}

const TARGET_COLUMNS = [
  'vcpu',
  'state',
  'thread',
  'doorbell_request',
  'saved dpdes',
  'hardware DPDES',
  'pending',
  'TIR',
  'MSGP',
  'EE',
  'sent',
  'delivered',
  'coalesced',
  'cleared',
  'lost',
] as const;
