import type { Child } from 'hono/jsx';
import { HandedBack, type HandedBackProps } from '../components/handed-back.tsx';
import { Layout } from '../components/layout.tsx';
import { Moment } from '../components/letter-facts.tsx';
import type { View } from '../view.ts';

export type ErrorKind = Exclude<
  keyof View['text']['errors'],
  'home' | 'alreadyDecided' | 'wrongHost' | 'notSignedIn'
>;

interface FrameProps {
  view: View;
  title: string;
  text: string;
  area?: 'portal' | 'staff';
  children: Child;
}

const Frame = ({ view, title, text, area = 'portal', children }: FrameProps) => (
  <Layout view={view} title={title} area={area}>
    <div class="card message-page">
      <h1>{title}</h1>
      <p>{text}</p>
      {children}
    </div>
  </Layout>
);

interface ErrorPageProps {
  view: View;
  kind: ErrorKind;
  area: 'portal' | 'staff';
  reference?: string;
  handedBack?: Omit<HandedBackProps, 'view'> | undefined;
}

export const ErrorPage = ({ view, kind, area, reference, handedBack }: ErrorPageProps) => (
  <Frame view={view} {...view.text.errors[kind]} area={area}>
    {reference !== undefined && (
      <p>
        <bdi dir="ltr" class="code">
          {reference}
        </bdi>
      </p>
    )}
    {handedBack && <HandedBack view={view} {...handedBack} />}
    <a class="button" href={area === 'staff' ? '/staff' : '/'}>
      {view.text.errors.home}
    </a>
  </Frame>
);

export const NotSignedInPage = ({
  view,
  area,
  handedBack,
}: {
  view: View;
  area: 'portal' | 'staff';
  handedBack: Omit<HandedBackProps, 'view'>;
}) => (
  <Frame view={view} {...view.text.errors.notSignedIn} area={area}>
    <p>
      <a href={area === 'staff' ? '/staff' : '/'} target="_blank" rel="noopener">
        {view.text.kept.signIn}
      </a>
    </p>
    <HandedBack view={view} {...handedBack} />
  </Frame>
);

interface AlreadyDecidedPageProps {
  view: View;
  letterId: string;
  nextHref: string;
  by: string | undefined;
  at: Date | undefined;
  isWithdrawn: boolean;
}

export const AlreadyDecidedPage = ({
  view,
  letterId,
  nextHref,
  by,
  at,
  isWithdrawn,
}: AlreadyDecidedPageProps) => {
  const words = view.text.errors.alreadyDecided;
  return (
    <Frame
      view={view}
      title={words.title}
      text={isWithdrawn ? words.withdrawn : words.text}
      area="staff"
    >
      <dl class="facts">
        {by !== undefined && !isWithdrawn && (
          <div>
            <dt>{words.by}</dt>
            <dd>
              <bdi>{by}</bdi>
            </dd>
          </div>
        )}
        {at !== undefined && (
          <div>
            <dt>{words.at}</dt>
            <dd>
              <Moment view={view} at={at} />
            </dd>
          </div>
        )}
      </dl>
      <div class="actions">
        <a class="button" href={nextHref} data-go="next">
          {view.text.queue.next}
        </a>
        <a class="button button--secondary" href={`/staff/letters/${letterId}`}>
          {words.see}
        </a>
      </div>
    </Frame>
  );
};

export const WrongHostPage = ({ view, origin }: { view: View; origin: string }) => (
  <Frame view={view} {...view.text.errors.wrongHost}>
    <p>
      <a href={`${origin}/`}>
        <bdi dir="ltr">{origin}</bdi>
      </a>
    </p>
  </Frame>
);
