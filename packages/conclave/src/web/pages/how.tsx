/**
 * How each figure is computed. One section a figure, each with an anchor that the pages link to. Numbers that are
 * configured are stated where they are passed in, and described in words where they are not; none is repeated here by hand.
 */
import type { Child, FC } from 'hono/jsx';
import { formatNumber } from '../format.ts';

/** The limits that decide what the pages show. Each is stated on `/how` when it is given. */
export interface Limits {
  /** How long a liveness request may take, in milliseconds. */
  readonly probeTimeoutMs?: number;
  /** How long the download of a whole document may take, in milliseconds. */
  readonly documentTimeoutMs?: number;
  /** How many probes in a row change a state. */
  readonly probesToChange?: number;
  /** How many probes a median is taken over. */
  readonly probesInMedian?: number;
  /** First byte slower than this is slow, in milliseconds. */
  readonly slowMs?: number;
  /** What is faster than this is never slow, in milliseconds. */
  readonly slowFloorMs?: number;
  /** First byte slower than the usual by this factor is slow. */
  readonly slowFactor?: number;
  /** A bandwidth file older than this is stale, in seconds. */
  readonly scanStaleSeconds?: number;
  /** A clock that is off by more than this is reported, in seconds. */
  readonly clockSkewSeconds?: number;
  /** Days before a signing key expires at which it is said. */
  readonly certificateWarnDays?: number;
  /** How long after its time a vote or signature counts as late, in seconds. */
  readonly lateSeconds?: number;
  /** How long figures are kept before they are computed anew, in seconds. */
  readonly cacheSeconds?: number;
}

/** The page. */
export const HowPage: FC<{ limits: Limits }> = ({ limits }) => (
  <article class="prose">
    <h1>How each figure is computed</h1>
    <p class="lede unknown">
      <b>Everything here comes from the authorities’ own documents and from asking them.</b> What cannot be
      computed honestly is shown as n/a, with the reason.
    </p>
    <p>
      All times are UTC. An age counts from the time of the page, in its top right corner. Percentages below
      the whole are never rounded up to 100 %.
    </p>
    <Contents />
    <Overall limits={limits} />
    <PerAuthority limits={limits} />
    <PerRound limits={limits} />
    <RestsOn />
    <OfARound />
    <OverTime />
    <Reporting limits={limits} />
    <ByYourself />
  </article>
);

const figures = [
  ['consensus', 'Consensus'],
  ['voting', 'Voting'],
  ['agreement', 'Agreement'],
  ['state', 'State'],
  ['vote', 'Vote marks'],
  ['scan', 'Scan'],
  ['first-byte', 'First byte'],
  ['clock', 'Clock'],
  ['key', 'Key expires'],
  ['version', 'Version and ports'],
  ['round', 'Rounds and bars'],
  ['formation', 'Formation'],
  ['variance', 'Spread of the scanners'],
  ['quality', 'In the consensus'],
  ['diversity', 'Diversity'],
  ['alerts', 'Alerts'],
  ['events', 'Events'],
  ['proof', 'Proof'],
  ['preview', 'Preview and the coming round'],
  ['pending', 'Digests before publication'],
  ['copies', 'Copies'],
  ['what-if', 'What if'],
  ['diff', 'Diff'],
  ['explain', 'Why it says so'],
  ['health', 'Health of a round'],
  ['indicators', 'Quality indicators'],
  ['invariants', 'Invariants'],
  ['churn', 'Churn and sudden growth'],
  ['trends', 'Trends and charts'],
  ['relay', 'One relay over time'],
  ['sources', 'Sources'],
  ['documents', 'Documents and verdicts'],
  ['verify', 'Verify'],
  ['blind', 'When we are blind'],
  ['recording', 'Recordings'],
  ['live', 'Live pages'],
] as const;

type Anchor = (typeof figures)[number][0];

const Contents: FC = () => (
  <nav class="contents" aria-label="Figures">
    <ul>
      {figures.map(([anchor, name]) => (
        <li>
          <a href={`#${anchor}`}>{name}</a>
        </li>
      ))}
    </ul>
  </nav>
);

const Section: FC<{ anchor: Anchor; children: Child }> = ({ anchor, children }) => (
  <section id={anchor}>
    <h2>
      <a href={`#${anchor}`}>{figures.find(([id]) => id === anchor)?.[1]}</a>
    </h2>
    {children}
  </section>
);

/** The limit with its unit, or the words that stand for it when it was not passed in. */
function stated(value: number | undefined, unit: string, otherwise: string): string {
  return value === undefined ? otherwise : `${formatNumber(value, Number.isInteger(value) ? 0 : 1)}${unit}`;
}

const Overall: FC<{ limits: Limits }> = ({ limits }) => (
  <>
    <Section anchor="consensus">
      <p>
        A consensus says of itself from when it counts (valid-after), until when it is fresh (fresh-until) and
        when it must not be used any more (valid-until). Before valid-after it is <b>in the future</b>, until
        fresh-until <b>current</b>, then <b>stale</b>, and after valid-until <b>expired</b>. <i>Next</i> is
        the fresh-until of the newest one, when the next is due; once that has passed without one, it is{' '}
        <i>overdue</i>. Freshness is judged from what the authorities serve, never from an archive.
      </p>
      <p>
        <i>Signatures</i>: how many good signatures of distinct configured authorities it carries, of how many
        that are present; needed is more than half of the configured voters. <i>Served</i>: how many different
        digests of the signed part the authorities serve for this valid-after; one is normal.
      </p>
    </Section>
    <Section anchor="voting">
      <p>
        The number of authorities whose vote is listed in the latest consensus (a dir-source with a
        vote-digest), of those configured. It is never the number of files we could fetch. <i>Margin</i> is
        that number minus the majority. <i>Last votes</i> compares the valid-after of the newest vote known of
        each authority with the newest round; those that are older are listed.
      </p>
    </Section>
    <Section anchor="agreement">
      <p>
        For each voter: the share of its decisions about (relay, flag) that equal the consensus, over the
        relays that both its vote and the consensus list and the flags that both know. The figure is the mean
        over the voters; <i>equals</i> is their sum. Per flag it is the same share over the decisions about
        that flag. It is n/a while the votes of the round are not known.
      </p>
    </Section>
    {limits.cacheSeconds === undefined ? null : (
      <p>
        Figures are computed anew when something is learned, and at the latest after{' '}
        {formatNumber(limits.cacheSeconds)} s.
      </p>
    )}
  </>
);

const PerAuthority: FC<{ limits: Limits }> = ({ limits }) => (
  <>
    <Section anchor="state">
      <p>
        We ask each authority’s directory port for a small document, over HTTP, within{' '}
        {stated(limits.probeTimeoutMs, ' ms', 'the configured time')}. <b>online</b>: it answers as it should.{' '}
        <b>slow</b>: it answers, but see <a href="#first-byte">first byte</a>. <b>degraded</b>: it answers
        “busy” (503), which is up but shedding load. <b>timeout</b>: no answer in time. <b>offline</b>: it
        cannot be reached. <b>error</b>: it answers with something else. <b>unknown</b>: we have not looked,
        or could not.
      </p>
      <p>
        A state changes only after {stated(limits.probesToChange, ' probes', 'several probes')} in a row say
        the same, so that one lost packet is not news. Probes that we could not make count neither way.
      </p>
    </Section>
    <Section anchor="vote">
      <p>
        Three separate marks for the newest round: its vote is listed in the consensus; its vote can be
        fetched as a document; its signature is on the consensus and good. A question mark says that we cannot
        tell, and why.
      </p>
    </Section>
    <Section anchor="scan">
      <p>
        Only for authorities that run a bandwidth scanner; the others show <i>no scanner</i>. The share of
        running relays of its vote that carry a measurement, and the age of the bandwidth file that the vote
        names. <b>stale</b>: the file is older than three times its usual age, or than{' '}
        {stated(limits.scanStaleSeconds, ' s', 'the configured age')} on a network that votes hourly, or too
        few relays carry a measurement. <b>silent</b>: the vote was made without a readable bandwidth file, or
        nothing is measured. An authority whose newest vote is missing shows n/a: an old vote says nothing of
        now.
      </p>
    </Section>
    <Section anchor="first-byte">
      <p>
        The median time from the start of the request to the first byte of the answer, over the last{' '}
        {stated(limits.probesInMedian, ' probes', 'probes')}, as seen from where we are: the place is named
        above the table, and from elsewhere it is another figure. On demand it shows connecting, first byte,
        the whole answer, and its size. It is slow above{' '}
        {stated(limits.slowMs, ' ms', 'the limit shown beside it')} or above{' '}
        {stated(limits.slowFactor, ' times', 'a multiple of')} its own usual figure, but never below{' '}
        {stated(limits.slowFloorMs, ' ms', 'a floor')}.
      </p>
    </Section>
    <ClockAndKey limits={limits} />
  </>
);

const ClockAndKey: FC<{ limits: Limits }> = ({ limits }) => (
  <>
    <Section anchor="clock">
      <p>
        The middle of the second that the Date of its answer names, compared with our clock at the first byte;
        the median of the newest answers. HTTP dates are whole seconds, so less than a second means little
        {limits.clockSkewSeconds === undefined
          ? ''
          : `; above ${formatNumber(limits.clockSkewSeconds)} s it is reported`}
        . It also depends on our own clock: when all are off by the same, we are.
      </p>
    </Section>
    <Section anchor="key">
      <p>
        When the signing key of its newest key certificate expires
        {limits.certificateWarnDays === undefined
          ? ''
          : `; from ${formatNumber(limits.certificateWarnDays)} days before on, it is marked`}
        .
      </p>
    </Section>
    <Section anchor="version">
      <p>
        Version: what the authority’s own entry says, n/a while that is not known. Ports: whether its OR port
        took a connection, over IPv4 and over IPv6. ≠ beside a name: the consensus says something else of it
        than the configuration.
      </p>
    </Section>
  </>
);

const PerRound: FC<{ limits: Limits }> = ({ limits }) => (
  <>
    <Section anchor="round">
      <p>
        One bar a round, oldest first. <b>good</b>: its vote is in the consensus and its signature is good.{' '}
        <b>late</b>: both came, but it served the consensus{' '}
        {stated(limits.lateSeconds, ' s or more', 'clearly')} after the first that did (scaled down on
        networks that vote more often than hourly). <b>missing</b>: there is no vote or no signature.{' '}
        <b>not looked</b>: we did not watch; that counts neither way.
      </p>
    </Section>
    <Section anchor="formation">
      <p>
        The phases of a round are scheduled: votes, then fetching missing votes, computing, fetching missing
        signatures, publishing. <i>Seen</i> is when we first saw the thing ourselves, which cannot be earlier
        than we asked. What cannot be seen from outside is said to be so. The time that votes give as
        published is always nearly the same and tells nothing about how long a round took.{' '}
        <i>Flags consistent</i> is the mean of the agreement per flag.
      </p>
    </Section>
    <Section anchor="variance">
      <p>
        For each scanner: the ratio of its Measured to the median of all scanners’ for the same relay; shown
        are the median ratio and the quartiles. 1 means that it measures like the others.
      </p>
    </Section>
    <Section anchor="quality">
      <p>
        Counted from the entries of the consensus by their flags. The sum of weights has no unit; it is not a
        bandwidth.
      </p>
    </Section>
    <Section anchor="diversity">
      <p>
        Countries from the addresses in the consensus and the named address table, whose date is given.
        Versions from the consensus. Networks (AS) by a table that whoever runs this observatory gave; without
        one they are n/a.
      </p>
      <p>
        Platforms and operators by the relays’ own server descriptors, each only where the consensus names
        this very descriptor, and only while those of 95 % of the relays and of their weight are held. A
        platform is the name of the operating system. An operator is a group of relays that state one contact,
        or one family: of a declared family those that list each other and the same others, of a family
        certificate those of one key. A contact is compared without regard to case and spaces; one that names
        nobody counts as none. Relays with neither contact nor family are counted apart. All of it is what
        relays say of themselves.
      </p>
    </Section>
  </>
);

const RestsOn: FC = () => (
  <>
    <Section anchor="proof">
      <p>
        The consensus is computed anew from the votes that it names, by the rules of tor, and compared byte
        for byte before the signatures. <b>identical</b>: it comes out. <b>differs</b>: all those votes are
        held here, and they give another text; the lines are listed. <b>undecided</b>: a vote is missing, the
        consensus method is not known here, or only the order in which votes arrived decides. What no document
        says is assumed and stated: how many authorities are configured (N), and whether the shared random
        value had just been computed anew; where the text does not come out, other assumptions are tried, and
        the one that explains it is named. It says nothing about who signed: that is the verdict.
      </p>
    </Section>
    <Section anchor="preview">
      <p>
        Votes of the coming round are held as soon as an authority serves them. Once more than half are here,
        the consensus is computed of them, and again with each that comes: by which method, its relays, flags
        and parameters against the newest consensus, and the digests that the authorities will sign if these
        are all the votes. Who has fewer votes signs something else. Afterwards it is compared with what was
        published. The bar is the time from the first phase to publication, by the voting delays of the newest
        consensus.
      </p>
    </Section>
    <Section anchor="pending">
      <p>
        Before publication each authority shows the signatures that it holds, over the digests that it
        computed itself. One digest a flavour is normal. Two mean that authorities computed from different
        votes; if none gets more than half of the signatures, there will be no consensus.
      </p>
    </Section>
    <Section anchor="copies">
      <p>
        Each distinct document of the round once, and who served it. The same text with other signatures is
        normal; another text with enough signatures is a <b>split</b>. Two votes signed by one authority of
        which neither took the other’s place are an <b>equivocation</b>; a later published one that did is a
        replacement. Where nobody was seen to serve one of them, as in a round out of an archive, it is not
        known which of the two it is. Who was last seen to serve the consensus of an earlier round <b>lags</b>
        .
      </p>
    </Section>
    <Section anchor="what-if">
      <p>
        The consensus computed of the votes that are left, with as many authorities configured as before:
        needed is still more than half of those. It is compared with the consensus of all votes that are held.
        “One more” only counts votes. It leaves out votes, not relays: what the authorities’ relays carry is
        not touched.
      </p>
    </Section>
    <Section anchor="diff">
      <p>
        Two accepted consensuses of the ns flavour, relay by relay: which are in one only, which flags those
        in both gained and lost, which of their other lines differ, and each value of the header by itself.
      </p>
    </Section>
    <Section anchor="explain">
      <p>
        The round is computed anew, and for each line is noted what each vote gave to it, whether that
        counted, and the rule by which it was decided, with its place in the specification.
      </p>
    </Section>
  </>
);

const OfARound: FC = () => (
  <>
    <Section anchor="health">
      <p>
        Counted from the accepted consensus of the ns flavour, the votes that it names, and the round directly
        before. A consensus is <i>fresh</i> for one interval and <i>valid</i> for three. <i>Votes it names</i>
        , <i>signatures on it</i> and <i>good signatures</i> are three numbers: the last counts distinct
        voters, over all copies that were seen. A flag’s share is of the relays listed; who does not run is
        not listed, so Running and Valid are 100 %. An exit has Exit and not BadExit; who is guard and exit is
        counted in both.
      </p>
      <p>
        A <i>weight</i> has no unit. <i>Capacity</i> is what the descriptors held advertise, the least of
        rate, burst and observed, in bits a second, with how many of the relays have one; without descriptors
        it is n/a, and it is never made of weights.
      </p>
    </Section>
    <Section anchor="indicators">
      <p>
        The rule stands beside each grade; where the facts for it are missing there is no grade, and the
        reason is given.
      </p>
    </Section>
    <Section anchor="invariants">
      <p>
        What must be true of every consensus: each relay has Running and Valid; whoever has HSDir or Guard has
        Stable, Fast and V2Dir; entries are in order; the bandwidth weights are those that the entries give.
        Votes are held against those rules that concern votes. A vote that is not held is neither for nor
        against.
      </p>
    </Section>
    <Section anchor="churn">
      <p>
        Against the round directly before; where that is not held, n/a. <i>New</i> and <i>gone</i> go by
        identity; flags are those of relays in both. <i>Moved</i>: another IPv4 address or ORPort.{' '}
        <i>New keys</i>: nickname, address and ORPort of one that is gone. <i>Withdrawn by</i> names the
        authorities whose vote had the flag before and has it not now, as far as both votes are held; many may
        withdraw and few decide. <i>Sudden growth</i> are new relays that look alike, from the number beside
        it on.
      </p>
    </Section>
  </>
);

const OverTime: FC = () => (
  <>
    <Section anchor="trends">
      <p>
        The newest round less the round at the same time 24 hours, 7, 30 and 365 days before. Where that round
        is not held there is no difference, and the reason is given.
      </p>
      <p>
        Charts show each round, or where that would be too many each UTC day: the mean as a line, and around
        it the least and the most. A round that is not held is striped; no line crosses it, and it is never
        counted as 0. An axis that does not begin at 0 says so. The picture has the same values as the table
        behind it, and the table the same as the API.
      </p>
    </Section>
    <Section anchor="relay">
      <p>
        From every round that is held: <i>presence</i> is the share of the rounds held that list the relay. Of
        rounds that are not held nothing is known, although those before and after may list it the same way.
        An interval ends when flags, version, policy or address change. “First listed” is the first round held
        that lists it, not when it first ran.
      </p>
    </Section>
    <Section anchor="sources">
      <p>
        <i>Last success</i>: when a source last answered properly, also that nothing is new. <i>As of</i>: of
        when what it serves is. A try that we could not make counts neither way. Any source may fail alone;
        what rests on it is named, and marked as old or missing.
      </p>
    </Section>
  </>
);

const ByYourself: FC = () => (
  <Section anchor="verify">
    <p>
      With script, the files are read and judged in your browser by the same code as on the command line, in a
      thread of its own; the page’s policy lets its script open no connection. Without script, they are sent
      to this observatory, judged in memory and forgotten. A document is judged by the authorities that this
      observatory watches or by those of the public network of its day: of these two lists, the one that its
      signers are on, unless you choose; the verdict names it. Certificates come from this observatory and
      from what you bring; each has to be signed by its authority’s identity key. A consensus that comes with
      votes of its round is recomputed: see <a href="#proof">proof</a>.
    </p>
  </Section>
);

const Reporting: FC<{ limits: Limits }> = ({ limits }) => (
  <>
    <Section anchor="alerts">
      <p>
        A check finds something; the alert lasts as long as it is found, with the time since when, when it was
        last seen, and when it was over. How severe lost authorities are follows from the margin above the
        majority that remains: two or more <b>warning</b>, one <b>high</b>, none <b>critical</b>; below the
        majority no consensus can be made. Nothing is red unless someone should act.
      </p>
    </Section>
    <Section anchor="events">
      <p>
        Every event was made by the rule that it names, when a document or a state changed: for example, a
        consensus with a new valid-after was first seen, with the number of its signatures; or all authorities
        serve the same digest.
      </p>
    </Section>
    <Section anchor="documents">
      <p>
        Documents are kept as they came, under the SHA-256 of their bytes. A verdict counts good signatures of
        distinct configured authorities; more than half of the voters is enough. A document that tor would
        refuse as malformed is rejected whoever signed it. A whole document may take{' '}
        {stated(limits.documentTimeoutMs, ' ms', 'the configured time')} to fetch. Each is asked of each
        authority once a round, again while it is missing or old.
      </p>
    </Section>
    <Section anchor="blind">
      <p>
        When none of our own requests leaves this machine, that is our outage. Then no authority changes its
        state, no alert is raised about any of them, and the rounds that we miss are marked as not looked at.
      </p>
    </Section>
    <Section anchor="recording">
      <p>
        A recording goes through the same steps as a live hour; only the source and the clock differ. Every
        age counts from the recorded time, and the page says that it is a recording.
      </p>
    </Section>
    <Section anchor="live">
      <p>
        With script, the page is told when something was learned and fetches itself again; only what differs
        is replaced, and marked for a moment. <i>Shown … after it was learned</i> adds two times, each
        measured by one clock: from learning to telling on the server, and from being told to showing in the
        browser. The way between them is not in it. Without script, reload the page.
      </p>
    </Section>
  </>
);
