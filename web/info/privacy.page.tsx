import { CardTable } from '../components/card-table.tsx';
import { Contact } from '../components/contact.tsx';
import { Layout } from '../components/layout.tsx';
import type { View } from '../view.ts';

const Retention = ({ view }: { view: View }) => {
  const words = view.text.privacy.retention;
  const { retainDays } = view.facts;
  return (
    <ul>
      {(['rejected', 'withdrawn', 'closed'] as const).map((end) => {
        const days = retainDays[end];
        return <li>{words[end](days === 0 ? words.always : words.days(view.digits(days)))}</li>;
      })}
    </ul>
  );
};

export const PrivacyPage = ({ view }: { view: View }) => {
  const words = view.text.privacy;
  const { kept, keptColumns: columns } = words;
  const { sessionIdleMinutes, sessionHours, retainDays, heldMinutes, presenceSeconds } = view.facts;
  const untilOf = (words: { until: string; untilDays(days: string): string }, days: number) =>
    days === 0 ? words.until : words.untilDays(view.digits(days));
  const rows = [
    { ...kept.mobile, until: untilOf(kept.mobile, retainDays.applicants) },
    { ...kept.letter, until: <Retention view={view} /> },
    kept.previews,
    { ...kept.held, until: kept.held.until(view.digits(heldMinutes)) },
    { ...kept.messages, until: untilOf(kept.messages, retainDays.messages) },
    kept.register,
    kept.audit,
    ...(presenceSeconds === 0
      ? []
      : [{ ...kept.presence, until: kept.presence.until(view.digits(presenceSeconds)) }]),
    {
      ...kept.session,
      until: kept.session.until(view.digits(sessionIdleMinutes), view.digits(sessionHours)),
    },
  ];
  return (
    <Layout view={view} title={words.title}>
      <div class="prose">
        <h1>{words.title}</h1>
        <p class="lead">{words.lead(view.orgName)}</p>

        <h2 id="kept">{words.keptTitle}</h2>
        <CardTable
          labelledBy="kept"
          rows={rows}
          columns={[
            { head: columns.what, isRowHead: true, class: 'kept__what', cell: ({ what }) => what },
            { head: columns.why, labelled: true, cell: ({ why }) => why },
            { head: columns.until, labelled: true, cell: ({ until }) => until },
          ]}
        />

        <h2>{words.whoTitle}</h2>
        <ul class="bullets">
          {words.who.map((item) => (
            <li>{item}</li>
          ))}
        </ul>

        <h2>{words.cookiesTitle}</h2>
        <p>{words.cookiesLead}</p>
        <dl class="meanings">
          {words.cookies.map(({ cookie, what }) => (
            <div>
              <dt>
                <bdi dir="ltr" class="code">
                  {cookie}
                </bdi>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>

        <h2>{words.noneTitle}</h2>
        <p>{words.none}</p>

        <h2>{words.askTitle}</h2>
        <p>{words.ask}</p>
        <Contact view={view} />
      </div>
    </Layout>
  );
};
