// Line icons of the transport in a 16 x 16 box; decorative, the buttons carry the words.

const PATHS = {
  run: 'M4 2.5 13 8 4 13.5Z',
  pause: 'M4 3h3v10H4ZM9 3h3v10H9Z',
  start: 'M3 3v10M13 3 6 8l7 5Z',
  end: 'M13 3v10M3 3l7 5-7 5Z',
  back: 'M11 3 5 8l6 5',
  on: 'M5 3l6 5-6 5',
  undo: 'M6 3 3 6l3 3M3 6h6a4 4 0 0 1 0 8H6',
  redo: 'M10 3l3 3-3 3M13 6H7a4 4 0 0 0 0 8h3',
  branch: 'M4 2v12M4 10C4 6 12 9 12 4M10 5.5 12 3.5l2 2',
  link: 'M7 9l4-4M6 6 3.5 8.5a2.1 2.1 0 0 0 4 4L9 11M7 5l1.5-1.5a2.1 2.1 0 0 1 4 4L10 10',
  reset: 'M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3',
  close: 'M4 4l8 8M12 4l-8 8',
  help: 'M5.5 6a2.5 2.5 0 1 1 3.7 2.2c-.8.4-1.200.9-1.200 1.800M8 12.5v.5',
  theme: 'M8 2a6 6 0 1 0 0 12ZM8 2a6 6 0 0 1 0 12',
  full: 'M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4',
} as const;
export type IconName = keyof typeof PATHS;

const FILLED: readonly IconName[] = ['run', 'pause'];

export function Icon({ name }: { readonly name: IconName }) {
  const solid = FILLED.includes(name);
  return (
    <svg className={solid ? 'icon is-solid' : 'icon'} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
