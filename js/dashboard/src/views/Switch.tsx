/** Something that is on or off. */

interface SwitchProps {
  label: string;
  title: string;
  on: boolean;
  onChange(on: boolean): void;
}

export function Switch({ label, title, on, onChange }: SwitchProps) {
  return (
    <label class="nbtrack-switch" title={title}>
      <input
        type="checkbox"
        role="switch"
        checked={on}
        aria-checked={on}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span class="nbtrack-switch-track" aria-hidden="true" />
      {label}
    </label>
  );
}
