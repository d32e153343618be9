/** Parts of the world by country, as the United Nations group them (M49), Asia and the Pacific apart. */
import type { CountryShare } from './diversity.ts';

/** Relays and share of the consensus weight of one region; `??` for addresses whose country is not known. */
export interface RegionShare {
  readonly region: string;
  readonly relays: number;
  readonly weightShare: number;
}

const members: Readonly<Record<string, string>> = {
  Africa:
    'AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW IO KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TF TG TN TZ UG YT ZA ZM ZW',
  Asia: 'AE AF AM AZ BD BH BN BT CN CY GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM PH PK PS QA SA SG SY TH TJ TL TM TR TW UZ VN YE',
  Europe:
    'AD AL AT AX BA BE BG BY CH CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK',
  'Latin America':
    'AG AI AR AW BB BL BO BQ BR BS BV BZ CL CO CR CU CW DM DO EC FK GD GF GP GS GT GY HN HT JM KN KY LC MF MQ MS MX NI PA PE PR PY SR SV SX TC TT UY VC VE VG VI',
  'Northern America': 'BM CA GL PM US',
  Oceania: 'AS AU CC CK CX FJ FM GU HM KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS',
};

const regionOf: ReadonlyMap<string, string> = new Map(
  Object.entries(members).flatMap(([region, countries]) =>
    countries.split(' ').map((country) => [country, region] as const),
  ),
);

/** The regions that people ask about, each there even when it has no relay; most weight first. */
export function regionsOf(countries: readonly CountryShare[]): RegionShare[] {
  const sums = new Map(Object.keys(members).map((region) => [region, { relays: 0, weightShare: 0 }]));
  for (const { country, relays, weightShare } of countries) {
    const region = regionOf.get(country) ?? '??';
    const sum = sums.get(region) ?? { relays: 0, weightShare: 0 };
    sums.set(region, { relays: sum.relays + relays, weightShare: sum.weightShare + weightShare });
  }
  return [...sums]
    .map(([region, sum]) => ({ region, ...sum }))
    .sort((a, b) => b.weightShare - a.weightShare || b.relays - a.relays || (a.region < b.region ? -1 : 1));
}
