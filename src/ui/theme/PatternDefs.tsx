// SVG patterns of modes and partitions, defined once per page. Views fill with url(#pat-real) and so on.

const HUES = [0, 1, 2, 3, 4, 5];
/** Hatch angle of each partition, so that partitions differ without hue. */
const ANGLES = [0, 90, 45, 135, 22.5, 112.5];

/** Mount once near the root, before any view. Not display:none, which would disable the references. */
export function PatternDefs() {
  return (
    <svg className="pattern-defs" width="0" height="0" aria-hidden="true" focusable="false">
      <defs>
        <pattern
          id="pat-real"
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <line x1="0.75" y1="0" x2="0.75" y2="6" stroke="var(--real-edge)" strokeWidth="1.5" />
        </pattern>
        <pattern id="pat-preempted" width="5" height="5" patternUnits="userSpaceOnUse">
          <circle cx="2" cy="2" r="1" fill="var(--text-dim)" />
        </pattern>
        <pattern id="pat-offline" width="12" height="12" patternUnits="userSpaceOnUse">
          <path d="M0 0 12 12 M12 0 0 12" stroke="var(--line-strong)" strokeWidth="1" />
        </pattern>
        {HUES.map((i) => (
          <pattern
            key={i}
            id={`pat-vm${i}`}
            width="8"
            height="8"
            patternUnits="userSpaceOnUse"
            patternTransform={`rotate(${ANGLES[i]})`}
          >
            <rect width="8" height="8" fill={`var(--vm${i})`} />
            <line
              x1="0"
              y1="4"
              x2="8"
              y2="4"
              stroke={`var(--vm${i}-ink)`}
              strokeWidth="1"
              strokeOpacity="0.22"
            />
          </pattern>
        ))}
      </defs>
    </svg>
  );
}
