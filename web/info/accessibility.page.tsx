import { Contact } from '../components/contact.tsx';
import { Layout } from '../components/layout.tsx';
import type { View } from '../view.ts';

export const AccessibilityPage = ({ view }: { view: View }) => {
  const words = view.text.accessibility;
  return (
    <Layout view={view} title={words.title}>
      <div class="prose">
        <h1>{words.title}</h1>
        <p class="lead">{words.lead(view.orgName)}</p>
        <h2>{words.canTitle}</h2>
        <ul class="bullets">
          {words.can.map((item) => (
            <li>{item}</li>
          ))}
        </ul>
        <h2>{words.testedTitle}</h2>
        <p>{words.tested}</p>
        <h2>{words.notTitle}</h2>
        <ul class="bullets">
          {words.not.map((item) => (
            <li>{item}</li>
          ))}
        </ul>
        <h2>{words.reportTitle}</h2>
        <p>{words.report}</p>
        <Contact view={view} />
      </div>
    </Layout>
  );
};
