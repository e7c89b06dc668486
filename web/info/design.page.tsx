import { publicText } from '../../src/platform/base/audience.ts';
import type { Child } from 'hono/jsx';
import type { LetterStatus } from '../../src/desk/letters/letter.ts';
import { CardTable } from '../components/card-table.tsx';
import { BackLink } from '../components/back-link.tsx';
import { Dialog } from '../components/dialog.tsx';
import { SelectField, TextAreaField, TextField } from '../components/field.tsx';
import { UploadField } from '../components/upload-field.tsx';
import { FileLink } from '../components/file-link.tsx';
import { Icon, ICON_NAMES } from '../components/icon.tsx';
import { Layout } from '../components/layout.tsx';
import { RegistrationFacts } from '../components/letter-facts.tsx';
import { NoticeBox } from '../components/notice.tsx';
import { Pagination } from '../components/pagination.tsx';
import { Progress } from '../components/progress.tsx';
import { StatusBadge } from '../components/status-badge.tsx';
import { Timeline } from '../components/timeline.tsx';
import type { View } from '../view.ts';

const STATUSES: LetterStatus[] = ['pending', 'approved', 'rejected', 'returned', 'withdrawn'];
const COLOURS = [
  'ground',
  'surface',
  'surface-soft',
  'ink',
  'ink-soft',
  'line-strong',
  'brand',
  'link',
];
const AT = new Date('2026-11-22T10:00:00Z');
const REGISTERED = {
  letterNumber: '1405/12',
  trackingCode: '7K3M9QRT2XAB',
  registeredOn: '1405/09/01',
  registeredAt: AT,
  annulledAt: null,
};

type Theme = 'light' | 'dark';

interface SpecimenProps {
  view: View;
  theme: Theme;
}

// Ids must be unique over the four specimens of the page.
const idIn = ({ view, theme }: SpecimenProps, name: string): string =>
  `${name}-${view.language}-${theme}`;

const Group = ({ title, children }: { title: string; children: Child }) => (
  <div class="specimen__group">
    <h3>{title}</h3>
    {children}
  </div>
);

const Colours = () => (
  <ul class="swatches">
    {COLOURS.map((name) => (
      <li class="swatch">
        <span class={`swatch__colour swatch__colour--${name}`} />
        <bdi dir="ltr">{name}</bdi>
      </li>
    ))}
  </ul>
);

const Fields = (props: SpecimenProps) => {
  const { sample } = props.view.text.design;
  const { newLetter, signIn } = props.view.text;
  return (
    <>
      <TextField id={idIn(props, 'name')} label={newLetter.senderName} value={sample.name} />
      <TextField
        id={idIn(props, 'mobile')}
        label={signIn.mobile}
        hint={sample.hint}
        problem={sample.problem}
        latin
        width="phone"
      />
      <SelectField
        id={idIn(props, 'unit')}
        label={newLetter.unit}
        prompt={newLetter.unitChoose}
        options={[{ value: '1', label: sample.unit }]}
      />
      <TextAreaField id={idIn(props, 'text')} label={newLetter.subject} rows={2} />
      <UploadField
        view={props.view}
        held={[]}
        id={idIn(props, 'file')}
        label={newLetter.file}
        hint={sample.hint}
      />
    </>
  );
};

const Letter = (props: SpecimenProps) => {
  const { view } = props;
  const { sample } = view.text.design;
  return (
    <article class="letter-card letter-card--approved">
      <div class="letter-card__head">
        <h4>
          <bdi>{sample.longSubject}</bdi>
        </h4>
        <StatusBadge view={view} status="approved" />
      </div>
      <RegistrationFacts view={view} letter={REGISTERED} />
      <FileLink
        view={view}
        file={{ name: 'site_visit.pdf', type: 'pdf', bytes: 120_000, sha256: '' }}
        href="/design"
      />
    </article>
  );
};

const SampleTable = ({ view }: SpecimenProps) => {
  const { columns } = view.text.queue;
  const { sample } = view.text.design;
  return (
    <CardTable
      rows={[sample]}
      columns={[
        {
          head: columns.subject,
          class: 'queue__subject',
          cell: ({ subject }) => <a href="/design">{subject}</a>,
        },
        { head: columns.sender, labelled: true, cell: ({ name }) => name },
        {
          head: columns.state,
          class: 'queue__state',
          cell: () => <StatusBadge view={view} status="pending" />,
        },
      ]}
    />
  );
};

const Buttons = (props: SpecimenProps) => {
  const { view } = props;
  const { sample } = view.text.design;
  return (
    <>
      <div class="actions">
        <button type="button" class="button">
          {sample.primary}
        </button>
        <button type="button" class="button button--secondary">
          <Icon name="refresh" />
          {sample.secondary}
        </button>
        <button type="button" class="button button--small">
          {sample.secondary}
        </button>
        <button type="button" class="button button--quiet">
          {sample.quiet}
        </button>
        <button type="button" class="button button--approve">
          <Icon name="check" />
          {view.text.staffLetter.approve}
        </button>
        <button type="button" class="button button--reject">
          <Icon name="cross" />
          {view.text.staffLetter.reject}
        </button>
      </div>
      <BackLink href="/design" label={view.text.letter.backToList} />
    </>
  );
};

const Navigation = (props: SpecimenProps) => {
  const { view } = props;
  const { queue } = view.text;
  return (
    <>
      <nav class="tabs" aria-label={idIn(props, 'tabs')}>
        <ul>
          <li>
            <a href="/design" aria-current="page">
              {queue.tabs.pending} <span class="count">{view.digits(12)}</span>
            </a>
          </li>
          <li>
            <a href="/design">
              {queue.tabs.closed} <span class="count">{view.digits(3)}</span>
            </a>
          </li>
        </ul>
      </nav>
      <Pagination
        view={view}
        page={2}
        pages={9}
        hrefOf={() => '/design'}
        label={idIn(props, 'pages')}
      />
    </>
  );
};

const SampleTimeline = (props: SpecimenProps) => {
  const { view } = props;
  const { sample } = view.text.design;
  return (
    <Timeline
      view={view}
      entries={[
        { action: 'submitted', at: AT, details: {} },
        { action: 'approved', at: AT, details: { letterNumber: '1405/12' } },
        {
          action: 'replied',
          at: AT,
          details: { unit: sample.unit, text: publicText(sample.text) },
        },
      ]}
    />
  );
};

const SampleDialog = (props: SpecimenProps) => {
  const { view } = props;
  const { sample } = view.text.design;
  return (
    <Dialog id={idIn(props, 'dialog')} title={sample.question} open>
      <p>{sample.hint}</p>
      <div class="actions">
        <button type="button" class="button">
          {sample.primary}
        </button>
        <button type="button" class="button button--secondary">
          {sample.secondary}
        </button>
      </div>
    </Dialog>
  );
};

const Icons = () => (
  <ul class="swatches">
    {ICON_NAMES.map((name) => (
      <li class="swatch">
        <Icon name={name} />
        <bdi dir="ltr">{name}</bdi>
      </li>
    ))}
  </ul>
);

const Specimen = (props: SpecimenProps) => {
  const { view, theme } = props;
  const words = view.text.design;
  const { sample } = words;
  const title = idIn(props, 'specimen');
  return (
    <section
      class={`specimen theme-${theme}`}
      lang={view.language}
      dir={view.direction}
      aria-labelledby={title}
    >
      <h2 id={title}>{`${words[theme]}, ${view.text.language.name}`}</h2>
      <Group title={words.colours}>
        <Colours />
      </Group>
      <Group title={words.type}>
        <h4>{sample.heading}</h4>
        <p>
          {sample.text} <a href="/design">{sample.link}</a>
        </p>
        <p class="lead">{sample.hint}</p>
      </Group>
      <Group title={words.buttons}>
        <Buttons {...props} />
      </Group>
      <Group title={words.fields}>
        <Fields {...props} />
      </Group>
      <Group title={words.notices}>
        <NoticeBox tone="info">{sample.text}</NoticeBox>
        <NoticeBox tone="done">{view.text.notices.submitted}</NoticeBox>
        <NoticeBox tone="warning">{sample.text}</NoticeBox>
        <p class="card empty">{sample.empty}</p>
      </Group>
      <Group title={words.states}>
        <p class="specimen__row">
          {STATUSES.map((status) => (
            <StatusBadge view={view} status={status} />
          ))}
        </p>
      </Group>
      <Group title={words.letter}>
        <Letter {...props} />
      </Group>
      <Group title={words.table}>
        <SampleTable {...props} />
      </Group>
      <Group title={words.navigation}>
        <Navigation {...props} />
      </Group>
      <Group title={words.timeline}>
        <SampleTimeline {...props} />
      </Group>
      <Group title={words.progress}>
        <Progress
          id={idIn(props, 'progress')}
          label={view.text.newLetter.file}
          percent={60}
          words={sample.uploaded(view.digits(60))}
        />
      </Group>
      <Group title={words.dialog}>
        <SampleDialog {...props} />
      </Group>
      <Group title={words.icons}>
        <Icons />
      </Group>
    </section>
  );
};

interface DesignPageProps {
  view: View;
  specimens: View[];
}

export const DesignPage = ({ view, specimens }: DesignPageProps) => {
  const words = view.text.design;
  return (
    <Layout view={view} title={words.title} area="staff" showsThemes>
      <h1>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      <div class="specimens">
        {(['light', 'dark'] as const).map((theme) =>
          specimens.map((specimen) => <Specimen view={specimen} theme={theme} />),
        )}
      </div>
    </Layout>
  );
};
