export const HELP = `A hostile test twin of KSeF 2.0 and Latarnia. Nothing sent to it is issued in law.

  npm run simulator -- <command> [options]

Running it (the default command is serve)
  serve                          runs until Ctrl-C; prints its addresses as one line of JSON
    --port N --latarnia-port N   ports on 127.0.0.1              [8085 and 8086; 0: any free one]
    --clock real|virtual         a virtual clock moves only when told to                   [real]
    --start TIME                 where the clock starts, e.g. "2026-11-16 08:00" (Warsaw)   [now]
    --speed N                    time runs N times as fast
    --rate-limits published|off  the published request limits                         [published]
    --faults PROFILE             calm, hostile, bad-network, overloaded                    [calm]
    --seed TEXT                  what injected chance hangs on                            [drawn]
    --scenario NAME|FILE         plays a timeline of outages
    --quiet                      logs no answers
  scenario list                  the shipped timelines
  scenario check NAME|FILE       plays one on a virtual clock, at once, and holds it to its expectations

Turning a running one (--control URL, or LATARNIK_SIMULATOR_CONTROL)     [http://127.0.0.1:8085/control]
  state | ledger | settings [NAME=VALUE ...]
  scenario play NAME|FILE        begins a timeline; a virtual clock then moves with: advance, next
  next                           moves a virtual clock to the timeline's next step
  advance DURATION               moves a virtual clock, e.g. "1d 4h 30m"
  timeline                       how far the timeline has come
  outage failure|total-failure|maintenance [--title T] [--start T] [--end T] [--silently] [--reachable] [--manner M]
  outage correct EVENT [--start T] [--end T] [--title T] [--text T]
  outage end EVENT [--end T]
  ksef up|down|503|html|silent   the connection only; nothing is announced
  latarnia up|down|503|html|silent
  faults                         what can go wrong, what is switched on
  faults PROFILE [--seed TEXT]   switches to a profile
  faults off                     no profile, no orders, no blocks; what hangs goes on
  fault KIND [--group G]... [--times N] [--after N] [--http-status N] [--code N] [--duration D]
                                 orders one kind of fault for the next calls or occasions
  incidents                      the incidents that can be played, with their source
  incident NAME [--times N]
  journal [--after N]            every fault that was injected
  release [NAME]                 lets a hanging session or invoice go on
  keys rotate [--keep]           a new public key; the old one is withdrawn, or kept beside it

docs/simulator.md says what is simulated exactly, what is simplified and what is not there.
`;
