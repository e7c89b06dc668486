// Values typed before, see `web/middleware/kept-forms.tsx`.
import { createContext, useContext } from 'hono/jsx';
import type { Child } from 'hono/jsx';
import type { ParkedForm } from '../../src/desk/staff/parked-forms.ts';

const Kept = createContext<ParkedForm | undefined>(undefined);

export const KeptValues = ({
  form,
  children,
}: {
  form: ParkedForm | undefined;
  children: Child;
}) => <Kept.Provider value={form}>{children}</Kept.Provider>;

export const useKept = (name: string): string | undefined => {
  const fields = useContext(Kept)?.fields;
  return fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
};

export const useKeptFiles = (field: string): ParkedForm['files'] => {
  const kept = useContext(Kept);
  // A page may have several forms, and one of them a file.
  return kept && (field === 'replyFile') === kept.path.endsWith('/replies') ? kept.files : [];
};

export const KeyField = ({ name, value, of }: { name: string; value: string; of: string }) => {
  const kept = useContext(Kept);
  const key = kept?.path === of ? kept.fields[name] : undefined;
  return <input type="hidden" name={name} value={key ?? value} />;
};
