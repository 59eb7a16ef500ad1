import type { Catalogue } from '../../workers/protocol.ts';

export interface EntityPickerProps {
  readonly catalogue: Catalogue;
  readonly focus: string;
  readonly onFocus: (path: string) => void;
}

/** Chooses the entity in focus; a focus that the catalogue does not list keeps its path. */
export function EntityPicker({ catalogue, focus, onFocus }: EntityPickerProps) {
  const listed = catalogue.entities.some(({ path }) => path === focus);
  return (
    <select
      aria-label="Entity in focus"
      value={focus}
      onChange={(event) => onFocus(event.target.value)}
    >
      {!listed && <option value={focus}>{focus}</option>}
      {catalogue.entities.map(({ path, title }) => (
        <option key={path} value={path}>
          {title === path ? path : `${path}  ${title}`}
        </option>
      ))}
    </select>
  );
}
