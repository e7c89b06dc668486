import { Icon } from './icon.tsx';

interface BackLinkProps {
  href: string;
  label: string;
  go?: string;
}

export const BackLink = ({ href, label, go }: BackLinkProps) => (
  <p class="back">
    <a href={href} data-go={go}>
      <Icon name="back" />
      {label}
    </a>
  </p>
);
