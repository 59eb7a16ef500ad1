import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { Catalogue } from '../../workers/protocol.ts';
import { stepOf } from './GotoForm.tsx';
import { HeaderView } from './HeaderView.tsx';
import { PatchList } from './PatchList.tsx';
import { remembered } from './settings.ts';

const none = () => {};
const patch = {
  id: 'virt-doorbell',
  title: 'Virtualize doorbell facility on POWER9',
  summary: 'Doorbells are emulated.',
  commit: '57900694c3e5e2ca6d2f4c9e',
  fixed: '',
  own: true,
  shownBy: '',
  on: true,
};
const catalogue = {
  program: { kind: 'scenario' },
  spec: { scenario: 'virt-doorbell', cpu: 'p9', off: [], seed: 7 },
  scenarios: [{ id: 'virt-doorbell', title: 'virt-doorbell', summary: '', variants: [] }],
  patches: [patch],
  topology: { cpu: 'p9-dd23', cores: 1, threadsPerCore: 4, doorbells: true, vms: [] },
} as unknown as Catalogue;

const header = (
  on: boolean,
  held: number,
  broken: number,
  violations = 0,
  { program } = catalogue,
) =>
  renderToString(
    <HeaderView
      catalogue={{ ...catalogue, program, patches: [{ ...patch, on }] }}
      violations={violations}
      checks={{ held, broken, all: 7 }}
      theme="auto"
      onLoad={none}
      onPatch={none}
      onPatches={none}
      onReset={none}
      onChecks={none}
      onProgram={none}
      onCopyLink={none}
      onTheme={none}
      onFullScreen={none}
      onHelp={none}
    />,
  );

describe('the header', () => {
  it('shows the patch as a switch with its commit and title', () => {
    expect(header(true, 7, 0)).toMatch(/role="switch" aria-checked="true"/);
    expect(header(false, 7, 0)).toMatch(/role="switch" aria-checked="false"/);
    expect(header(true, 7, 0)).toContain('>57900694<');
    expect(header(true, 7, 0)).toContain('commit 57900694c3e5e2ca6d2f4c9e: Virtualize doorbell');
  });

  it('says how many checks hold, by number and by shape', () => {
    expect(header(true, 7, 0)).toContain('7 of 7 checks hold, 0 broken, 0 invariant violations"');
    expect(header(true, 7, 0)).not.toContain('is-violation');
    expect(header(false, 6, 1)).toMatch(/is-violation.*>1<.* broken/s);
    expect(header(true, 7, 0, 1)).toContain('is-violation');
  });

  it("names the program that runs in place of the scenario's, and only then", () => {
    const other = (program: object) =>
      header(true, 7, 0, 0, { ...catalogue, program: { ...catalogue.program, ...program } });
    expect(header(true, 7, 0)).not.toContain('header-program');
    expect(other({ kind: 'edited' })).toContain('>your program<');
    expect(other({ kind: 'image', file: 'a.elf' })).toMatch(/a\.elf runs in place of.*>a\.elf</s);
  });

  it('does not cry over checks that are not decided yet', () => {
    const html = header(true, 4, 0);
    expect(html).toContain('4 of 7 checks hold, 3 not decided yet, 0 broken');
    expect(html).toContain('aria-label="not yet"');
    expect(html).not.toContain('is-violation');
  });
});

const mistake = {
  ...patch,
  id: 'b13-dscr',
  title: 'Save DSCR',
  summary: 'The guest finds an old value.',
  fixed: '3.12',
  own: false,
  shownBy: 's=book3s-hv&patch=b13-dscr:off',
};

describe('patches that the scenario is not about', () => {
  const withPatches = (patches: Catalogue['patches']) =>
    renderToString(
      <HeaderView
        catalogue={{ ...catalogue, patches }}
        violations={0}
        checks={{ held: 0, broken: 0, all: 0 }}
        theme="auto"
        onLoad={none}
        onPatch={none}
        onPatches={none}
        onReset={none}
        onChecks={none}
        onProgram={none}
        onCopyLink={none}
        onTheme={none}
        onFullScreen={none}
        onHelp={none}
      />,
    );

  it('are one button of the header, which counts those that are off', () => {
    expect(withPatches([patch])).not.toContain('historic changes');
    const html = withPatches([patch, mistake, { ...mistake, id: 'b31-edge-twice', on: false }]);
    expect(html).toContain('aria-label="historic changes of the kernel: 2 others, 1 off"');
    expect(html.match(/role="switch"/g)).toHaveLength(1);
  });

  it('are explained in a list, with the preset that they belong to', () => {
    const preset = { id: 'historic-3.6', title: 'Linux 3.6 as it was', off: ['b13-dscr'] };
    const list = (on: boolean) =>
      renderToString(
        <PatchList
          patches={[patch, { ...mistake, on }]}
          presets={[preset]}
          onPatch={none}
          onShow={none}
        />,
      ).replaceAll('<!-- -->', '');
    expect(list(true)).toContain('2 of 2 changes, 0 off');
    expect(list(true)).toContain('Linux 3.6 as it was: 0 of 1 off');
    expect(list(true)).toMatch(/b13-dscr.*mended in 3\.12.*The guest finds an old value/s);
    expect(list(true)).toContain('aria-label="show what happens without b13-dscr"');
    expect(list(true)).not.toContain('aria-label="show what happens without virt-doorbell"');
    expect(list(false)).toMatch(/aria-pressed="true"[^>]*>historic-3\.6/);
  });
});

describe('a step typed by a user', () => {
  it('may carry separators and the @ of a position', () => {
    expect(['812,004', '812 004', '@412', '0'].map(stepOf)).toEqual([812004, 812004, 412, 0]);
  });

  it('is -1 when it is no whole number', () => {
    expect(['', '-1', '1.5', 'end', '9'.repeat(16)].map(stepOf)).toEqual([-1, -1, -1, -1, -1]);
  });
});

describe('remembered settings', () => {
  it('come back one by one, and bad ones are left out', () => {
    expect(remembered('{"theme":"dark","scale":1.25,"keys":false}')).toEqual({
      theme: 'dark',
      scale: 1.25,
      keys: false,
    });
    expect(remembered('{"theme":"pink","scale":"big","keys":true}')).toEqual({ keys: true });
  });

  it('are none when storage holds nothing or nonsense', () => {
    expect([remembered(null), remembered('{'), remembered('null'), remembered('7')]).toEqual([
      {},
      {},
      {},
      {},
    ]);
  });
});
