// Header: which machine this is (scenario, CPU, seed, patches) and what it has to say for itself.
import { type KeyboardEvent, useEffect, useState } from 'react';
import type { Catalogue, PageSpec } from '../../workers/protocol.ts';
import { CheckMark } from '../checks/ChecksView.tsx';
import type { Theme } from '../store.ts';
import { Button } from '../transport/Button.tsx';
import { Icon } from '../transport/Icon.tsx';
import { PatchTrack } from './PatchList.tsx';

/** How many of the scenario's checks hold and are broken here; the others are not decided yet. */
export interface Promises {
  readonly held: number;
  readonly broken: number;
  readonly all: number;
}

export interface HeaderProps {
  readonly catalogue: Catalogue;
  readonly violations: number;
  readonly checks: Promises;
  readonly theme: Theme;
  readonly onLoad: (spec: PageSpec) => void;
  readonly onPatch: (id: string, on: boolean) => void;
  readonly onPatches: () => void;
  readonly onReset: () => void;
  readonly onChecks: () => void;
  readonly onProgram: () => void;
  readonly onCopyLink: () => void;
  readonly onTheme: () => void;
  readonly onFullScreen: () => void;
  readonly onHelp: () => void;
}

export function HeaderView(props: HeaderProps) {
  const { catalogue, violations, checks } = props;
  const { spec, topology, program } = catalogue;
  return (
    <header className="header">
      <h1 className="brand">Vcore</h1>
      <div className="header-machine">
        <ScenarioPick catalogue={catalogue} onLoad={props.onLoad} />
        {program.kind !== 'scenario' && (
          <OtherProgram
            name={program.kind === 'image' ? program.file : 'your program'}
            onProgram={props.onProgram}
          />
        )}
        <span className="header-cpu" title="CPU model, cores and hardware threads per core">
          <span className="label">cpu</span>
          <span className="value">
            {topology.cpu} {topology.cores}×{topology.threadsPerCore}
          </span>
        </span>
        <SeedField seed={spec.seed} onSeed={(seed) => props.onLoad({ ...spec, seed })} />
        <Button kind="icon" says="reset the scenario to step 0" onClick={props.onReset}>
          <Icon name="reset" />
        </Button>
      </div>
      <div className="header-patches">
        {catalogue.patches
          .filter(({ own }) => own)
          .map((patch) => (
            <PatchSwitch key={patch.id} patch={patch} onPatch={props.onPatch} />
          ))}
        <OtherPatches patches={catalogue.patches} onPatches={props.onPatches} />
      </div>
      <div className="header-state">
        <ChecksButton checks={checks} violations={violations} onChecks={props.onChecks} />
      </div>
      <div className="header-page">
        <Button
          kind="icon"
          says="copy the link to this position"
          hotkey="l"
          onClick={props.onCopyLink}
        >
          <Icon name="link" />
        </Button>
        <Button kind="icon" says={`theme: ${props.theme}`} hotkey="⇧D" onClick={props.onTheme}>
          <Icon name="theme" />
        </Button>
        <Button kind="icon" says="full screen" hotkey="f" onClick={props.onFullScreen}>
          <Icon name="full" />
        </Button>
        <Button kind="icon" says="help: keys and legend" hotkey="?" onClick={props.onHelp}>
          <Icon name="help" />
        </Button>
      </div>
    </header>
  );
}

/** The verdict on this position; a click shows the checks. */
function ChecksButton(props: Pick<HeaderProps, 'checks' | 'violations' | 'onChecks'>) {
  const { held, broken, all } = props.checks;
  const open = all - held - broken;
  const bad = broken > 0 || props.violations > 0;
  const says = [
    `${held} of ${all} checks hold`,
    ...(open > 0 ? [`${open} not decided yet`] : []),
    `${broken} broken`,
    `${props.violations} invariant violations`,
  ].join(', ');
  return (
    <Button says={says} onClick={props.onChecks}>
      <CheckMark verdict={bad ? 0 : open > 0 ? -1 : 1} />
      {broken > 0 ? (
        <>
          <span className="value">{broken}</span> broken
        </>
      ) : (
        <>
          <span className="value">
            {held}/{all}
          </span>{' '}
          checks
        </>
      )}
    </Button>
  );
}

/** What the guest runs in place of the scenario's own program; a click shows it. */
function OtherProgram(props: { readonly name: string; readonly onProgram: () => void }) {
  const { name, onProgram } = props;
  return (
    <Button says={`${name} runs in place of the scenario's program: show it`} onClick={onProgram}>
      <span className="header-program">{name}</span>
    </Button>
  );
}

function ScenarioPick(props: Pick<HeaderProps, 'catalogue' | 'onLoad'>) {
  const { spec, scenarios } = props.catalogue;
  // Another scenario comes with its own program.
  const { program: _, ...plain } = spec;
  return (
    <label className="header-scenario">
      <span className="label">scenario</span>
      <select
        className="field"
        value={spec.scenario}
        title={scenarios.find((s) => s.id === spec.scenario)?.summary}
        onChange={(event) => props.onLoad({ ...plain, scenario: event.target.value })}
      >
        {scenarios.map((s) => (
          <option key={s.id} value={s.id}>
            {s.title}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A patch of the kernel as a switch: its id and commit, the commit's title as tooltip. */
export function PatchSwitch(props: {
  readonly patch: Catalogue['patches'][number];
  readonly onPatch: (id: string, on: boolean) => void;
}) {
  const { id, title, summary, commit, on } = props.patch;
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      aria-label={`patch ${id}, commit ${commit}: ${title}`}
      className="patch"
      title={`${commit} ${title}\n${summary}\nSwitching restarts the machine and runs it to the same model cycle with the same inputs.`}
      onClick={() => props.onPatch(id, !on)}
    >
      <span className="label">patch</span>
      <span className="patch-id value">{id}</span>
      <span className="patch-commit value dim">{commit.slice(0, 8)}</span>
      <PatchTrack />
    </button>
  );
}

/** Changes of the kernel that the scenario is not about: how many are off; a click shows them all. */
function OtherPatches(
  props: Pick<Catalogue, 'patches'> & { readonly onPatches: HeaderProps['onPatches'] },
) {
  const others = props.patches.filter(({ own }) => !own);
  if (others.length === 0) return null;
  const off = others.filter(({ on }) => !on).length;
  return (
    <Button
      says={`historic changes of the kernel: ${others.length} others, ${off} off`}
      onClick={props.onPatches}
    >
      history
      {off > 0 && (
        <>
          {' '}
          <span className="value">{off}</span> off
        </>
      )}
    </Button>
  );
}

function SeedField(props: { readonly seed: number; readonly onSeed: (seed: number) => void }) {
  const [draft, setDraft] = useState(String(props.seed));
  useEffect(() => setDraft(String(props.seed)), [props.seed]);
  const commit = () => {
    const seed = Number(draft);
    if (!/^\d{1,9}$/.test(draft)) setDraft(String(props.seed));
    else if (seed !== props.seed) props.onSeed(seed);
  };
  return (
    <label className="header-seed" title="seed of the schedule: 0 = no jitter">
      <span className="label">seed</span>
      <input
        className="field value"
        inputMode="numeric"
        value={draft}
        size={4}
        maxLength={9}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event: KeyboardEvent) => event.key === 'Enter' && commit()}
      />
    </label>
  );
}
