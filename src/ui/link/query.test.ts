import { describe, expect, it } from 'vitest';
import { focusOf, withFocus } from './fragment.ts';
import { parseQuery } from './query.ts';
import { addressOf } from './sync.ts';

describe('parseQuery', () => {
  it('reads every option of an embedding page', () => {
    expect(parseQuery('?embed=1&theme=dark&view=doorbells&scale=1.5&keys=off&motion=off')).toEqual({
      embed: true,
      theme: 'dark',
      view: 'doorbells',
      scale: 1.5,
      keys: false,
      motion: false,
    });
  });

  it('ignores unknown keys and bad values one by one', () => {
    expect(parseQuery('?theme=pink&scale=99&view=nowhere&later=1&keys=on')).toEqual({
      embed: false,
      keys: true,
    });
  });

  it('takes the first view it knows from a list of views', () => {
    expect(parseQuery('?view=timeline,code,console').view).toBe('code');
  });

  it('gives the defaults for an empty query', () => {
    expect(parseQuery('')).toEqual({ embed: false });
  });
});

describe('addressOf', () => {
  it('replaces the fragment and keeps the query', () => {
    expect(addressOf('s=x&at=0@5', 'https://a.example/p/?theme=dark#old')).toBe(
      'https://a.example/p/?theme=dark#s=x&at=0@5',
    );
  });
});

describe('the focus in a link', () => {
  it('comes back from the fragment it was added to', () => {
    const link = withFocus('s=virt-doorbell&at=0@412', 'vm1/vcpu2');
    expect(link).toBe('s=virt-doorbell&at=0@412&focus=vm1/vcpu2');
    expect(focusOf(link)).toBe('vm1/vcpu2');
  });

  it('is ignored when it is no entity path', () => {
    expect(focusOf('s=x&focus=%3Cb%3E')).toBe('');
    expect(focusOf('s=x')).toBe('');
  });

  it('is not added twice', () => {
    expect(withFocus('s=x&focus=core0/t1', 'vm1')).toBe('s=x&focus=core0/t1');
  });
});
