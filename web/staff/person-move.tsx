import type { Person } from '../../src/desk/people/open-person.ts';
import { mayChangePeople } from '../../src/desk/people/people-access.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { Moment } from '../components/letter-facts.tsx';
import { NoticeBox } from '../components/notice.tsx';
import type { View } from '../view.ts';
import { PersonForm } from './person-form.tsx';
import { Mobile } from './person-mobile.tsx';
import type { StaffDraft } from './staff-letter.form.ts';

interface MovePartProps {
  view: View;
  staff: StaffMember;
  person: Person;
  draft: StaffDraft;
}

type Move = Person['moves'][number];

const Form = ({ view, person, draft }: Omit<MovePartProps, 'staff'>) => {
  const words = view.text.people.move;
  const { values, problems } = draft;
  const action = `/staff/people/${person.id}/moves`;
  return (
    <PersonForm {...{ view, action, words, draft }} fields={['newMobile']} reasonId="moveReason">
      <TextField
        id="newMobile"
        label={words.mobile}
        problem={problems.newMobile}
        value={values.newMobile ?? ''}
        type="tel"
        inputmode="tel"
        width="phone"
        latin
      />
    </PersonForm>
  );
};

const Act = ({
  view,
  move,
  act,
}: {
  view: View;
  move: Move;
  act: 'approve' | 'refuse' | 'withdraw';
}) => {
  const isApproval = act === 'approve';
  return (
    <form method="post" action={`/staff/people/${move.applicantId}/move-decision`}>
      <input type="hidden" name="move" value={move.id} />
      <input type="hidden" name="act" value={act} />
      <button type="submit" class={isApproval ? 'button' : 'button button--secondary'}>
        {view.text.people.move.acts[act]}
      </button>
    </form>
  );
};

const Open = ({ view, staff, move }: { view: View; staff: StaffMember; move: Move }) => {
  const words = view.text.people.move;
  const isOwn = move.proposedBy === staff.id;
  return (
    <>
      <NoticeBox tone="warning">{isOwn ? words.ownWaits : words.waits}</NoticeBox>
      {move.obstacle && <p>{words.obstacles[move.obstacle]}</p>}
      <dl class="facts">
        <div>
          <dt>{words.mobile}</dt>
          <dd>
            <Mobile view={view} mobile={move.toMobile} />
          </dd>
        </div>
        <div>
          <dt>{words.reason}</dt>
          <dd class="user-text" dir="auto">
            {move.reason}
          </dd>
        </div>
        <div>
          <dt>{words.proposed}</dt>
          <dd>
            <bdi>{move.proposer}</bdi>
            {view.text.punctuation.comma}
            <Moment view={view} at={move.proposedAt} />
          </dd>
        </div>
      </dl>
      {mayChangePeople(staff) && (
        <div class="actions">
          {isOwn ? (
            <Act view={view} move={move} act="withdraw" />
          ) : (
            <>
              {!move.obstacle && <Act view={view} move={move} act="approve" />}
              <Act view={view} move={move} act="refuse" />
            </>
          )}
        </div>
      )}
    </>
  );
};

export const MovePart = ({ view, staff, person, draft }: MovePartProps) => {
  const words = view.text.people.move;
  const open = person.moves.find(
    ({ outcome, applicantId }) => outcome === null && applicantId === person.id,
  );
  const ended = person.moves.filter(({ outcome }) => outcome !== null);
  const mayPropose =
    mayChangePeople(staff) && !open && person.letters.some(({ erasedAt }) => erasedAt === null);
  if (!mayPropose && person.moves.length === 0) return null;
  return (
    <section class="card" aria-labelledby="move">
      <h2 id="move">
        <Icon name="forward" />
        {words.heading}
      </h2>
      {open && <Open view={view} staff={staff} move={open} />}
      {ended.length > 0 && (
        <ul class="messages">
          {ended.map(({ outcome, proposer, ender, endedAt, applicantId, toMobile }) => (
            <li>
              <span>{outcome !== null && words.outcomes[outcome]}</span>
              {applicantId === person.id ? (
                <Mobile view={view} mobile={toMobile} />
              ) : (
                <span>{words.here}</span>
              )}
              <span>
                <bdi>{proposer}</bdi>
                {ender !== null && ender !== proposer && (
                  <>
                    {view.text.punctuation.comma}
                    <bdi>{ender}</bdi>
                  </>
                )}
              </span>
              {endedAt && <Moment view={view} at={endedAt} />}
            </li>
          ))}
        </ul>
      )}
      {mayPropose && <Form {...{ view, person, draft }} />}
    </section>
  );
};
