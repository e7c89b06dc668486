import { Icon } from './icon.tsx';

interface BackLinkProps {
  href: string;
  label: string;
}

export const BackLink = ({ href, label }: BackLinkProps) => (
  <p class="back">
    <a href={href}>
      <Icon name="back" />
      {label}
    </a>
  </p>
);
