// A thread's cursor as a small tag: letter of its VM and number of its vcpu, or t and its thread number.
import type { CSSProperties } from 'react';
import { vmColor, vmFill, vmInk, vmLetter } from '../theme/vm.ts';

export interface TokenProps {
  /** VM id, below 1 for the host. */
  readonly vm: number;
  readonly vcpu: number;
  readonly path: string;
  /** False: it waits here for a call to return; drawn hollow. */
  readonly innermost: boolean;
  readonly hover: string;
  readonly onFocus: (path: string) => void;
  readonly onHover: (path: string) => void;
}

/** Text on the tag: 'A2' for vcpu 2 of VM 1; without a vcpu 't3' for thread 3 of core 0, 'c1t3' for one of core 1. */
export const tokenText = ({ vm, vcpu, path }: Pick<TokenProps, 'vm' | 'vcpu' | 'path'>): string =>
  vm >= 1 && vcpu >= 0
    ? `${vmLetter(vm)}${vcpu}`
    : path.replace('core0/', '').replace('core', 'c').replace('/', '');

export function Token(props: TokenProps) {
  const { vm, vcpu, path, innermost, hover, onFocus, onHover } = props;
  const who = vcpu >= 0 ? `${path}, vcpu ${vcpu}` : path;
  const title = `${who} ${innermost ? 'is at this step' : 'waits here for its call to return'}`;
  return (
    <button
      type="button"
      tabIndex={-1}
      className={`code-token${innermost ? '' : ' is-outer'}${hover === path ? ' is-hover' : ''}`}
      style={{ '--hue': vmColor(vm), '--fill': vmFill(vm), '--ink': vmInk(vm) } as CSSProperties}
      title={title}
      aria-label={`Focus ${title}`}
      onClick={() => onFocus(path)}
      onPointerEnter={() => onHover(path)}
      onPointerLeave={() => onHover('')}
    >
      <span>{tokenText(props)}</span>
    </button>
  );
}
