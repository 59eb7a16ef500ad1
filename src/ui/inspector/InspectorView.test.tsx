import { renderToString } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import { CATALOGUE, FIELDS, field } from '../../../e2e/fixtures/picture.ts';
import { BitRuler } from './BitRuler.tsx';
import { ruler } from './bits.ts';
import { membersOf } from './FieldRow.tsx';
import { InspectorView, matches } from './InspectorView.tsx';

const view = (fields = FIELDS, focus = 'core0/t1') =>
  renderToString(
    <InspectorView catalogue={CATALOGUE} fields={fields} focus={focus} onFocus={() => {}} />,
  ).replaceAll('<!-- -->', '');

describe('the inspector', () => {
  test('a changed field is underlined and has its old value beside it', () => {
    const html = view([field('vcpu', 'doorbell_request', '1', { changed: 1, old: '0' })]);
    expect(html).toMatch(/inspector-value is-changed/);
    expect(html).toContain('was 0');
    expect(html).toContain('doorbell_request is 1, changed from 0.');
  });

  test('an unchanged field shows no old value', () => {
    const html = view([field('vcpu', 'ceded', '0', { old: '1' })]);
    expect(html).not.toContain('was');
    expect(html).not.toContain('is-changed');
  });

  test('a changed general-purpose register gives its old value in its label', () => {
    expect(view()).toContain('r3 is 0x0000000000000009, changed from 0x0000000000000008.');
  });

  test('registers show both halves, with the zeros in front of the number dimmed', () => {
    const html = view([field('GPRs', 'r1', '0x0000000100000000')]);
    expect(html).toContain('<span><i>0000000</i>1</span><span><i></i>00000000</span>');
  });

  test('the registers saved in a vcpu are shown like those of a thread', () => {
    const html = view([field('vcpu gpr', 'gpr31', '0x0000000000000001')]);
    expect(html).toContain('inspector-registers');
    expect(view([field('vcpu', 'trap', '3072')])).not.toContain('inspector-registers');
  });

  test('a register with bit fields lists those that are set', () => {
    expect(view()).toContain('SF EE ME LE');
    expect(view()).toContain('all 0'); // DPDES
  });

  test('groups are headings in the order of the picture', () => {
    const groups = [...view().matchAll(/aria-expanded="true">([^<]+)<small>/g)].map((m) => m[1]);
    expect(groups).toEqual([
      'thread',
      'general-purpose registers',
      'special-purpose registers',
      'vcpu',
      'vcore',
    ]);
  });

  test('all fields together are one tab stop', () => {
    expect(view().match(/data-row="true" tabindex="0"/gi)).toHaveLength(1);
  });

  test('a focus without fields says so', () => {
    expect(view([], 'vm1')).toContain('vm1 has no fields to show');
  });

  test('a routine in focus shows what the catalogue knows of it', () => {
    const html = view([], 'fn/kvmhv_p9_guest_entry');
    expect(html).toContain('arch/powerpc/kvm/book3s_hv.c');
    // 11 steps, one of which is only there without the patch.
    expect(html).toContain('10, together 170 illustrative model cycles');
  });

  test('the picker offers every entity and keeps a focus that is not listed', () => {
    expect(view([], 'vm1/vcore2')).toContain('<option value="vm1/vcore2" selected="">');
    expect(view().match(/<option/g)).toHaveLength(CATALOGUE.entities.length);
  });

  test('the filter looks at name, value, bits and description, in any case', () => {
    const lpcr = field('SPRs', 'LPCR', '0x41a', { bits: 'MER=1', doc: 'partitioning control' });
    expect(['lpcr', '41A', 'mer=1', 'control part', ''].map((f) => matches(lpcr, f))).toEqual(
      Array(5).fill(true),
    );
    expect(matches(lpcr, 'lpcr hdec')).toBe(false);
  });
});

describe('a value that is an object', () => {
  test('is listed by member, lists without brackets', () => {
    expect(membersOf('{"exit_reason":"","nr":228,"args":["0x1","0x2"]}')).toEqual([
      ['exit_reason', ''],
      ['nr', '228'],
      ['args', '0x1 0x2'],
    ]);
  });

  test('any other value has no members', () => {
    expect(membersOf('KVMPPC_VCPU_RUNNABLE')).toEqual([]);
  });
});

describe('the drawn ruler', () => {
  test('has 64 bits in two rows and a line per field with its place and value', () => {
    const drawn = ruler(
      CATALOGUE.sprs.find(({ name }) => name === 'LPCR'),
      '0x41a0000000101f08',
      '',
    );
    const html = drawn ? renderToString(<BitRuler name="LPCR" ruler={drawn} />) : '';
    expect(html.match(/title="bit \d+/g)).toHaveLength(64);
    expect(html.match(/inspector-bits/g)).toHaveLength(2);
    expect(html).toMatch(/DPFD<\/th><td>54:52 \(ISA 9:11\)<\/td><td class="">2</);
  });
});
