import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { Section } from '../../workers/sections.ts';
import { ChecksView } from './ChecksView.tsx';

const none = () => {};

describe('the checks view', () => {
  const draw = (anatomy: Section<'checks'>['anatomy']) =>
    renderToString(
      <ChecksView
        about="A ring of four vcpus."
        checks={{
          checks: [
            {
              name: 'ring',
              what: 'goes round',
              ok: 0,
              why: 'stalls at vcpu 2',
              where: 'vm1/vcpu2',
            },
            { name: 'lost', what: 'no doorbell is lost', ok: 1, why: '', where: '' },
            { name: 'off', what: 'powers off', ok: -1, why: 'still running', where: 'vm1' },
          ],
          counters: [{ name: 'guestExits', value: 12345 }],
          anatomy,
        }}
        violations={[{ step: 900, id: 'dpdes', why: 'bit lost' }]}
        inputs={[]}
        onFocus={none}
        onGoto={none}
      />,
    );
  const html = draw([]);

  it('shows the registers of an entry and an exit where a core is switched', () => {
    expect(html).not.toContain('Registers at');
    const row = { register: 'SDR1', host: '0x140000', entered: '0x240000', left: '0x240000' };
    const table = draw([{ ...row, after: '0x140000' }]);
    expect(table).toMatch(/Registers.*<td>SDR1<\/td><td>0x140000<\/td><td>0x240000<\/td>/s);
  });

  it('says why a check fails and where to look, by shape and words', () => {
    expect(html).toMatch(/is-violation.*broken.*ring.*stalls at vcpu 2.*show .*vm1\/vcpu2/s);
  });

  it('begins with what the scenario shows', () => {
    expect(html).toMatch(/A ring of four vcpus\..*Promises of the patched kernel/s);
  });

  it('marks a check that holds', () => {
    expect(html).toMatch(/aria-label="holds".*no doorbell is lost/s);
  });

  it('marks a check that is not decided yet without a triangle', () => {
    expect(html).toMatch(/aria-label="not yet".*powers off.*still running/s);
    expect(html.match(/is-violation/g)).toHaveLength(1);
  });

  it('lists violations with a way to their step, and says when nothing was injected', () => {
    expect(html).toMatch(/@ .*900.*dpdes: bit lost/s);
    expect(html).toContain('None on this branch; press i to inject.');
  });

  it('shows the counters', () => {
    expect(html).toMatch(/guestExits<\/dt><dd[^>]*>12,345/);
  });
});
