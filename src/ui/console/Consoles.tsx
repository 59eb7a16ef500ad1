import { useState } from 'react';
import type { RowIn } from '../../workers/sections.ts';
import { vmLetter } from '../theme/vm.ts';
import { Terminal } from './Terminal.tsx';

/** The console of one VM; where there are several, the user chooses whose. */
export function Consoles({ consoles }: { readonly consoles: readonly RowIn<'log', 'console'>[] }) {
  const [chosen, setChosen] = useState(1);
  const shown = consoles.find(({ vm }) => vm === chosen) ?? consoles[0];
  const choice = (
    <div className="console-marks" role="radiogroup" aria-label="Console of which VM">
      {consoles.map(({ vm }) => (
        <label key={vm}>
          <input
            type="radio"
            name="console-vm"
            checked={vm === shown?.vm}
            onChange={() => setChosen(vm)}
          />
          VM {vmLetter(vm)}
        </label>
      ))}
    </div>
  );
  return (
    <Terminal key={shown?.vm} text={shown?.text ?? ''} choice={consoles.length > 1 && choice} />
  );
}
