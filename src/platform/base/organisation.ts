export interface Organisation {
  name: string;
  /** As all in English: '' where the Persian stands for it. */
  nameEn: string;
  /** `#rrggbb` with enough contrast for white text. */
  colour: string;
  logoText: string;
  logoTextEn: string;
  helpPhone: string;
  helpHours: string;
  helpHoursEn: string;
  address: string;
  addressEn: string;
}

export interface OrganisationRow extends Organisation {
  logo: Buffer | null;
  version: number;
}
