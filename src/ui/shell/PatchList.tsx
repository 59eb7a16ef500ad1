// All patches of the machine's kernel: found by words, explained, switched one by one or by a preset.
import { useState } from 'react';
import type { Catalogue } from '../../workers/protocol.ts';
import { matches } from '../matches.ts';
import { moveAmongRows } from '../rows.ts';

export interface PatchListProps extends Pick<Catalogue, 'patches' | 'presets'> {
  readonly onPatch: (id: string, on: boolean) => void;
  /** Shows what happens without a patch. */
  readonly onShow: (patch: Patch) => void;
}

type Patch = Catalogue['patches'][number];

export function PatchList({ patches, presets, onPatch, onShow }: PatchListProps) {
  const [text, setText] = useState('');
  const found = patches.filter(({ id, title, summary, commit, fixed }) =>
    matches(text, id, title, summary, commit, fixed),
  );
  const off = patches.filter(({ on }) => !on).length;
  return (
    <search className="patch-list" aria-label="Changes" onKeyDown={moveAmongRows}>
      <div className="patch-tools">
        <input
          type="search"
          className="field"
          aria-label="Find a change"
          placeholder="id, words or release"
          data-row
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <span role="status">
          {found.length} of {patches.length} changes, {off} off
        </span>
      </div>
      <ul>
        {presets.map((preset) => (
          <PresetRow key={preset.id} {...{ preset, patches, onPatch }} />
        ))}
        {found.map((patch) => (
          <PatchRow key={patch.id} {...{ patch, onPatch, onShow }} />
        ))}
        {found.length === 0 && <li className="dim">No change matches.</li>}
      </ul>
    </search>
  );
}

function PresetRow(
  props: Pick<PatchListProps, 'patches' | 'onPatch'> & {
    readonly preset: Catalogue['presets'][number];
  },
) {
  const { preset, patches, onPatch } = props;
  const { id, title, off } = preset;
  const count = patches.filter((patch) => off.includes(patch.id) && !patch.on).length;
  const applies = count === off.length;
  return (
    <li className="patch-row is-preset">
      <button
        type="button"
        data-row
        className="button is-plain"
        aria-pressed={applies}
        onClick={() => onPatch(id, applies)}
      >
        {id}
      </button>
      <span>
        {title}: {count} of {off.length} off
      </span>
    </li>
  );
}

function PatchRow(props: Pick<PatchListProps, 'onPatch' | 'onShow'> & { readonly patch: Patch }) {
  const { patch, onPatch, onShow } = props;
  const { id, title, summary, commit, fixed, on, shownBy } = patch;
  return (
    <li className="patch-row">
      <button
        type="button"
        role="switch"
        data-row
        aria-checked={on}
        aria-label={`patch ${id}: ${title}`}
        className="patch"
        onClick={() => onPatch(id, !on)}
      >
        <PatchTrack />
      </button>
      <span className="patch-what">
        <span className={on ? 'value' : 'value is-off'}>{id}</span>
        <span className="value dim">{fixed === '' ? commit : `mended in ${fixed}`}</span>
        <strong>{title}</strong>
        <span>{summary}</span>
      </span>
      {shownBy !== '' && (
        <button
          type="button"
          className="button is-plain"
          aria-label={`show what happens without ${id}`}
          onClick={() => onShow(patch)}
        >
          show
        </button>
      )}
    </li>
  );
}

/** The two sides of a switch, on and off in words. */
export function PatchTrack() {
  return (
    <span className="patch-track" aria-hidden="true">
      <span className="patch-side">off</span>
      <span className="patch-side">on</span>
    </span>
  );
}
